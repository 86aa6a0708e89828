import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

// One script and one style sheet for every page; their addresses carry a digest (gateway/dashboard/render.py).
export default defineConfig({
  base: "/static/dashboard/",
  publicDir: false,
  plugins: [
    {
      name: "mark",
      generateBundle() {
        this.emitFile({ type: "asset", fileName: "mark.svg", source: readFileSync("src/mark.svg") });
      },
    },
  ],
  build: {
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      input: "dashboard/main.ts",
      onLog(level, log, report) {
        // htmx's own, which allowEval: false and the content security policy both keep shut.
        if (log.code !== "EVAL") report(level, log);
      },
      output: {
        entryFileNames: "dashboard.js",
        assetFileNames: "dashboard[extname]",
        codeSplitting: false,
      },
    },
  },
});
