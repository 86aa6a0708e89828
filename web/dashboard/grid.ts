/** A table as one stop for the keyboard: arrow keys walk its cells, and the panel beside it tells of the one in hand. */

export function wireGrids(root: ParentNode): void {
  for (const grid of root.querySelectorAll<HTMLTableElement>("table[data-grid]")) wire(grid);
}

function wire(grid: HTMLTableElement): void {
  if (grid.dataset.wired) return;
  grid.dataset.wired = "yes";
  const rows = [...grid.tBodies].flatMap((body) => [...body.rows]).map((row) => [...row.cells].filter((cell) => cell.tagName === "TD"));
  const panel = document.getElementById(grid.dataset.grid ?? "");
  const tell = (cell: HTMLElement): void => {
    const about = cell.querySelector("template, .about");
    if (!panel || !about) return;
    panel.replaceChildren(...[...(about instanceof HTMLTemplateElement ? about.content.cloneNode(true).childNodes : about.cloneNode(true).childNodes)]);
  };
  const first = rows.flat()[0];
  if (first) first.tabIndex = 0;
  const go = (cell: HTMLElement | undefined): void => {
    if (!cell) return;
    for (const other of grid.querySelectorAll<HTMLElement>('td[tabindex="0"]')) other.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus();
  };
  grid.addEventListener("focusin", (event) => {
    const cell = (event.target as HTMLElement).closest("td");
    if (cell) tell(cell);
  });
  grid.addEventListener("pointerover", (event) => {
    const cell = (event.target as HTMLElement).closest("td");
    if (cell) tell(cell);
  });
  grid.addEventListener("click", (event) => go((event.target as HTMLElement).closest("td") ?? undefined));
  grid.addEventListener("keydown", (event) => {
    const held = event.target as HTMLTableCellElement;
    const y = rows.findIndex((row) => row.includes(held));
    const row = rows[y];
    if (!row) return;
    const x = row.indexOf(held);
    const next = {
      ArrowLeft: row[x - 1],
      ArrowRight: row[x + 1],
      ArrowUp: rows[y - 1]?.[x],
      ArrowDown: rows[y + 1]?.[x],
      Home: row[0],
      End: row[row.length - 1],
    }[event.key];
    if (next) {
      event.preventDefault();
      go(next);
    }
  });
}
