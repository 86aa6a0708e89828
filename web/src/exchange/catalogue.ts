import type { Credentials } from "../credentials";
import { send } from "../endpoint";
import type { Language } from "../words";

const CATALOGUE = `query Names {
  catalogue { departments { code name nameZh records { code name nameZh items { key name nameZh } } } }
}`;

interface Named {
  name: string;
  nameZh: string;
}

/** What the standard calls its departments, record types and items. */
export type Names = ReadonlyMap<string, Named>;

export async function readNames(credentials: Credentials): Promise<Names> {
  const { content } = await send(credentials, { query: CATALOGUE, operationName: "Names" });
  const found = new Map<string, Named>();
  const { data } = content as { data?: { catalogue: { departments: Department[] } } | null };
  for (const department of data?.catalogue.departments ?? []) {
    found.set(department.code, department);
    for (const record of department.records) {
      found.set(record.code, record);
      for (const item of record.items) found.set(item.key, item);
    }
  }
  return found;
}

interface Department extends Named {
  code: string;
  records: (Named & { code: string; items: (Named & { key: string })[] })[];
}

export function nameOf(names: Names, key: string, language: Language): string {
  const found = names.get(key);
  if (!found) return key;
  if (language === "zh") return found.nameZh;
  const words = found.name.replaceAll("_", " ").replace(/^pboc\b/, "PBoC");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
