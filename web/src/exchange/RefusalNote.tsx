import { Coded, Said } from "../Said";
import { useExchange } from "./context";
import type { Refusal } from "./preview";

/** A refusal: its code, what it says, what to do next, and by which rule. */
export function RefusalNote({ refusal }: { refusal: Refusal }) {
  const { said } = useExchange();
  return (
    <dl className="exchange-facts">
      <dt>
        <Coded text={refusal.code} />
      </dt>
      <dd lang="en">
        <Said text={refusal.message} />
      </dd>
      {refusal.help && (
        <>
          <dt>{said.next}</dt>
          <dd lang="en">
            <Said text={refusal.help} />
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
