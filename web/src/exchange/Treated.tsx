import type { Words } from "../words";
import type { Treatment } from "./preview";

/** A treatment in words and colour. */
export function Treated({ treatment, said }: { treatment: Treatment; said: Words }) {
  return (
    <span className={`treatment treatment-${treatment.toLowerCase()}`} title={said.explained[treatment]}>
      {said.treatments[treatment]}
    </span>
  );
}
