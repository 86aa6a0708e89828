import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from "@graphiql/plugin-doc-explorer";
import { HISTORY_PLUGIN, HistoryStore } from "@graphiql/plugin-history";
import { GraphiQLProvider } from "@graphiql/react";
import { GraphiQL, GraphiQLInterface } from "graphiql";
import { useCallback, useEffect, useMemo, useState } from "react";

import { Credentials } from "./credentials";
import type { Choices } from "./demo";
import { endpoint } from "./endpoint";
import { DEFAULT_QUERY } from "./examples";
import { Picker } from "./Picker";
import { storage } from "./storage";
import { TokenField } from "./TokenField";
import { keepLanguage, preferredLanguage, words } from "./words";

const PLUGINS = [DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];

/** GraphiQL below a bar that says who asks: the demo's picker, or a field for a token. */
export function Explorer({ choices }: { choices: Choices | null }) {
  const credentials = useMemo(() => new Credentials(), []);
  // How many tokens were taken after a time without one: the schema cannot be read before the first.
  const [authority, setAuthority] = useState(0);
  const authorised = useCallback(() => setAuthority((count) => count + 1), []);
  const fetcher = useMemo(() => endpoint(credentials), [credentials, authority]);
  const [language, setLanguage] = useState(preferredLanguage);
  const said = words[language];

  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    keepLanguage(language);
  }, [language]);

  return (
    <GraphiQLProvider
      fetcher={fetcher}
      schema={authority > 0 ? undefined : null}
      storage={storage}
      plugins={PLUGINS}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      initialQuery={DEFAULT_QUERY}
      initialVariables="{}"
      defaultQuery=""
    >
      <HistoryStore>
        <DocExplorerStore>
          <header className="bar">
            <div className="bar-title">
              <h1>{said.title}</h1>
              {choices && <span className="badge">{said.demo}</span>}
              <button
                type="button"
                className="quiet"
                lang={language === "zh" ? "en" : "zh-CN"}
                onClick={() => setLanguage(language === "zh" ? "en" : "zh")}
              >
                {said.otherLanguage}
              </button>
            </div>
            {choices ? (
              <Picker choices={choices} credentials={credentials} language={language} onAuthorised={authorised} />
            ) : (
              <TokenField credentials={credentials} said={said} onAuthorised={authorised} />
            )}
          </header>
          <main className="explorer">
            <GraphiQLInterface isHeadersEditorEnabled={false} showPersistHeadersSettings={false}>
              <GraphiQL.Logo>GraphiQL</GraphiQL.Logo>
            </GraphiQLInterface>
          </main>
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}
