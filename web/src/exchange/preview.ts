import type { Credentials } from "../credentials";
import { type GraphQLError, named, send } from "../endpoint";

export type Treatment = "FULL" | "MASKED" | "BANDED" | "EXISTS" | "WITHHELD";
export const TREATMENTS: Treatment[] = ["FULL", "MASKED", "BANDED", "EXISTS", "WITHHELD"];
export const GROUNDS = ["PURPOSE", "WRITTEN", "NONE"] as const;
export type SupposedGround = (typeof GROUNDS)[number];

export interface Place {
  line: number;
  column: number;
  length: number;
}

export interface Nearest {
  rule: string;
  treatment: Treatment;
  because: string;
}

export interface PreviewField {
  selection: string;
  item: string;
  inputs: string[];
  treatment: Treatment;
  given: boolean;
  rule: string;
  basis: string;
  rows: string[];
  ground: string;
  nearest: Nearest | null;
  places: Place[];
}

export interface Refusal {
  code: string;
  /** Whose answer is missing. */
  department?: string | null;
  message: string;
  help: string | null;
  rule: string | null;
  basis: string | null;
}

export interface DepartmentRead {
  record: string;
  exists: boolean;
  items: string[];
  conditions: string[];
  given: string[];
  order: string | null;
  first: number | null;
  probes: string[];
}

export interface Statement {
  source: string;
  statement: string;
  reads: { record: string; source: string; returned: string[]; conditions: string[] }[];
}

export interface DepartmentPlan {
  department: string;
  reads: DepartmentRead[];
  statements: Statement[] | null;
}

export interface Preview {
  operation: string | null;
  kind: string | null;
  role: string;
  purpose: string | null;
  ground: string | null;
  /** The consent that the ask would rest on. */
  restsOn: string | null;
  frequency: { period: string; number: number; times: number; over: boolean } | null;
  refusals: Refusal[];
  fields: PreviewField[];
  departments: DepartmentPlan[];
}

const PREVIEW = `query BeforeSending(
  $text: String!, $variables: JSON, $operation: String, $supposing: SupposedGround!, $held: [ID!]
) {
  preview(query: $text, variables: $variables, operationName: $operation, supposing: $supposing, held: $held) {
    operation kind role purpose ground restsOn
    frequency { period number times over }
    refusals { code message help rule basis }
    fields {
      selection item inputs treatment given rule basis rows ground
      nearest { rule treatment because }
      places { line column length }
    }
    departments {
      department
      reads { record exists items conditions given order first probes }
      statements { source statement reads { record source returned conditions } }
    }
  }
}`;

/** What looks like an id number: it does not leave the page for a preview. */
const ID_LIKE = /\d{15}(?:\d{2}[\dXx])?/g;

/** The ids of all consents that are held of one person. */
export interface Held {
  person: string;
  consents: string[];
}

export interface Asked {
  text: string;
  /** As it stands in the editor. */
  variables: string;
  operation: string | undefined;
  supposing: SupposedGround;
  held: Held | null;
}

/** Asks what the document would give. Nobody is named: id numbers are replaced, digit for digit, so that places stay. */
export async function readPreview(credentials: Credentials, asked: Asked, signal: AbortSignal): Promise<Preview> {
  const text = nameless(asked.text);
  const body = {
    query: PREVIEW,
    operationName: "BeforeSending",
    variables: {
      text,
      variables: parsed(nameless(asked.variables)),
      operation: asked.operation && named(text, asked.operation),
      supposing: asked.supposing,
      held: about(asked) ? asked.held?.consents : null,
    },
  };
  const { content } = await send(credentials, body, signal);
  const { data, errors } = content as { data?: { preview: Preview } | null; errors?: GraphQLError[] };
  if (!data) throw new Error(String(errors?.[0]?.extensions?.["code"] ?? errors?.[0]?.message ?? "no preview"));
  return data.preview;
}

/** Whether the ask is about the person of whom consents are held: of anybody else what is supposed holds. */
function about({ text, variables, held }: Asked): boolean {
  return held !== null && (text.includes(held.person) || variables.includes(held.person));
}

function nameless(text: string): string {
  return text.replace(ID_LIKE, (found) => "1".repeat(found.length));
}

function parsed(variables: string): unknown {
  if (variables.trim() === "") return null;
  try {
    return JSON.parse(variables);
  } catch {
    return null; // half-typed
  }
}
