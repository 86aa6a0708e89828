import type { GraphiQLPlugin } from "@graphiql/react";

import { Panel } from "./Panel";

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
      <path d="M12 3l7 3v5.2c0 4.4-2.9 8.2-7 9.8-4.1-1.6-7-5.4-7-9.8V6z" />
      <path d="M7.8 12s1.6-2.7 4.2-2.7 4.2 2.7 4.2 2.7-1.6 2.7-4.2 2.7S7.8 12 7.8 12z" />
      <circle cx="12" cy="12" r="1" />
    </svg>
  );
}

export const EXCHANGE_PLUGIN: GraphiQLPlugin = { title: "Disclosure preview", icon: Icon, content: Panel };
