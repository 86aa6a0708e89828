import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  // The page is served at /graphql, its files below this address.
  base: "/static/graphiql/",
  plugins: [react()],
  worker: { format: "es" },
  build: {
    outDir: "../gateway/static/graphiql",
    emptyOutDir: true,
    // Files only: an inlined one would need data: addresses in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Monaco alone is larger than the default of 500 kB.
    chunkSizeWarningLimit: 4000,
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      onLog(level, log, report) {
        // GraphiQL's "use no memo" speaks to the React compiler, which has run already.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
});
