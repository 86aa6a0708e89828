import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from "@graphiql/plugin-doc-explorer";
import { HISTORY_PLUGIN, HistoryStore } from "@graphiql/plugin-history";
import { GraphiQLProvider } from "@graphiql/react";
import { GraphiQL, GraphiQLInterface } from "graphiql";
import { useCallback, useEffect, useMemo, useState } from "react";

import { Credentials } from "./credentials";
import type { Choices } from "./demo";
import { type Answer, endpoint } from "./endpoint";
import { DEFAULT_QUERY } from "./examples";
import { EXCHANGE_PLUGIN } from "./exchange/plugin";
import { Workbench } from "./exchange/Workbench";
import { Picker } from "./Picker";
import { storage } from "./storage";
import { TokenField } from "./TokenField";
import { keepLanguage, preferredLanguage, words } from "./words";

const PLUGINS = [EXCHANGE_PLUGIN, DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];
/** Where there is room, what would be shown stands beside the query from the beginning. */
const AT_FIRST = matchMedia("(min-width: 761px)").matches ? EXCHANGE_PLUGIN : undefined;

/** GraphiQL below a bar that says who asks: the demo's picker, or a field for a token. */
export function Explorer({ choices }: { choices: Choices | null }) {
  const credentials = useMemo(() => new Credentials(), []);
  const [token, setToken] = useState(0);
  const authorised = useCallback(() => setToken((count) => count + 1), []);
  const forgotten = useCallback(() => setToken(0), []);
  const [answer, setAnswer] = useState<Answer | null>(null);
  // The schema cannot be read before the first token, and is the same for all.
  const some = token > 0;
  const fetcher = useMemo(() => endpoint(credentials, setAnswer), [credentials, some]);
  const [language, setLanguage] = useState(preferredLanguage);
  const said = words[language];

  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    keepLanguage(language);
  }, [language]);

  // What was told to one client does not stand under another.
  useEffect(() => setAnswer(null), [token]);

  return (
    <GraphiQLProvider
      fetcher={fetcher}
      schema={some ? undefined : null}
      storage={storage}
      plugins={PLUGINS}
      {...(AT_FIRST ? { visiblePlugin: AT_FIRST } : {})}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      initialQuery={DEFAULT_QUERY}
      initialVariables="{}"
      defaultQuery=""
    >
      <HistoryStore>
        <DocExplorerStore>
          <Workbench credentials={credentials} language={language} token={token} answer={answer}>
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
                <Picker choices={choices} onAuthorised={authorised} onForgotten={forgotten} />
              ) : (
                <TokenField
                  credentials={credentials}
                  said={said}
                  onAuthorised={authorised}
                  onForgotten={forgotten}
                />
              )}
            </header>
            <main className="explorer">
              <GraphiQLInterface isHeadersEditorEnabled={false} showPersistHeadersSettings={false}>
                <GraphiQL.Logo>GraphiQL</GraphiQL.Logo>
              </GraphiQLInterface>
            </main>
          </Workbench>
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}
