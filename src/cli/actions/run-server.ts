/**
 * Starts an engine and a server before it, and keeps them until they are stopped.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { destination, pino } from "pino";
import { shippedFolder, shippedModels } from "../../checkpoint/shipped-models.ts";
import { UnmaskError } from "../../errors.ts";
import type { Engine } from "../../serve/engine/engine.ts";
import type { StartEngineOptions } from "../../serve/engine/index.ts";
import { keyRing, newKey } from "../../serve/http/keys.ts";
import type { KeyRing } from "../../serve/http/keys.ts";
import { defaultLimits } from "../../serve/http/limits.ts";
import { startServer } from "../../serve/http/server.ts";
import type { BaseContext } from "../verb.ts";
import type { DeviceValues } from "./use-device.ts";

export interface ServeValues extends DeviceValues {
  readonly model?: string | undefined;
  readonly batch: number;
  readonly queue: number;
  readonly memory?: number | undefined;
  readonly requestSeconds: number;
  readonly host: string;
  readonly port: number;
  readonly site?: string | undefined;
  readonly runs?: string | undefined;
  readonly apiKeyFile?: string | undefined;
  readonly noAuth: boolean;
  readonly cors?: string | undefined;
  readonly logLevel: string;
  readonly logPrompts: boolean;
  readonly stopSeconds: number;
}

type StartEngine = (options: StartEngineOptions) => Promise<Engine>;

/** Prints a new key. */
export function makeKey({ out, note }: Pick<BaseContext, "out" | "note">): object {
  const { key, line } = newKey();
  note("the key, for the client; it is not kept anywhere:");
  out(key);
  note("its line in the file of --api-key-file:");
  out(line);
  return { key, line };
}

/** Serves until the signal; resolves when all is closed. */
export async function runServer(
  context: Pick<BaseContext, "out" | "note" | "signal">,
  values: ServeValues,
  startEngine: StartEngine,
): Promise<object> {
  const { out, note, signal } = context;
  const models = await modelsOf(values.model);
  const keys = await keysOf(values.apiKeyFile);
  const site = values.site ?? playground();
  await checkFolder("--site", values.site);
  await checkFolder("--runs", values.runs);
  const { requestSeconds: seconds, queue, batch, device, threads, memory } = values;
  const engine = await startEngine({
    models,
    queue,
    batch,
    seconds,
    device,
    threads,
    memory: memory === undefined ? Infinity : memory * 2 ** 20,
  });
  try {
    const server = await startServer({
      engine,
      // Lines leave at once: the last ones tell why a server ended.
      logger: pino({ level: values.logLevel }, destination({ dest: 2, sync: true })),
      host: values.host,
      port: values.port,
      keys,
      open: values.noAuth,
      cors: values.cors?.split(",").map((origin) => origin.trim()),
      logPrompts: values.logPrompts,
      site,
      runtime: site === undefined ? undefined : browserRuntime(),
      runs: values.runs,
      // A request that could never be taken in is refused at the door.
      limits: { texts: Math.min(defaultLimits.texts, queue) },
    });
    out(`serving ${models.map(({ id }) => id).join(", ")} at ${server.url}`);
    if (site !== undefined) out(`  ${values.site ?? "the playground"}: ${server.url}/`);
    out(`  ${greeting(server.url, models[0]!.id, keys !== undefined)}`);
    await aborted(signal);
    note("serve: finishing what has begun");
    await server.close(values.stopSeconds);
    const { finished, tokens, passes } = engine.totals();
    return { url: server.url, texts: finished, tokens, passes };
  } finally {
    await engine.close(0);
  }
}

/** Model folders by the names that requests use. */
async function modelsOf(list: string | undefined): Promise<StartEngineOptions["models"]> {
  const folders = list?.split(",") ?? (await shippedModels()).map(shippedFolder);
  if (folders.length === 0)
    throw new UnmaskError("usage", "serve: --model is needed: model folders, with commas between");
  const models = folders.map((folder) => ({ id: basename(resolve(folder)), folder }));
  const twice = models.find(({ id }, i) => models.findIndex((each) => each.id === id) < i);
  if (twice !== undefined)
    throw new UnmaskError(
      "usage",
      `serve: models are called by the names of their folders, got "${twice.id}" twice; rename one of them`,
    );
  return models;
}

async function keysOf(file: string | undefined): Promise<KeyRing | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnmaskError("missing", `serve: --api-key-file can't be read: ${reason}`, { cause });
  });
  return keyRing(text, file);
}

/** The page that is built beside the program, where it is. */
function playground(): string | undefined {
  const folder = fileURLToPath(new URL("../../playground", import.meta.url));
  return existsSync(join(folder, "index.html")) ? folder : undefined;
}

/** Where the page's own runtime lies, if it is installed. */
function browserRuntime(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(browserRuntimeFile));
  } catch {
    return undefined;
  }
}

const browserRuntimeFile = "onnxruntime-web/ort-wasm-simd-threaded.wasm";

async function checkFolder(flag: string, folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true)
    throw new UnmaskError("missing", `serve: ${flag} must be a folder, got ${folder}`);
}

/** A line to paste. */
function greeting(url: string, model: string, keys: boolean): string {
  const body = JSON.stringify({ model, prompt: "Once upon a time", max_tokens: 32 });
  const key = keys ? ` -H "authorization: Bearer $UNMASK_KEY"` : "";
  return `curl ${url}/v1/completions -H "content-type: application/json"${key} -d '${body.replaceAll("'", "'\\''")}'`;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
