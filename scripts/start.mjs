/**
 * `npm start [FOLDER ...] [-- OPTIONS]`: builds what is needed and opens the playground on the models that it
 * finds: in the folders given, else in `runs/` and those that ship. Options are those of `unmask serve`.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { modelsIn, withoutTwins } from "./find-models.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, "dist", "cli", "main.js");

const words = process.argv.slice(2);
const firstOption = words.findIndex((word) => word.startsWith("-"));
const folders = firstOption < 0 ? words : words.slice(0, firstOption);
const options = firstOption < 0 ? [] : words.slice(firstOption);

function run(file, ...more) {
  const { status, error } = spawnSync(process.execPath, [file, ...more], { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

run(join(root, "scripts", "build.mjs"));

const runs = join(root, "runs");
const places = folders.length > 0 ? folders : [runs, join(root, "models")];
const note = (line) => console.error(`start: ${line}`);
const [{ readServableFolder }, { UnmaskError }] = await Promise.all([
  import("../dist/serve/engine/servable-folder.js"),
  import("../dist/errors.js"),
]);

/** Whether a model can be served; one that can't, as while it is trained, is told and left out. */
async function isServable(folder) {
  try {
    (await readServableFolder(folder)).facts({ id: folder, created: 0 });
    return true;
  } catch (error) {
    if (!UnmaskError.is(error)) throw error;
    note(`${folder} is left out: ${error.message}`);
    return false;
  }
}
const found = places.flatMap((folder) => modelsIn(folder));
const servable = await Promise.all(found.map(isServable));
const models = found.filter((_, i) => servable[i]);
if (models.length === 0) {
  note(`needed model folders, found none in ${places.join(", ")}`);
  process.exit(1);
}
const chosen = withoutTwins(models, note).map((folder) => relative(process.cwd(), folder) || ".");

const asksForRuns = options.some((word) => /^--runs(=|$)/.test(word));
const readable = existsSync(runs) && !asksForRuns ? ["--runs", runs] : [];
const server = spawn(
  process.execPath,
  [program, "serve", "--model", chosen.join(","), "--log-level", "warn", ...readable, ...options],
  { stdio: "inherit" },
);
// The terminal sends Ctrl-C to both; the server finishes what it has begun, and this waits for it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => server.kill("SIGTERM"));
server.on("exit", (status) => process.exit(status ?? 1));
