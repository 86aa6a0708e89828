import { type GraphQLSchema, isEnumType } from "graphql";

import type { Language } from "./words";

const CHINESE = /[\u3400-\u9fff]/;

/** A purpose as the schema describes it, in the reader's language where the description has both; else its code in words. */
export function purposeTitle(schema: GraphQLSchema | null | undefined, code: string, language: Language): string {
  const type = schema?.getType("Purpose");
  const description = isEnumType(type) ? type.getValue(code)?.description : undefined;
  const parts = (description ?? "").split(/\s*[·/|\n]\s*/).filter(Boolean);
  const title = parts.find((part) => CHINESE.test(part) === (language === "zh"));
  return title ?? code.charAt(0) + code.slice(1).toLowerCase().replaceAll("_", " ");
}
