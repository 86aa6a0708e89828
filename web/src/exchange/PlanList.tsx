import { plain } from "../marked";
import { Coded } from "../Said";
import { nameOf } from "./catalogue";
import { useExchange } from "./context";
import type { DepartmentPlan, DepartmentRead } from "./preview";

/** What each department would be asked. What is withheld does not stand here, because it is not read. */
export function PlanList({ departments }: { departments: DepartmentPlan[] }) {
  const { said, names, language } = useExchange();
  if (departments.length === 0) return <p className="exchange-note">{said.nobodyAsked}</p>;
  return (
    <>
      <p className="exchange-note">{said.planHint}</p>
      {departments.map(({ department, reads, statements }) => (
        <article key={department} className="exchange-plan">
          <h4>
            {nameOf(names, department, language)} <Coded text={department} />
          </h4>
          <ul>
            {reads.map((read, place) => (
              <li key={place}>
                <Read read={read} />
              </li>
            ))}
          </ul>
          {statements?.map(({ source, statement, reads: own }) => (
            <details key={source} className="exchange-statement">
              <summary>
                {said.statement} <Coded text={source} />
              </summary>
              <ul>
                {own.map((read, place) => (
                  <li key={place}>
                    <Coded text={read.source} />: {read.returned.join(", ") || "1"}
                    <span className="soft"> · {read.conditions.join(", ")}</span>
                  </li>
                ))}
              </ul>
              <pre tabIndex={0}>{plain(statement.replaceAll("\n", " "))}</pre>
            </details>
          ))}
        </article>
      ))}
    </>
  );
}

function Read({ read }: { read: DepartmentRead }) {
  const { said, names, language } = useExchange();
  const probes = read.probes.map((probe) => said.probes[probe as keyof typeof said.probes] ?? probe);
  return (
    <>
      <strong>{nameOf(names, read.record, language)}</strong> <Coded text={read.record} />
      {probes.length > 0 && <span className="soft"> · {probes.join(", ")}</span>}
      {read.exists && probes.length === 0 && <span className="soft"> · {said.existsOnly}</span>}
      {read.items.length > 0 && (
        <div>
          <span className="soft">{said.returned}:</span>{" "}
          {read.items.map((key) => nameOf(names, key, language)).join(language === "zh" ? "、" : ", ")}
        </div>
      )}
      {read.conditions.length > 0 && (
        <div className="soft">
          {said.conditions}: {read.conditions.map((key) => nameOf(names, key, language)).join(", ")}
          {read.given.length > 0 && ` (${read.given.join(", ")})`}
        </div>
      )}
    </>
  );
}
