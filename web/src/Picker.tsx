import { pick, useGraphiQL } from "@graphiql/react";
import { useEffect, useState } from "react";

import { Choice } from "./Choice";
import { ConsentChoice } from "./ConsentChoice";
import { type Choices, type Client, isPerson, issueToken, type TestPerson } from "./demo";
import { examplesFor, filled, isExample } from "./examples";
import { useExchange } from "./exchange/context";
import { plain } from "./marked";
import { purposeTitle } from "./purpose";
import { PASTED, readRequester } from "./requester";
import { Said } from "./Said";
import { TokenField } from "./TokenField";

type TokenState = "waiting" | "ready" | "failed";

interface Props {
  choices: Choices;
  onAuthorised: () => void;
  onForgotten: () => void;
}

/** The demo's bar: client, purpose, consent, test person and example; fills token, query and variables. */
export function Picker({ choices, onAuthorised, onForgotten }: Props) {
  const { said, language, credentials, looked } = useExchange();
  const { queryEditor, variableEditor, schema } = useGraphiQL(pick("queryEditor", "variableEditor", "schema"));
  const [client, setClient] = useState<Client>(choices.clients[0]!);
  const [purpose, setPurpose] = useState(choices.clients[0]!.purposes[0] ?? "");
  const [consent, setConsent] = useState("");
  const [person, setPerson] = useState<TestPerson>(choices.people[0]!);
  const [query, setQuery] = useState(examplesFor(client.role)[0]!.query);
  const [own, setOwn] = useState(false);
  const [token, setToken] = useState<TokenState>("waiting");
  const pasting = client.id === PASTED;
  const subject = isPerson(client) && !pasting ? person : null;
  const idle = client.purposes.length === 0;
  const [rests, setRests] = useState(false);

  // A new client means a new token; another person only where the token names the person.
  useEffect(() => {
    if (pasting) return;
    let latest = true;
    setToken("waiting");
    credentials.obtain(() => issueToken(client, person)).then(
      () => {
        if (!latest) return;
        setToken("ready");
        onAuthorised();
      },
      () => latest && setToken("failed"),
    );
    return () => {
      latest = false;
    };
  }, [client, subject, credentials, onAuthorised, pasting]);

  // Whether the purpose rests on consent; while nothing can be seen, what was known before holds.
  useEffect(() => {
    if (looked.state === "seen" && looked.preview.ground !== null && looked.preview.ground !== "none")
      setRests(looked.preview.ground === "consent");
  }, [looked]);

  // A consent is one person's, for one purpose, to one organisation.
  useEffect(() => setConsent(""), [client, purpose, person]);

  useEffect(() => {
    if (!queryEditor) return;
    const watch = queryEditor.onDidChangeModelContent(() => setOwn(!isExample(queryEditor.getValue())));
    return () => watch.dispose();
  }, [queryEditor]);

  // A new role brings its own example, but never over a query of one's own.
  useEffect(() => {
    if (queryEditor && isExample(queryEditor.getValue())) queryEditor.setValue(query);
  }, [queryEditor, query]);

  useEffect(() => {
    if (!queryEditor || !variableEditor) return;
    const reference = choices.references[purpose];
    const values = { id: person.id_number, purpose, reference, consent: consent || undefined };
    variableEditor.setValue(filled(queryEditor.getValue(), variableEditor.getValue(), values));
  }, [queryEditor, variableEditor, person, purpose, consent, query, choices]);

  function play(id: string) {
    if (id === PASTED) {
      credentials.forget();
      onForgotten();
      setClient({ id: PASTED, title: "", title_zh: "", role: "", organisation: "", purposes: [] });
      return;
    }
    become(choices.clients.find((candidate) => candidate.id === id)!);
  }

  function become(chosen: Client) {
    setClient(chosen);
    // A client without any purpose keeps the last one: the preview then says that it is not permitted.
    if (!chosen.purposes.includes(purpose)) setPurpose(chosen.purposes[0] ?? purpose);
    setQuery(examplesFor(chosen.role)[0]!.query);
  }

  async function pasted() {
    const found = await readRequester(credentials).catch(() => null);
    if (found) become(found);
    onAuthorised();
  }

  function meet(id: string) {
    setPerson(choices.people.find(({ id_number }) => id_number === id)!);
  }

  function offer(text: string) {
    queryEditor?.setValue(text); // asked for: also over a query of one's own
    setQuery(text);
  }

  return (
    <>
      <section className={`picker ${rests ? "of-five" : ""}`} aria-label={said.choose}>
        <Choice name="client" label={said.client} value={client.id} onChoose={play}>
          {choices.clients.map(({ id, title, title_zh }) => (
            <option key={id} value={id}>
              {plain(language === "zh" ? title_zh : title)}
            </option>
          ))}
          <option value={PASTED}>
            {pasting && client.title ? `${said.token}: ${plain(client.title)}` : said.pasteToken}
          </option>
        </Choice>
        <Choice
          name="purpose"
          label={said.purpose}
          value={idle ? "" : purpose}
          disabled={idle}
          onChoose={setPurpose}
        >
          {idle && <option value="">{said.noPurpose}</option>}
          {client.purposes.map((code) => (
            <option key={code} value={code}>
              {purposeTitle(schema, code, language)}
            </option>
          ))}
        </Choice>
        {rests && (
          <ConsentChoice
            key={client.id + purpose + person.id_number}
            person={person.id_number}
            purpose={purpose}
            consent={consent}
            onChoose={setConsent}
          />
        )}
        <Choice name="person" label={said.person} value={person.id_number} onChoose={meet}>
          {choices.people.map(({ id_number, name, tags }) => (
            <option key={id_number} value={id_number}>
              {plain([name, tags.join(", ")].filter(Boolean).join(" · "))}
            </option>
          ))}
        </Choice>
        <Choice name="example" label={said.example} value={own ? "" : query} onChoose={offer}>
          {own && <option value="">{said.ownQuery}</option>}
          {examplesFor(client.role).map((example) => (
            <option key={example.title.en} value={example.query}>
              {example.title[language]}
            </option>
          ))}
        </Choice>
        <p className="story" aria-live="polite">
          {person.tags.map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}{" "}
          <span lang="en">
            <Said text={person.story} />
          </span>
        </p>
        {!pasting && (
          <p className={`status ${token}`} role="status">
            {said[token]}
          </p>
        )}
      </section>
      {pasting && (
        <TokenField
          credentials={credentials}
          said={said}
          onAuthorised={() => void pasted()}
          onForgotten={onForgotten}
        />
      )}
    </>
  );
}
