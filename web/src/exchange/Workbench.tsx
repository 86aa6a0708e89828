import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { type ReactNode, useEffect, useState } from "react";

import type { Credentials } from "../credentials";
import type { Answer } from "../endpoint";
import { type Language, words } from "../words";
import { type Names, readNames } from "./catalogue";
import { ExchangeProvider } from "./context";
import { showHidden } from "./hidden";
import type { Held, SupposedGround } from "./preview";
import { useLooking } from "./useLooking";
import { useSmallPastes } from "./useSmallPastes";

const NO_NAMES: Names = new Map();
interface Props {
  credentials: Credentials;
  language: Language;
  /** How many tokens were taken so far: with each, what is shown may change. */
  token: number;
  answer: Answer | null;
  children: ReactNode;
}

/** Looks at what stands in the editors, and gives it to the panel. */
export function Workbench({ credentials, language, token, answer, children }: Props) {
  const said = words[language];
  const [supposing, onSuppose] = useState<SupposedGround>("PURPOSE");
  const [names, setNames] = useState<Names | null>(null);
  const [held, onHold] = useState<Held | null>(null);
  const looked = useLooking(credentials, token, supposing, held, said);
  const notice = useSmallPastes(said);
  const { queryEditor, variableEditor, responseEditor } = useGraphiQL(
    pick("queryEditor", "variableEditor", "responseEditor"),
  );

  const { updateActiveTabValues } = useGraphiQLActions();

  useEffect(() => {
    queryEditor?.updateOptions({ wordWrap: "on" }); // what a field gives stands after its name
    const editors = [queryEditor, variableEditor, responseEditor].flatMap((editor) => editor ?? []);
    const ends = editors.map((editor) => {
      // An address that somebody wrote into a department's table is a text, not a way to anywhere.
      editor.updateOptions({ renderControlCharacters: true, links: false });
      return showHidden(editor);
    });
    return () => {
      for (const end of ends) end();
    };
  }, [queryEditor, variableEditor, responseEditor]);

  // What was answered to one client does not stand under another, nor under nobody.
  useEffect(() => {
    responseEditor?.setValue("");
    updateActiveTabValues({ response: null });
  }, [responseEditor, updateActiveTabValues, token]);

  useEffect(() => {
    if (token > 0 && names === null) readNames(credentials).then(setNames, () => undefined);
  }, [token, names, credentials]);

  return (
    <ExchangeProvider
      value={{
        credentials,
        language,
        names: names ?? NO_NAMES,
        looked,
        supposing,
        onSuppose,
        onHold,
        answer,
        notice,
      }}
    >
      {children}
    </ExchangeProvider>
  );
}
