import { createContext, useContext } from "react";

import type { Credentials } from "../credentials";
import type { Answer } from "../endpoint";
import { type Language, words } from "../words";
import type { Names } from "./catalogue";
import type { Held, Preview, SupposedGround } from "./preview";

export type Looked =
  | { state: "idle" | "waiting" }
  | { state: "seen"; preview: Preview; text: string }
  | { state: "failed"; why: string }
  | { state: "long"; length: number };

export interface Exchange {
  credentials: Credentials;
  language: Language;
  names: Names;
  looked: Looked;
  supposing: SupposedGround;
  onSuppose: (ground: SupposedGround) => void;
  onHold: (held: Held | null) => void;
  answer: Answer | null;
  notice: string;
}

const ExchangeContext = createContext<Exchange | null>(null);
export const ExchangeProvider = ExchangeContext.Provider;

/** What the panel shows, and in which language. */
export function useExchange() {
  const exchange = useContext(ExchangeContext);
  if (!exchange) throw new Error("outside the exchange");
  return { ...exchange, said: words[exchange.language] };
}
