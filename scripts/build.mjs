/**
 * Builds `dist/` from `src/` with plain `tsc`, and the page in `playground/` with Vite into
 * `dist/playground`. Does nothing when nothing has changed since the last
 * build; `--force` builds all the same.
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const stampFile = join(dist, ".build-stamp");
const bin = join(dist, "cli", "main.js");

/** Names, sizes and times of everything that the build reads. */
function fingerprint() {
  const hash = createHash("sha256");
  const sources = ["src", "playground"]
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.(tsx?|js|css|html)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const configs = ["package.json", "tsconfig.json", "tsconfig.build.json", "scripts/build.mjs"];
  for (const file of [...sources.toSorted(), ...configs.map((name) => join(root, name))]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function fail(message) {
  console.error(`build: ${message}`);
  process.exit(1);
}

/** The compiler of this project, not one that happens to be on the PATH. */
function compiler() {
  try {
    const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
    const { bin: bins } = JSON.parse(readFileSync(manifest, "utf8"));
    return join(dirname(manifest), bins.tsc);
  } catch {
    return fail("TypeScript is not installed; run npm install first");
  }
}

async function buildPage() {
  try {
    const { build } = await import("vite");
    await build({ configFile: join(root, "playground/vite.config.ts"), logLevel: "warn" });
  } catch (error) {
    fail(`the playground can't be built: ${String(error)}`);
  }
}

const stamp = fingerprint();
const current = existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
if (current && existsSync(bin) && !process.argv.includes("--force")) process.exit(0);

rmSync(dist, { recursive: true, force: true });
const pretty = process.stdout.isTTY ? "true" : "false";
const { status, error } = spawnSync(
  process.execPath,
  [compiler(), "-p", join(root, "tsconfig.build.json"), "--pretty", pretty],
  { cwd: root, stdio: "inherit" },
);
if (error) fail(`tsc could not be started: ${error.message}`);
if (status !== 0) fail("tsc found errors (above); dist/ is not usable");
if (!existsSync(bin)) fail("tsc wrote no dist/cli/main.js; does tsconfig.build.json include src?");
chmodSync(bin, 0o755);
await buildPage();
writeFileSync(stampFile, stamp);
