import { Choice } from "../Choice";
import { Coded } from "../Said";
import { useExchange } from "./context";
import { FieldList } from "./FieldList";
import { PlanList } from "./PlanList";
import { GROUNDS, type Preview, type Refusal, type SupposedGround, TREATMENTS } from "./preview";
import { RefusalNote } from "./RefusalNote";
import { Treated } from "./Treated";

export function BeforeSending() {
  const { said, looked, supposing, onSuppose, notice } = useExchange();
  return (
    <>
      <Choice
        name="supposing"
        label={said.supposed}
        value={supposing}
        onChoose={(chosen) => onSuppose(chosen as SupposedGround)}
      >
        {GROUNDS.map((ground) => (
          <option key={ground} value={ground}>
            {said.grounds[ground]}
          </option>
        ))}
      </Choice>
      <p className="exchange-note" role="alert">
        {notice}
      </p>
      {looked.state === "waiting" && <p className="exchange-note">{said.looking}</p>}
      {looked.state === "idle" && <p className="exchange-note">{said.write}</p>}
      {looked.state === "failed" && (
        <p className="exchange-note">
          {said.noPreview}: {looked.why}
        </p>
      )}
      {looked.state === "long" && (
        <p className="exchange-note">
          {said.noPreview}: {looked.length.toLocaleString()} &gt; 250,000
        </p>
      )}
      {looked.state === "seen" && <Seen preview={looked.preview} />}
    </>
  );
}

function Seen({ preview }: { preview: Preview }) {
  const { said } = useExchange();
  const counted = TREATMENTS.map((treatment) => ({
    treatment,
    count: preview.fields.filter((field) => field.treatment === treatment).length,
  }));
  return (
    <>
      {preview.refusals.length > 0 && (
        <div className="exchange-refused">
          <h3>{said.refusedWhole}</h3>
          {unlike(preview.refusals).map((refusal) => (
            <RefusalNote key={refusal.code + refusal.rule} refusal={refusal} />
          ))}
        </div>
      )}
      {preview.restsOn !== null && (
        <p className="exchange-note">
          {said.restsOn} <Coded id text={preview.restsOn} />
        </p>
      )}
      {preview.frequency !== null && (
        <p className="exchange-note">
          {said.ofPeriod
            .replace("{number}", String(preview.frequency.number))
            .replace("{times}", String(preview.frequency.times))
            .replace("{period}", preview.frequency.period)}
        </p>
      )}
      {preview.kind === "mutation" && <p className="exchange-note">{said.aboutMutation}</p>}
      {preview.kind === "query" && preview.purpose === null && preview.refusals.length === 0 && (
        <p className="exchange-note">{said.aboutNobody}</p>
      )}
      {preview.fields.length > 0 && (
        <>
          <p className="exchange-counts" role="status" aria-live="polite">
            {counted.map(({ treatment, count }) => (
              <span key={treatment} className="count">
                <Treated treatment={treatment} said={said} /> {count}
              </span>
            ))}
          </p>
          <h3>{said.fields}</h3>
          <FieldList fields={preview.fields} />
          <h3>{said.plan}</h3>
          <PlanList departments={preview.departments} />
        </>
      )}
    </>
  );
}

function unlike(refusals: Refusal[]): Refusal[] {
  return [...new Map(refusals.map((refusal) => [refusal.code, refusal])).values()];
}
