import uPlot from "uplot";

/** Charts are drawn from the table that stands beneath them, so that both say the same. */

const DAY = /^\d{4}-\d{2}(-\d{2})?$/;
const MONTH = /^\d{4}-\d{2}$/;
const HEIGHT = 240;
const LINES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];
const drawn = new Map<Element, uPlot>();

interface Table {
  names: string[];
  places: string[];
  columns: (number | null)[][];
}

export function drawCharts(root: ParentNode): void {
  for (const figure of root.querySelectorAll<HTMLElement>("figure[data-chart]")) draw(figure);
  if (root instanceof HTMLElement && root.matches("figure[data-chart]")) draw(root);
}

function draw(figure: HTMLElement): void {
  const plot = figure.querySelector<HTMLElement>(".chart-plot");
  const table = figure.querySelector("table");
  if (!plot || !table) return;
  drawn.get(plot)?.destroy();
  plot.replaceChildren();
  const found = read(table);
  const dated = found.places.every((place) => DAY.test(place));
  const monthly = dated && found.places.every((place) => MONTH.test(place));
  const xs = found.places.map((place, index) => (dated ? seconds(place) : index));
  const bars = figure.dataset.chart === "bar" && uPlot.paths.bars ? uPlot.paths.bars({ size: [0.6, 60] }) : undefined;
  const line = { stroke: token("--line"), width: 1 };
  const axis = { stroke: token("--text-soft"), grid: line, ticks: line, font: "12px system-ui" };
  const chart = new uPlot(
    {
      width: Math.max(plot.clientWidth, 200),
      height: HEIGHT,
      scales: { x: { time: dated, range: bars && !dated ? [-0.6, xs.length - 0.4] : undefined }, y: { range: (_self, _low, high) => [0, Math.max(1, high * 1.1)] } },
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Asia/Shanghai"),
      axes: [
        dated
          ? { ...axis, ...(monthly ? { splits: (self) => thinned(xs, self.width) } : {}), values: (_self, splits) => splits.map(monthly ? month : day) }
          : { ...axis, splits: () => xs, values: () => found.places.map((place) => short(place, xs.length > 6 ? 12 : 28)) },
        { ...axis, size: 56 },
      ],
      cursor: { drag: { x: false, y: false } },
      legend: { live: false, show: found.names.length > 1 },
      series: [
        {},
        ...found.names.map((label, index) => ({
          label,
          stroke: token(LINES[index % LINES.length]),
          fill: bars ? token(LINES[index % LINES.length]) : undefined,
          width: 2,
          paths: bars,
          points: { show: !bars && xs.length < 40 },
        })),
      ],
    },
    [xs, ...found.columns],
    plot,
  );
  drawn.set(plot, chart);
}

function read(table: HTMLTableElement): Table {
  const names = [...table.querySelectorAll("thead th")].slice(1).map((cell) => cell.textContent ?? "");
  const rows = [...table.querySelectorAll("tbody tr")];
  return {
    names,
    places: rows.map((row) => row.querySelector("th")?.textContent?.trim() ?? ""),
    columns: names.map((_, index) => rows.map((row) => value(row.querySelectorAll("td")[index]))),
  };
}

function value(cell: HTMLElement | undefined): number | null {
  const given = cell?.dataset.value;
  return given === undefined ? null : Number(given);
}

/** The beginning of a day, or of a month's first one, in the city. */
function seconds(place: string): number {
  return Date.parse(`${place}${place.length === 7 ? "-01" : ""}T00:00:00+08:00`) / 1000;
}

function day(at: number): string {
  return new Date(at * 1000).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(5);
}

/** As many as have room beside each other, the last one always among them. */
function thinned(places: number[], width: number): number[] {
  const step = Math.ceil((places.length * 66) / Math.max(width, 1));
  return places.filter((_, index) => (places.length - 1 - index) % step === 0);
}

function month(at: number): string {
  return new Date(at * 1000).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(0, 7);
}

function short(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

const probe = document.createElement("i");
probe.hidden = true;

/** The colour itself: a canvas knows no `light-dark()`. */
function token(name = "--text"): string {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

let waiting = 0;
addEventListener("resize", () => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(() => {
    for (const [plot, chart] of drawn) {
      if (plot.isConnected) chart.setSize({ width: Math.max(plot.clientWidth, 200), height: HEIGHT });
      else drawn.delete(plot);
    }
  });
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawCharts(document));
