import "uplot/dist/uPlot.min.css";
import "./tokens.css";
import "./base.css";
import "./frame.css";
import "./plain.css";
import "./components.css";
import "./matrix.css";
import "./pages.css";
import "./media.css";
import htmx from "htmx.org";
import { drawCharts } from "./charts";
import { wireGrids } from "./grid";
import { wireLive } from "./live";

// What was shown to somebody who has signed out meanwhile is asked for again, not brought back from memory.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// On narrow screens the menu is a row: the page that is open is seen in it.
const here = document.querySelector<HTMLElement>(".menu [aria-current]");
const menu = here?.closest<HTMLElement>(".menu");
if (here && menu) menu.scrollLeft = here.offsetLeft + here.offsetWidth / 2 - menu.clientWidth / 2;

function ready(root: ParentNode): void {
  drawCharts(root);
  wireGrids(root);
  wireLive(root);
}

// Choices that a form of filters sends at once.
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field instanceof HTMLSelectElement && field.form?.dataset.live !== undefined) field.form.requestSubmit();
});

htmx.onLoad((element) => ready(element as unknown as ParentNode));
