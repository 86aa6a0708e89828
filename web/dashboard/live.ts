/** A fragment that the gateway sends anew when it has changed (server-sent events; gateway/dashboard/live.py). */

export function wireLive(root: ParentNode): void {
  for (const area of root.querySelectorAll<HTMLElement>("[data-live-from]")) listen(area);
}

function listen(area: HTMLElement): void {
  const from = area.dataset.liveFrom;
  if (!from || area.dataset.wired) return;
  area.dataset.wired = "yes";
  const badge = document.querySelector<HTMLElement>("[data-live-state]");
  const said = document.querySelector<HTMLElement>("[data-live-said]");
  const state = (name: "live" | "lost", kind: string): void => {
    if (!badge) return;
    badge.textContent = badge.dataset[name] ?? "";
    badge.className = `badge ${kind}`;
  };
  const source = new EventSource(from);
  const end = (): void => {
    source.close();
    badge?.remove();
    const notice = document.querySelector<HTMLTemplateElement>("template[data-live-ended]");
    const place = document.getElementById("notice");
    if (notice && place && !place.hasChildNodes()) place.append(notice.content.cloneNode(true));
  };
  source.addEventListener("open", () => state("live", "good"));
  source.addEventListener("shown", (event) => {
    const before = area.querySelector("[data-say]")?.textContent;
    show(area, (event as MessageEvent<string>).data);
    const now = area.querySelector("[data-say]")?.textContent ?? "";
    if (said && now !== before) said.textContent = now; // told aloud only when it changed
  });
  source.addEventListener("ended", end);
  source.addEventListener("error", () => (source.readyState === EventSource.CLOSED ? end() : state("lost", "warn")));
  addEventListener("pagehide", () => source.close());
}

/** Escaped by the gateway. Where the reader has scrolled to, and what is held by the keyboard, stays. */
function show(area: HTMLElement, html: string): void {
  const wrap = area.querySelector(".table-wrap");
  const left = wrap?.scrollLeft ?? 0;
  const held = wrap !== null && wrap === document.activeElement;
  const open = [...area.querySelectorAll("details")].map((each) => each.open);
  area.innerHTML = html;
  const fresh = area.querySelector<HTMLElement>(".table-wrap");
  if (fresh) fresh.scrollLeft = left;
  if (held) fresh?.focus({ preventScroll: true });
  area.querySelectorAll("details").forEach((each, index) => (each.open = open[index] ?? false));
}
