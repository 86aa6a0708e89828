import { pick, useGraphiQL } from "@graphiql/react";
import { useEffect, useState } from "react";

import { LONGEST } from "../endpoint";
import type { Words } from "../words";

/** A paste that could never be sent does not reach the editors; says so. */
export function useSmallPastes(said: Words): string {
  const { queryEditor, variableEditor } = useGraphiQL(pick("queryEditor", "variableEditor"));
  const [refused, setRefused] = useState(0);

  useEffect(() => {
    const places = [queryEditor, variableEditor].flatMap((editor) => editor?.getDomNode() ?? []);
    const look = (event: Event) => {
      const given = event instanceof DragEvent ? event.dataTransfer : (event as ClipboardEvent).clipboardData;
      const length = given?.getData("text/plain").length ?? 0;
      setRefused(length > LONGEST ? length : 0);
      if (length > LONGEST) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    };
    for (const place of places) for (const kind of ["paste", "drop"]) place.addEventListener(kind, look, true);
    return () => {
      for (const place of places) for (const kind of ["paste", "drop"]) place.removeEventListener(kind, look, true);
    };
  }, [queryEditor, variableEditor]);

  return refused ? said.tooLong.replace("{}", refused.toLocaleString()).replace("{most}", LONGEST.toLocaleString()) : "";
}
