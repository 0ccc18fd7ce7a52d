/**
 * What `unmask import` does, once its options are read.
 *
 * @module
 */
import { readFile, readdir, realpath, rm, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { copyFile, copyModel } from "../../checkpoint/copy-model.ts";
import { digestFile } from "../../checkpoint/digest.ts";
import { fileInside } from "../../checkpoint/file-inside.ts";
import type { InsideFile } from "../../checkpoint/file-inside.ts";
import { patience } from "../../checkpoint/hub/connection.ts";
import { downloadModel } from "../../checkpoint/hub/download-model.ts";
import { readReference, resolveCommit } from "../../checkpoint/hub/repository.ts";
import { beginImport, findUnfinished, finishImport } from "../../checkpoint/import-record.ts";
import type {
  BringEvent,
  FileRecord,
  ImportSource,
  Unfinished,
} from "../../checkpoint/import-record.ts";
import { parseJson } from "../../checkpoint/fields.ts";
import { modelFiles } from "../../checkpoint/model-contents.ts";
import { locateTensors } from "../../checkpoint/shards.ts";
import type { StoredTensor } from "../../checkpoint/shards.ts";
import { shownText } from "../../shown.ts";
import { isTokenizerFile } from "../../checkpoint/wanted-files.ts";
import { UnmaskError } from "../../errors.ts";
import { formatBytes, formatCount } from "../../report/number-format.ts";
import { progress } from "../../report/progress.ts";
import type { Environment } from "../../report/terminal.ts";
import { renderTable } from "../../report/table.ts";
import { elementCount } from "../../tensor/index.ts";
import type { Values } from "../option.ts";
import type { Context } from "../verb.ts";
import type { importArguments, importOptions } from "../verbs/import.ts";

type ImportContext = Context<typeof importOptions, typeof importArguments>;
type ImportValues = Values<typeof importOptions, typeof importArguments>;

/** What `--json` prints. */
export interface ImportResult {
  readonly out: string;
  readonly source: ImportSource;
  readonly commit?: string | undefined;
  /** `model_type` of its configuration, or its architecture. */
  readonly type: string;
  readonly parameters: number;
  /** Of the weights as they were brought. */
  readonly dtypes: readonly string[];
  readonly quantize?: string | undefined;
  /** Of all files together. */
  readonly bytes: number;
  readonly files: Readonly<Record<string, FileRecord>>;
}

export async function importModel(context: ImportContext): Promise<ImportResult> {
  const { values, note, out } = context;
  const source = await sourceOf(values, context.env);
  const unfinished = await findUnfinished(values.out, source);
  const tokenizer = await tokenizerFiles(values.tokenizer);
  const { commit, events } = await begin(context, source, unfinished);
  try {
    const files = {
      ...(await follow(context, events)),
      ...(await addTokenizer(context, tokenizer)),
    };
    const about = await describe(values.out, await locateTensors(values.out));
    const kept = values.quantize ? await quantise(context, files) : files;
    await finishImport(values.out, { source, commit, files: kept });
    const bytes = Object.values(kept).reduce((sum, file) => sum + file.bytes, 0);
    const { quantize } = values;
    const result = { out: values.out, source, commit, ...about, quantize, bytes, files: kept };
    summary(result).forEach(out);
    if (!Object.keys(files).some(isTokenizerFile))
      note("the model brings no tokenizer: import it again with --tokenizer PATH");
    return result;
  } catch (error) {
    if (context.signal.aborted || (UnmaskError.is(error) && error.code === "unavailable"))
      note(`what is there already stays in ${values.out}; the same command goes on with it`);
    throw error;
  }
}

/** Writes the model in fewer bits in place of what was brought, and says which files there are now. */
async function quantise(
  { values, errorTerminal, signal, note }: ImportContext,
  files: Readonly<Record<string, FileRecord>>,
): Promise<Readonly<Record<string, FileRecord>>> {
  const { out, quantize, as } = values;
  const { quantiseFolder, precisions } = await import("../../checkpoint/quantise/index.ts");
  const bar = progress(errorTerminal, { label: "quantise", plainEvery: 30 });
  try {
    await quantiseFolder(out, out, {
      precision: precisions[quantize!]!,
      system: as,
      signal,
      onProgress: (done, of) => bar.update(done, { weights: `of ${formatCount(of)}` }),
    });
  } catch (error) {
    if (UnmaskError.is(error) && error.code === "usage")
      note(`what was brought stays in ${out}; the same command with other options goes on with it`);
    throw error;
  } finally {
    bar.finish();
  }
  const kept = Object.entries(files).filter(
    ([name]) => !/\.safetensors(?:\.index\.json)?$/.test(name),
  );
  for (const name of Object.keys(files))
    if (name !== modelFiles.weights && !kept.some(([other]) => other === name))
      await rm(join(out, name), { force: true });
  const written = [modelFiles.config, modelFiles.weights].map(async (name) => {
    const file = await fileInside(out, name);
    const { sha256 } = await digestFile(file.path, file, signal);
    return [name, { bytes: file.bytes, sha256 }] as const;
  });
  return { ...Object.fromEntries(kept), ...Object.fromEntries(await Promise.all(written)) };
}

/** A folder if there is one of that name or it is written like one, else a model of a hub. */
async function sourceOf(values: ImportValues, env: Environment): Promise<ImportSource> {
  const { model, revision } = values;
  const found = await stat(model).catch(() => undefined);
  const named = model.split("@")[0]!;
  const pathLike = !named.includes("://") && (/^[.~]|\\|\/.*\//.test(named) || isAbsolute(named));
  if (found?.isDirectory() || pathLike) {
    if (revision !== undefined || values.hub !== undefined)
      throw new UnmaskError(
        "usage",
        `import: --revision and --hub go with a model of a hub, but "${model}" is a folder`,
      );
    if (!found?.isDirectory())
      throw new UnmaskError("missing", `import: there is no folder "${model}"`);
    return { folder: await realpath(model) };
  }
  if (revision !== undefined && model.includes("@"))
    throw new UnmaskError("usage", `import: give --revision or @, not both, got "${model}"`);
  const hub = hubAddress(values.hub ?? (env["HF_ENDPOINT"] || "https://huggingface.co"));
  return { hub, ...readReference(revision === undefined ? model : `${model}@${revision}`) };
}

function hubAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fits =
    url !== undefined &&
    ["http:", "https:"].includes(url.protocol) &&
    [url.username, url.password, url.search, url.hash].every((part) => part === "");
  if (fits) return url.href.replace(/\/+$/, "");
  throw new UnmaskError(
    "usage",
    `import: a hub is an address like https://huggingface.co, got ${shownText(text)}; ` +
      `check --hub and HF_ENDPOINT`,
  );
}

interface Begun {
  readonly commit?: string | undefined;
  /** Brings the files, and says how it goes. */
  readonly events: AsyncGenerator<BringEvent, Readonly<Record<string, FileRecord>>>;
}

/** Finds out what exactly is to be brought, and puts it on record. */
async function begin(
  { values, env, signal, note }: ImportContext,
  source: ImportSource,
  unfinished: Unfinished | undefined,
): Promise<Begun> {
  const options = { folder: values.out, ownTokenizer: values.tokenizer !== undefined };
  if ("folder" in source) {
    await beginImport(values.out, { source });
    return { events: copyModel(source.folder, options, signal) };
  }
  const connection = {
    url: source.hub,
    token: env["HF_TOKEN"] || undefined,
    signal,
    patience,
    note: (setback: string, pause: number) =>
      note(`${setback}; trying again in ${Math.ceil(pause / 1000)} s`),
  };
  // An import that goes on stays with the commit it began with, wherever the branch is by now.
  const commit = unfinished?.commit ?? (await resolveCommit(connection, source)).commit;
  await beginImport(values.out, { source, commit });
  return { commit, events: downloadModel(connection, { id: source.id, commit }, options) };
}

async function follow<Result>(
  { errorTerminal }: ImportContext,
  events: AsyncGenerator<BringEvent, Result>,
): Promise<Result> {
  let bar = progress(errorTerminal, { label: "import" });
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done === true) return value;
      if (value.kind === "plan")
        bar = progress(errorTerminal, { label: "import", total: value.bytes, plainEvery: 30 });
      else bar.update(value.done, { file: value.file, unit: "bytes" });
    }
  } finally {
    bar.finish();
  }
}

