import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url));

export default defineConfig({
  // Tests import the package by its own name, as users do, but read the sources.
  resolve: {
    alias: [
      { find: /^unmask\/tensor$/, replacement: source("tensor/index.ts") },
      { find: /^unmask\/(node|web|testing)$/, replacement: source("$1.ts") },
      { find: /^unmask$/, replacement: source("index.ts") },
    ],
  },
  test: {
    // ONNX Runtime checks its typed arrays by identity, which vm-based pools break.
    pool: "forks",
    maxWorkers: 2,
    globalSetup: ["test/support/build.ts"],
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 300_000,
  },
});
