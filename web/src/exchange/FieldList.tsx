import { Said } from "../Said";
import { nameOf } from "./catalogue";
import { useExchange } from "./context";
import type { PreviewField } from "./preview";
import { Treated } from "./Treated";

/** Every field with its treatment; rule, basis and what would open it unfold. */
export function FieldList({ fields }: { fields: PreviewField[] }) {
  const { said, names, language } = useExchange();
  return (
    <ul className="exchange-fields">
      {fields.map((field) => {
        const path = field.selection.split(".");
        return (
          <li key={field.selection}>
            <details>
              <summary title={`${said.rule}: ${field.rule}\n${said.basis}: ${field.basis}`}>
                <span className="path">
                  <span className="above">{path.slice(1, -1).join(" › ")}</span>
                  <span className="leaf">{path.at(-1)}</span>
                </span>
                <Treated treatment={field.treatment} said={said} />
              </summary>
              <dl className="exchange-facts">
                <dt>{said.item}</dt>
                <dd>
                  {nameOf(names, field.item, language)} <code>{field.item}</code>
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
                      <code>{field.nearest.rule}</code>
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
