import { useEffect, useId, useRef, useState } from "react";

import { BeforeSending } from "./BeforeSending";
import { useExchange } from "./context";
import { Disclosed } from "./Disclosed";

type Part = "before" | "after";

/** The plugin's panel: what would be shown, and after sending, what was. */
export function Panel() {
  const { said, answer, looked } = useExchange();
  const [part, setPart] = useState<Part>("before");
  const id = useId();
  const buttons = useRef<Partial<Record<Part, HTMLButtonElement | null>>>({});
  const seen = looked.state === "seen" ? looked.text : null;

  useEffect(() => {
    setPart(answer ? "after" : "before");
  }, [answer]);
  // Another query than the one that was answered: what it would give comes first again.
  useEffect(() => {
    if (answer && seen !== answer.query) setPart("before");
  }, [seen]);

  function tab(own: Part, other: Part) {
    return (
      <button
        type="button"
        role="tab"
        id={`${id}${own}`}
        aria-controls={`${id}panel`}
        aria-selected={part === own}
        tabIndex={part === own ? 0 : -1}
        ref={(button) => {
          buttons.current[own] = button;
        }}
        onClick={() => setPart(own)}
        onKeyDown={({ key }) => {
          if (key !== "ArrowLeft" && key !== "ArrowRight") return;
          setPart(other);
          buttons.current[other]?.focus();
        }}
      >
        {said[own]}
      </button>
    );
  }

  return (
    <section className="exchange" aria-label={said.panel}>
      <div className="exchange-tabs" role="tablist" aria-label={said.panel}>
        {tab("before", "after")}
        {tab("after", "before")}
      </div>
      <div role="tabpanel" id={`${id}panel`} aria-labelledby={`${id}${part}`} className="exchange-part">
        {part === "before" ? <BeforeSending /> : <Disclosed />}
      </div>
    </section>
  );
}
