import { pick, useGraphiQL } from "@graphiql/react";
import { useEffect, useRef, useState } from "react";

import { Choice } from "./Choice";
import type { Credentials } from "./credentials";
import { type Choices, type Client, isPerson, issueToken, type TestPerson } from "./demo";
import { examplesFor, filled, isExample } from "./examples";
import { purposeTitle } from "./purpose";
import { type Language, words } from "./words";

type TokenState = "waiting" | "ready" | "failed";

interface Props {
  choices: Choices;
  credentials: Credentials;
  language: Language;
  onAuthorised: () => void;
}

/** The demo's bar: client, purpose, test person and example; fills token, query and variables. */
export function Picker({ choices, credentials, language, onAuthorised }: Props) {
  const said = words[language];
  const { queryEditor, variableEditor, schema } = useGraphiQL(pick("queryEditor", "variableEditor", "schema"));
  const [client, setClient] = useState<Client>(choices.clients[0]!);
  const [purpose, setPurpose] = useState(choices.clients[0]!.purposes[0] ?? "");
  const [person, setPerson] = useState<TestPerson>(choices.people[0]!);
  const [query, setQuery] = useState(examplesFor(client.role)[0]!.query);
  const [own, setOwn] = useState(false);
  const [token, setToken] = useState<TokenState>("waiting");
  const authorised = useRef(false);
  const subject = isPerson(client) ? person : null;
  const idle = client.purposes.length === 0;

  // A new client means a new token; another person only where the token names the person.
  useEffect(() => {
    let latest = true;
    setToken("waiting");
    credentials.obtain(() => issueToken(client, person)).then(
      () => {
        if (!latest) return;
        setToken("ready");
        if (!authorised.current) onAuthorised();
        authorised.current = true;
      },
      () => latest && setToken("failed"),
    );
    return () => {
      latest = false;
    };
  }, [client, subject, credentials, onAuthorised]);

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
    const values = { id: person.id_number, purpose, reference: choices.references[purpose] };
    variableEditor.setValue(filled(queryEditor.getValue(), variableEditor.getValue(), values));
  }, [queryEditor, variableEditor, person, purpose, query, choices]);

  function play(id: string) {
    const chosen = choices.clients.find((candidate) => candidate.id === id)!;
    setClient(chosen);
    // A client without any purpose keeps the last one: the preview then says that it is not permitted.
    if (!chosen.purposes.includes(purpose)) setPurpose(chosen.purposes[0] ?? purpose);
    setQuery(examplesFor(chosen.role)[0]!.query);
  }

  function meet(id: string) {
    setPerson(choices.people.find(({ id_number }) => id_number === id)!);
  }

  function offer(text: string) {
    queryEditor?.setValue(text); // asked for: also over a query of one's own
    setQuery(text);
  }

  return (
    <section className="picker" aria-label={said.choose}>
      <Choice name="client" label={said.client} value={client.id} onChoose={play}>
        {choices.clients.map(({ id, title, title_zh }) => (
          <option key={id} value={id}>
            {language === "zh" ? title_zh : title}
          </option>
        ))}
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
      <Choice name="person" label={said.person} value={person.id_number} onChoose={meet}>
        {choices.people.map(({ id_number, name, tags }) => (
          <option key={id_number} value={id_number}>
            {[name, tags.join(", ")].filter(Boolean).join(" · ")}
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
        {person.story}
      </p>
      <p className={`status ${token}`} role="status">
        {said[token]}
      </p>
    </section>
  );
}
