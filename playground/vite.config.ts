/**
 * Builds the playground into `dist/playground`; `npx vite playground` serves it while it is worked on, with
 * the API and the runtime's files of an `unmask serve` at its usual port.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { defaultClientConditions, defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const server = "http://127.0.0.1:8080";

export default defineConfig({
  root: here("."),
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // ONNX Runtime's own files are not bundled: they lie in runtime/, beside the page.
  resolve: { conditions: [...defaultClientConditions, "onnxruntime-web-use-extern-wasm"] },
  server: { proxy: { "/v1": server, "/runtime": server } },
  worker: {
    format: "es",
    rolldownOptions: {
      output: {
        entryFileNames: "assets/workers/[name]-[hash].js",
        chunkFileNames: "assets/workers/[name]-[hash].js",
      },
    },
  },
  build: {
    outDir: here("../dist/playground"),
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    // Workers are builds within the build, which always takes most of its time.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
});
