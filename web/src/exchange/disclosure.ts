import type { Answer } from "../endpoint";
import type { Nearest, Treatment } from "./preview";

export interface Withheld {
  selection: string;
  item: string;
  rule: string;
  basis: string;
  nearest: Nearest | null;
}

export interface Disclosure {
  id: string;
  revision: string;
  standard: string;
  purpose: string;
  ground: { kind: string; consent: string | null; basis: string; reference: { kind: string; number: string } | null };
  complete: boolean;
  treatments: Record<string, Treatment>;
  withheld: Withheld[];
  conflicts: { selection: string; item: string; values: unknown[] }[];
  sources: Record<string, { state: string; asOf: string | null }>;
}

/** By response path of the root. */
export function disclosures(answer: Answer): [string, Disclosure][] {
  const said = answer.extensions["disclosure"];
  return typeof said === "object" && said !== null ? Object.entries(said as Record<string, Disclosure>) : [];
}