/** The files of `--tokenizer`, by the names that they will have. */
async function tokenizerFiles(path: string | undefined): Promise<ReadonlyMap<string, InsideFile>> {
  if (path === undefined) return new Map();
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new UnmaskError("missing", `import: --tokenizer "${path}": there is no such file`);
  if (!found.isDirectory())
    return new Map([[modelFiles.tokenizer, await fileInside(dirname(path), basename(path))]]);
  const names = (await readdir(path)).filter(isTokenizerFile);
  if (names.length === 0)
    throw new UnmaskError("missing", `import: --tokenizer "${path}" has no tokenizer.json`);
  const files = await Promise.all(names.map((name) => fileInside(path, name)));
  return new Map(names.map((name, i) => [name, files[i]!]));
}

async function addTokenizer(
  { values, signal }: ImportContext,
  files: ReadonlyMap<string, InsideFile>,
): Promise<Record<string, FileRecord>> {
  const records: Record<string, FileRecord> = {};
  for (const [name, file] of files) {
    const sha256 = await copyFile(file, join(values.out, name), signal);
    records[name] = { bytes: file.bytes, sha256 };
  }
  return records;
}

/** What the model is, as far as its files say. */
async function describe(
  folder: string,
  tensors: Readonly<Record<string, StoredTensor>>,
): Promise<Pick<ImportResult, "type" | "parameters" | "dtypes">> {
  const path = join(folder, modelFiles.config);
  const config: unknown = parseJson(await readFile(path, "utf8"), path);
  const stored = Object.values(tensors);
  return {
    type: typeOf(config),
    parameters: stored.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    dtypes: [...new Set(stored.map(({ dtype }) => dtype))].toSorted(),
  };
}

function typeOf(config: unknown): string {
  if (typeof config !== "object" || config === null) return "unknown";
  const architectures: unknown = "architectures" in config ? config.architectures : undefined;
  const names: unknown[] = [
    "model_type" in config ? config.model_type : undefined,
    ...(Array.isArray(architectures) ? (architectures as unknown[]) : []),
  ];
  const name = names.find((each) => typeof each === "string" && /^[\w.-]{1,80}$/.test(each));
  return typeof name === "string" ? name : "unknown";
}

function summary(result: ImportResult): readonly string[] {
  const { source, commit, parameters, files } = result;
  const facts = [
    ["from", "folder" in source ? source.folder : `${source.hub}/${source.id}`],
    ...(commit === undefined ? [] : [["commit", commit]]),
    ["type", result.type],
    ["parameters", `${formatCount(parameters)} (${parameters}), ${result.dtypes.join(", ")}`],
    ...(result.quantize === undefined ? [] : [["quantised", result.quantize]]),
    ["size", `${formatBytes(result.bytes)} in ${Object.keys(files).length} files`],
  ];
  return [
    ...renderTable(["", result.out], facts),
    "",
    `next: unmask generate --model ${result.out}`,
  ];
}
