import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./explorer.css";
import "./exchange/exchange.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { readChoices } from "./demo";
import { Explorer } from "./Explorer";

const choices = await readChoices();
createRoot(document.getElementById("explorer")!).render(
  <StrictMode>
    <Explorer choices={choices} />
  </StrictMode>,
);
