import { type GraphQLSchema, isEnumType } from "graphql";

import type { Language } from "./words";

/** How the schema describes a purpose: `Loan approval (贷款审批). Article …`. */
const DESCRIBED = /^(.+?) \(([^)]+)\)\./;

/** A purpose in the reader's language; before the schema is here, its code in words. */
export function purposeTitle(schema: GraphQLSchema | null | undefined, code: string, language: Language): string {
  const type = schema?.getType("Purpose");
  const described = isEnumType(type) ? DESCRIBED.exec(type.getValue(code)?.description ?? "") : null;
  const title = language === "zh" ? described?.[2] : described?.[1];
  return title ?? code.charAt(0) + code.slice(1).toLowerCase().replaceAll("_", " ");
}
