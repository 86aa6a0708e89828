import { useEffect, useState } from "react";

import { LONGEST } from "../endpoint";
import type { Words } from "../words";

/** A paste that could never be sent does not reach the editors; says so. */
export function useSmallPastes(said: Words): string {
  const [refused, setRefused] = useState(0);

  useEffect(() => {
    const look = (event: ClipboardEvent | DragEvent) => {
      if (!(event.target instanceof Element && event.target.closest(".monaco-editor"))) return;
      const given = "clipboardData" in event ? event.clipboardData : event.dataTransfer;
      const length = given?.getData("text/plain").length ?? 0;
      setRefused(length > LONGEST ? length : 0);
      if (length > LONGEST) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    };
    // On the window, before any other listener: an editor may be made anew at any time.
    window.addEventListener("paste", look, true);
    window.addEventListener("drop", look, true);
    return () => {
      window.removeEventListener("paste", look, true);
      window.removeEventListener("drop", look, true);
    };
  }, []);

  return refused ? said.tooLong.replace("{}", refused.toLocaleString()).replace("{most}", LONGEST.toLocaleString()) : "";
}
