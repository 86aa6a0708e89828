import type { Storage } from "@graphiql/toolkit";

/** Tabs and history hold variables, and so id numbers: only these preferences outlive the page. */
const LASTING = new Set(["graphiql:theme", "graphiql:language"]);

const memory = new Map<string, string>();

/** GraphiQL's storage: this page's memory, but for the reader's theme and language. */
export const storage: Storage = {
  getItem: (key) => (LASTING.has(key) ? localStorage.getItem(key) : (memory.get(key) ?? null)),
  setItem: (key, value) => void (LASTING.has(key) ? localStorage.setItem(key, value) : memory.set(key, value)),
  removeItem: (key) => void (LASTING.has(key) ? localStorage.removeItem(key) : memory.delete(key)),
  clear: () => {
    memory.clear();
    for (const key of LASTING) localStorage.removeItem(key);
  },
  get length() {
    return memory.size;
  },
};
