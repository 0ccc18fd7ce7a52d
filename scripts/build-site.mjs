/**
 * `npm run build:site [-- FOLDER ...] [--out DIR]`: the playground as a static site that needs no server of ours: the same
 * page, with models beside it that run in the tab. Models are those in the folders given, else in `models/`, else in
 * `runs/`. The default DIR is `site`.
 */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { modelsIn, withoutTwins } from "./find-models.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const note = (line) => console.error(`build:site: ${line}`);
function fail(line, status = 1) {
  note(line);
  process.exit(status);
}

function readCommandLine() {
  try {
    const options = { out: { type: "string", default: "site" } };
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return fail(`${error.message}; use: npm run build:site [-- FOLDER ...] [--out DIR]`, 2);
  }
}

/** The list of a site's models, by which an earlier site is known, too. */
const list = "models/index.json";
/** What the page computes with: WebAssembly alone, and with WebGPU. */
const runtimes = ["ort-wasm-simd-threaded", "ort-wasm-simd-threaded.asyncify"];

const { values, positionals: folders } = readCommandLine();
const out = resolve(values.out);
if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, list)))
  fail(`--out must be new, empty or an earlier site, got ${values.out}; choose another folder`);

const places = folders.length > 0 ? [folders] : [[join(root, "models")], [join(root, "runs")]];
const found = places
  .map((some) => some.flatMap((folder) => modelsIn(folder)))
  .find((some) => some.length > 0);
if (found === undefined)
  fail(
    folders.length > 0
      ? `needed model folders, found none in ${folders.join(", ")}`
      : "needed model folders, found none in models/ and runs/; train one: npx unmask demo --out runs/demo",
  );

const { status } = spawnSync(process.execPath, [join(root, "scripts/build.mjs")], {
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);

const { folderSource } = await import("../dist/checkpoint/model-folder.js");
const { modelFiles } = await import("../dist/checkpoint/model-contents.js");
const { readServable } = await import("../dist/serve/engine/servable.js");
const { UnmaskError } = await import("../dist/errors.js");

/** A model as the page's list has it; undefined for those that a tab can't open. */
async function lineOf(folder) {
  try {
    const id = basename(resolve(folder));
    const created = Math.floor(statSync(join(folder, modelFiles.config)).mtimeMs / 1000);
    const facts = (await readServable(folderSource(folder))).facts({ id, created });
    return { from: folder, line: { ...facts, folder: encodeURIComponent(id) } };
  } catch (error) {
    if (!UnmaskError.is(error)) throw error;
    note(`${folder} is left out: ${error.message}`);
    return undefined;
  }
}

const lines = await Promise.all(withoutTwins(found, note).map(lineOf));
const models = lines.filter((line) => line !== undefined);
if (models.length === 0) fail("none of the models can be opened in a tab");

rmSync(out, { recursive: true, force: true });
cpSync(join(root, "dist/playground"), out, { recursive: true });
const page = join(out, "index.html");
const meta = `<meta name="unmask-models" content="${list}" />`;
writeFileSync(page, readFileSync(page, "utf8").replace("</title>", `</title>\n    ${meta}`));
for (const { from, line } of models) {
  const folder = join(out, "models", line.id);
  mkdirSync(folder, { recursive: true });
  for (const file of Object.values(modelFiles))
    if (existsSync(join(from, file)))
      cpSync(join(from, file), join(folder, file), { dereference: true });
}
writeFileSync(
  join(out, list),
  `${JSON.stringify(
    models.map(({ line }) => line),
    undefined,
    2,
  )}\n`,
);
const onnx = dirname(
  createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm"),
);
for (const name of runtimes)
  for (const ending of ["mjs", "wasm"])
    cpSync(join(onnx, `${name}.${ending}`), join(out, "runtime", `${name}.${ending}`));
console.log(
  `${values.out}: the playground with ${models.map(({ line }) => line.id).join(", ")}; serve it with any static server`,
);
