/** The package as its users have it: built, in node_modules, imported by its own name. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

interface Manifest {
  readonly name: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}
const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Manifest;
const entries = Object.keys(manifest.exports).filter((path) => !path.endsWith(".json"));

/** Notes down every module that is loaded; the hooks run on a thread of their own. */
const hooks = `
import { appendFileSync } from "node:fs";
export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context);
  appendFileSync(process.env.LOADED, resolved.url + "\\n");
  return resolved;
}`;
const register = `
import { register } from "node:module";
register("data:text/javascript," + ${JSON.stringify(encodeURIComponent(hooks))});`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unmask-package-"));
  await mkdir(join(folder, "node_modules"));
  await symlink(root, join(folder, "node_modules", manifest.name), "junction");
  await writeFile(join(folder, "package.json"), "{}");
  await writeFile(join(folder, "register.mjs"), register);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Imports an entry in a process of its own: what it exports, and all that it loaded. */
async function load(entry: string): Promise<{ names: string[]; loaded: string[] }> {
  const log = join(folder, `${entry.replaceAll("/", "-")}.log`);
  const name = JSON.stringify(entry.replace(/^\./, manifest.name));
  const program = `console.log(JSON.stringify(Object.keys(await import(${name}))))`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "./register.mjs", "--input-type=module", "--eval", program],
    { cwd: folder, env: { ...process.env, LOADED: log } },
  );
  const loaded = (await readFile(log, "utf8")).trim().split("\n");
  return { names: JSON.parse(stdout) as string[], loaded };
}

describe("the package", () => {
  test("has every file that package.json names", () => {
    const targets = [manifest.exports, manifest.bin].flatMap((table) =>
      Object.values(table).flatMap((to) => (typeof to === "string" ? [to] : Object.values(to))),
    );
    expect(targets.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  const promised: Readonly<Record<string, readonly string[]>> = {
    ".": ["UnmaskError", "sample", "schedules", "stepPrograms", "systems", "tokenizers"],
    "./tensor": ["gradients", "program", "referenceRuntime"],
    "./node": ["cpuRuntime", "likelihood", "readModel", "startRun"],
    "./web": ["wasmRuntime", "webgpuRuntime"],
    "./testing": ["scriptedDenoiser", "uniformDenoiser"],
  };
  test("has no entry that is not tested here", () => {
    expect(entries.toSorted()).toEqual(Object.keys(promised).toSorted());
  });

  test.each(Object.entries(promised))("imports %s by name", async (entry, some) => {
    const { names, loaded } = await load(entry);
    expect(names).toEqual(expect.arrayContaining([...some]));
    const runtimes = loaded.filter((url) => url.includes("node_modules/onnxruntime"));
    // Only unmask/node brings ONNX Runtime along; unmask/web loads it when a runtime is asked for.
    expect(runtimes.length > 0).toBe(entry === "./node");
    expect(loaded.some((url) => url.includes("/dist/"))).toBe(true);
  });
});
