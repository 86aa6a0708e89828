import { useState } from "react";

import type { GraphQLError } from "../endpoint";
import { plain } from "../marked";
import { Coded, Said } from "../Said";
import { nameOf } from "./catalogue";
import { useExchange } from "./context";
import { type Disclosure, disclosures } from "./disclosure";
import type { Refusal } from "./preview";
import { RefusalNote } from "./RefusalNote";

/** What the last answer disclosed: its sealed id and proof, its ground, its sources, and what it left out. */
export function Disclosed() {
  const { said, answer } = useExchange();
  if (!answer) return <p className="exchange-note">{said.noAnswer}</p>;
  const found = disclosures(answer);
  return (
    <>
      <p className="exchange-note">
        {answer.operation && <Coded text={answer.operation} />} HTTP {answer.status} · {said.took}{" "}
        {answer.tookMs.toFixed(0)} ms · {answer.at.toLocaleTimeString()}
      </p>
      {answer.errors.length > 0 && (
        <>
          <h3>{said.errors}</h3>
          {answer.errors.map((error, place) => (
            <Failure key={place} error={error} />
          ))}
        </>
      )}
      {found.length === 0 && answer.errors.length === 0 && <p className="exchange-note">{said.noDisclosure}</p>}
      {found.map(([root, disclosure]) => (
        <One key={root} root={root} disclosure={disclosure} />
      ))}
    </>
  );
}

function Failure({ error }: { error: GraphQLError }) {
  const given = error.extensions ?? {};
  const text = (name: string) => (given[name] === undefined || given[name] === null ? null : String(given[name]));
  const refusal: Refusal = {
    code: text("code") ?? "ERROR",
    department: text("department"),
    message: error.message,
    help: text("help"),
    rule: text("rule"),
    basis: text("basis"),
  };
  return (
    <div className="exchange-refused">
      {error.path && <Coded text={error.path.join(".")} />}
      <RefusalNote refusal={refusal} />
    </div>
  );
}

function One({ root, disclosure }: { root: string; disclosure: Disclosure }) {
  const { said, names, language } = useExchange();
  const { ground, withheld, sources, conflicts } = disclosure;
  return (
    <article className="exchange-disclosure" aria-label={root}>
      <p className={`exchange-complete ${disclosure.complete ? "" : "not"}`}>
        {disclosure.complete ? said.complete : said.incomplete}
      </p>
      <dl className="exchange-facts">
        <dt>{said.sealed}</dt>
        <dd>
          <Coded id text={disclosure.id} />
          <Copy text={disclosure.id} />
          <div className="links">
            <Link address={`/audit/proof/${encodeURIComponent(disclosure.id)}`} text={said.proof} />
            <Link address="/audit/checkpoint" text={said.checkpoint} />
          </div>
        </dd>
        <dt>{said.purpose}</dt>
        <dd>
          <Coded text={disclosure.purpose} />
        </dd>
        <dt>{said.groundIs}</dt>
        <dd>
          <Coded text={ground.kind} /> <Said text={ground.basis} />
        </dd>
        {ground.consent && (
          <>
            <dt>{said.consentIs}</dt>
            <dd>
              <code className="id">
                <Said text={ground.consent} />
              </code>
            </dd>
          </>
        )}
        {ground.reference && (
          <>
            <dt>{said.referenceIs}</dt>
            <dd>
              {plain(ground.reference.kind)} <Said text={ground.reference.number} />
            </dd>
          </>
        )}
        <dt>{said.revision}</dt>
        <dd>
          <Coded id text={disclosure.revision} />
        </dd>
      </dl>
      <h3>{said.sources}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{said.source}</th>
            <th scope="col">{said.state}</th>
            <th scope="col">{said.asOf}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(sources).map(([code, { state, asOf }]) => (
            <tr key={code}>
              <th scope="row">
                {nameOf(names, code, language)} <Coded text={code} />
              </th>
              <td>
                <span className={`source-state state-${state.toLowerCase()}`}>{plain(state)}</span>
              </td>
              <td>{asOf === null ? "—" : plain(asOf)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {conflicts.length > 0 && (
        <>
          <h3>{said.conflicts}</h3>
          <ul>
            {conflicts.map(({ selection, item, values }) => (
              <li key={selection}>
                {nameOf(names, item, language)} <Coded text={selection} /> ({values.length})
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>
        {said.withheldIs} ({withheld.length})
      </h3>
      {withheld.length === 0 && <p className="exchange-note">{said.nothingWithheld}</p>}
      <ul className="exchange-fields">
        {withheld.map((entry) => (
          <li key={entry.selection}>
            <details>
              <summary title={plain(`${said.rule}: ${entry.rule} · ${said.basis}: ${entry.basis}`)}>
                <span className="path">
                  <span className="above">{plain(entry.selection.split(".").slice(1, -1).join(" › "))}</span>
                  <span className="leaf">{plain(entry.selection.split(".").at(-1) ?? "")}</span>
                </span>
                <Coded text={entry.rule} />
              </summary>
              <dl className="exchange-facts">
                <dt>{said.item}</dt>
                <dd>
                  {plain(nameOf(names, entry.item, language))} <Coded text={entry.item} />
                </dd>
                <dt>{said.basis}</dt>
                <dd>
                  <Said text={entry.basis} />
                </dd>
                {entry.nearest && (
                  <>
                    <dt>{said.nearest}</dt>
                    <dd>
                      <span lang="en">
                        <Said text={entry.nearest.because} />
                      </span>{" "}
                      <Coded text={entry.nearest.rule} />
                    </dd>
                  </>
                )}
              </dl>
            </details>
          </li>
        ))}
      </ul>
    </article>
  );
}

function Link({ address, text }: { address: string; text: string }) {
  const { said } = useExchange();
  return (
    <a href={address} target="_blank" rel="noopener noreferrer" title={said.opensNewTab}>
      {text}
    </a>
  );
}

function Copy({ text }: { text: string }) {
  const { said } = useExchange();
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className="small"
      aria-live="polite"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    >
      {copied ? said.copied : said.copy}
    </button>
  );
}
