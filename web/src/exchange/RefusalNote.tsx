import chinese from "../refusals.json";
import { Coded, Said } from "../Said";
import { useExchange } from "./context";
import type { Refusal } from "./preview";

const CHINESE = new Map<string, string[]>(Object.entries(chinese));

/** A refusal: its code, what it says, what to do next, and by which rule; in the reader's language, by the code. */
export function RefusalNote({ refusal }: { refusal: Refusal }) {
  const { said, language } = useExchange();
  const known = language === "zh" ? CHINESE.get(refusal.code) : undefined;
  const [message, help] = known ?? [refusal.message, refusal.help];
  const spoken = known ? "zh-CN" : "en";
  return (
    <dl className="exchange-facts">
      <dt>
        <Coded text={refusal.code} /> {refusal.department && <Coded text={refusal.department} />}
      </dt>
      <dd lang={spoken}>
        <Said text={message ?? ""} />
      </dd>
      {help && (
        <>
          <dt>{said.next}</dt>
          <dd lang={spoken}>
            <Said text={help} />
          </dd>
        </>
      )}
      {refusal.rule && (
        <>
          <dt>{said.rule}</dt>
          <dd>
            <Said text={refusal.rule} />
          </dd>
        </>
      )}
      {refusal.basis && (
        <>
          <dt>{said.basis}</dt>
          <dd>
            <Said text={refusal.basis} />
          </dd>
        </>
      )}
    </dl>
  );
}
