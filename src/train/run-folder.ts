/**
 * A run's folder: the model it makes, and what it needs to go on.
 *
 * ```
 * config.json  tokenizer.json  model.safetensors  README.md     the model
 * run.json           the run's settings
 * state.safetensors  weights, moments and averages after the last save
 * metrics.jsonl      one line for each logged step and each validation
 * ```
 *
 * @module
 */
import { appendFile, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parseJson, readFields } from "../checkpoint/fields.ts";
import { modelFiles } from "../checkpoint/model-contents.ts";
import { namesIn } from "../checkpoint/new-folder.ts";
import { decodeSafetensors, encodeSafetensors } from "../checkpoint/safetensors.ts";
import { writeAtomic } from "../checkpoint/write-atomic.ts";
import { UnmaskError } from "../errors.ts";
import type { Interval } from "../objective/masking.ts";
import type { TrainedState } from "./trainer.ts";

const files = { run: "run.json", state: "state.safetensors", metrics: "metrics.jsonl" } as const;

/** What decides a run, and what was found out when it began. Everything but the weights. */
const settingsSchema = z.object({
  data: z.string(),
  valid: z.string().optional(),
  /** The model whose weights it began with. */
  init: z.string().optional(),
  /** Tokens to train and to validate on: a changed corpus is not the same run. */
  corpus: z.object({ train: z.int(), valid: z.int() }),
  batch: z.int().min(1),
  accumulate: z.int().min(1),
  steps: z.int().min(1),
  seed: z.int().min(0),
  learningRate: z.object({
    schedule: z.string(),
    peak: z.number(),
    floor: z.number(),
    warmup: z.int(),
  }),
  optimizer: z.object({
    beta1: z.number(),
    beta2: z.number(),
    epsilon: z.number(),
    weightDecay: z.number(),
  }),
  /** Absent: gradients are not clipped. */
  clip: z.number().optional(),
  ema: z.number(),
  dropout: z.number(),
  evalEvery: z.int().min(1),
  saveEvery: z.int().min(1),
  /** Most validation windows. */
  evalWindows: z.int().min(1),
  command: z.string(),
});

export type RunSettings = z.infer<typeof settingsSchema>;

/** What a run that was killed before it began may leave behind. */
const leftovers: ReadonlySet<string> = new Set([
  modelFiles.config,
  modelFiles.tokenizer,
  modelFiles.process,
  "tokens",
  "tokens-valid",
  // Of runs in stages.
  "embedder",
  "planner",
]);

/** Makes sure that a new run may have this folder: what is there already is never touched. */
export async function checkRunFolder(folder: string): Promise<void> {
  const inside = await namesIn(folder, "train: --out");
  if (!inside.every((name) => leftovers.has(name.replace(/\.\d+\.tmp$/, ""))))
    throw new UnmaskError(
      "exists",
      `train: --out "${folder}" must be new or empty, it holds ${inside.length} files; ` +
        `go on with --resume, or choose another name`,
    );
}

export async function writeSettings(folder: string, settings: RunSettings): Promise<void> {
  await writeAtomic(join(folder, files.run), `${JSON.stringify(settings, undefined, 2)}\n`);
}

export async function readSettings(folder: string): Promise<RunSettings> {
  const path = join(folder, files.run);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UnmaskError(
      "missing",
      `train: --resume needs a run in --out "${folder}"; there is no ${files.run}`,
      { cause },
    );
  });
  return readFields(settingsSchema, parseJson(text, path), path);
}

export async function writeState(
  folder: string,
  { state, done, interval }: TrainedState,
): Promise<void> {
  const rates = interval ? { rates: `${interval.low} ${interval.high}` } : {};
  const bytes = encodeSafetensors(state, { steps: String(done), ...rates });
  await writeAtomic(join(folder, files.state), bytes);
}

/** The last saved state; undefined if the run was stopped before its first save. */
export async function readState(folder: string): Promise<TrainedState | undefined> {
  const path = join(folder, files.state);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!bytes) return undefined;
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  const done = Number(metadata["steps"]);
  if (!Number.isInteger(done) || done < 0)
    throw new UnmaskError("corrupt", `${path}: says ${metadata["steps"]} steps`);
  return { state: tensors, done, interval: readRates(metadata["rates"], path) };
}

function readRates(text: string | undefined, path: string): Interval | undefined {
  if (text === undefined) return undefined;
  const [low, high] = text.split(" ").map(Number);
  if (!(low! > 0 && low! <= high! && high! <= 1))
    throw new UnmaskError("corrupt", `${path}: says mask rates "${text}"`);
  return { low: low!, high: high! };
}

/** One line of metrics.jsonl. */
export type Metric = Readonly<Record<string, number | string | boolean>> & {
  readonly step: number;
};

export async function appendMetric(folder: string, metric: Metric): Promise<void> {
  await appendFile(join(folder, files.metrics), `${JSON.stringify(metric)}\n`);
}

/** Drops the lines of steps that a resumed run will take again, and a line that was cut off. */
export async function rewindMetrics(folder: string, done: number): Promise<void> {
  const path = join(folder, files.metrics);
  const text = await readFile(path, "utf8").catch(() => "");
  let keep = 0;
  for (const line of text.split(/(?<=\n)/)) {
    if (!line.endsWith("\n") || !(stepOf(line) <= done)) break;
    keep += Buffer.byteLength(line);
  }
  if (text !== "") await truncate(path, keep);
}

function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as Metric).step;
  } catch {
    return NaN;
  }
}
