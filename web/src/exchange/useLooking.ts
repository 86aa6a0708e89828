import { pick, useGraphiQL } from "@graphiql/react";
import { useEffect, useRef, useState } from "react";

import type { Credentials } from "../credentials";
import { LONGEST } from "../endpoint";
import type { Words } from "../words";
import { Badges } from "./badges";
import type { Looked } from "./context";
import { type Held, readPreview, type SupposedGround } from "./preview";

const PAUSE_MS = 350;

/** Asks for a preview whenever query, variables, client or supposed ground change; only the newest one counts. */
export function useLooking(
  credentials: Credentials,
  token: number,
  supposing: SupposedGround,
  held: Held | null,
  said: Words,
): Looked {
  const { queryEditor, variableEditor, operationName } = useGraphiQL(
    pick("queryEditor", "variableEditor", "operationName"),
  );
  const [looked, setLooked] = useState<Looked>({ state: "idle" });
  const [changes, setChanges] = useState(0);
  const badges = useRef<Badges | null>(null);

  useEffect(() => {
    if (!queryEditor || !variableEditor) return;
    badges.current = new Badges(queryEditor);
    const changed = () => setChanges((count) => count + 1);
    const watches = [queryEditor.onDidChangeModelContent(changed), variableEditor.onDidChangeModelContent(changed)];
    return () => {
      for (const watch of watches) watch.dispose();
      badges.current?.clear();
    };
  }, [queryEditor, variableEditor]);

  useEffect(() => {
    if (!queryEditor || !variableEditor) return;
    if (token === 0) {
      badges.current?.clear();
      setLooked({ state: "idle" });
      return;
    }
    const model = queryEditor.getModel();
    const length = (model?.getValueLength() ?? 0) + (variableEditor.getModel()?.getValueLength() ?? 0);
    if (length > LONGEST) {
      badges.current?.clear();
      setLooked({ state: "long", length });
      return;
    }
    const text = queryEditor.getValue();
    if (text.trim() === "") {
      badges.current?.clear();
      setLooked({ state: "idle" });
      return;
    }
    const superseded = new AbortController();
    const timer = setTimeout(async () => {
      // Who supposes another ground wants to know what that would open, not what is held.
      const known = supposing === "PURPOSE" ? held : null;
      const asked = { text, variables: variableEditor.getValue(), operation: operationName, supposing, held: known };
      try {
        const preview = await readPreview(credentials, asked, superseded.signal);
        if (!superseded.signal.aborted) setLooked({ state: "seen", preview, text });
      } catch (error) {
        if (superseded.signal.aborted) return;
        badges.current?.clear();
        setLooked({ state: "failed", why: error instanceof Error ? error.message : String(error) });
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      superseded.abort();
    };
  }, [queryEditor, variableEditor, operationName, changes, token, supposing, held, credentials]);

  // In the reader's language; over this very text, or the places are not its own.
  useEffect(() => {
    if (looked.state === "seen" && queryEditor?.getValue() === looked.text) badges.current?.show(looked.preview, said);
  }, [looked, said, queryEditor]);

  return looked;
}
