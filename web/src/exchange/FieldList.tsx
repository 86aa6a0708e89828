import { plain } from "../marked";
import { Coded, Said } from "../Said";
import { nameOf } from "./catalogue";
import { useExchange } from "./context";
import type { PreviewField } from "./preview";
import { Treated } from "./Treated";

/** Every field with its treatment; rule, basis and what would open it unfold. */
export function FieldList({ fields }: { fields: PreviewField[] }) {
  const { said, names, language } = useExchange();
  let last = "";
  return (
    <ul className="exchange-fields">
      {inOrder(fields).map((field) => {
        const path = field.selection.split(".");
        const above = path.slice(1, -1).join(" › ");
        const first = above !== last;
        last = above;
        return (
          <li key={field.selection}>
            {first && <span className="above">{above}</span>}
            <details>
              <summary title={plain(`${said.rule}: ${field.rule} · ${said.basis}: ${field.basis}`)}>
                <span className="path leaf">{path.at(-1)}</span>
                <Treated treatment={field.treatment} said={said} />
              </summary>
              <dl className="exchange-facts">
                <dt>{said.item}</dt>
                <dd>
                  {nameOf(names, field.item, language)} <Coded text={field.item} />
                </dd>
                <dt>{said.rule}</dt>
                <dd>
                  <Said text={field.rule} />
                </dd>
                <dt>{said.basis}</dt>
                <dd>
                  <Said text={field.basis} />
                </dd>
                {field.rows.length > 0 && (
                  <>
                    <dt>{said.onlyRows}</dt>
                    <dd>{field.rows.join(", ")}</dd>
                  </>
                )}
                {field.nearest && (
                  <>
                    <dt>{said.nearest}</dt>
                    <dd>
                      <span lang="en">
                        <Said text={field.nearest.because} />
                      </span>{" "}
                      <Coded text={field.nearest.rule} />
                    </dd>
                  </>
                )}
              </dl>
            </details>
          </li>
        );
      })}
    </ul>
  );
}

/** As they stand in the query. */
function inOrder(fields: PreviewField[]): PreviewField[] {
  const place = ({ places: [first] }: PreviewField) => (first ? first.line * 100_000 + first.column : 0);
  return [...fields].sort((one, other) => place(one) - place(other));
}
