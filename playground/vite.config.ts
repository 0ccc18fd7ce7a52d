/**
 * Builds the playground into `dist/playground`; `npx vite playground` serves it while it is worked on, with
 * the API of an `unmask serve` at its usual port.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: { proxy: { "/v1": "http://127.0.0.1:8080" } },
  build: {
    outDir: here("../dist/playground"),
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
  },
});
