/** A table as one stop for the keyboard: arrow keys walk its cells, and the panel beside it tells of the one in hand. */

export function wireGrids(root: ParentNode): void {
  for (const grid of root.querySelectorAll<HTMLTableElement>("table[data-grid]")) wire(grid);
}

function wire(grid: HTMLTableElement): void {
  if (grid.dataset.wired) return;
  grid.dataset.wired = "yes";
  const rows = [...grid.tBodies].flatMap((body) => [...body.rows]).map((row) => [...row.cells].filter((cell) => cell.tagName === "TD"));
  const panel = document.getElementById(grid.dataset.grid ?? "");
  const tell = (cell: HTMLTableCellElement): void => {
    if (panel) panel.replaceChildren(...about(grid, cell));
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

/** Row and column, how many items have which treatment, and the rules behind: each stands once in a template. */
function about(grid: HTMLTableElement, cell: HTMLTableCellElement): Node[] {
  const title = document.createElement("p");
  const row = cell.parentElement?.querySelector("th")?.firstChild?.textContent?.trim() ?? "";
  const column = grid.tHead?.rows[0]?.cells[cell.cellIndex]?.textContent?.trim() ?? "";
  title.className = "about-title";
  title.textContent = `${row} · ${column}`;
  const counts = document.createElement("p");
  counts.textContent = cell.dataset.counts ?? "";
  const rules = document.createElement("ul");
  rules.className = "rules";
  for (const name of (cell.dataset.rules ?? "").split(" ").filter(Boolean)) {
    const found = document.getElementById(`rule-${name}`);
    if (found instanceof HTMLTemplateElement) rules.append(found.content.cloneNode(true));
  }
  return [title, counts, rules];
}
