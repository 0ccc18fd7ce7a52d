/**
 * What `unmask compare` is asked for, checked and laid out before the first figure is measured.
 *
 * @module
 */
import { mkdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { readModel } from "../../checkpoint/model-folder.ts";
import type { ModelContents } from "../../checkpoint/model-contents.ts";
import { UnmaskError } from "../../errors.ts";
import { checkJudge } from "../../evaluate/judge.ts";
import { tasks } from "../../evaluate/tasks/index.ts";
import { readPairs } from "../../evaluate/tasks/pairs.ts";
import type { Pairs } from "../../evaluate/tasks/pairs.ts";
import type { Settings, Task } from "../../evaluate/tasks/task.ts";
import type { Runtime } from "../../tensor/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import { readCorpus } from "../../text/corpus-files.ts";
import { listed } from "../option.ts";
import type { compareOptions } from "../verbs/compare.ts";
import type { Context } from "../verb.ts";
import { dataMark, modelMark, openParts } from "./compare-parts.ts";
import type { PartStore } from "./compare-parts.ts";
import { findContestant } from "./open-contestant.ts";
import type { FoundModel } from "./open-contestant.ts";
import { useDevice } from "./use-device.ts";

export type CompareContext = Context<typeof compareOptions, Record<never, never>>;
export type CompareValues = CompareContext["values"];

/** Everything that is decided before the first figure is measured. */
export interface Plan {
  readonly models: readonly NamedModel[];
  readonly tasks: readonly Task[];
  readonly settings: Settings;
  readonly judge: { readonly path: string; readonly model: ModelContents } | undefined;
  /** In whose tokens models are given the text whose own are not seen. */
  readonly yardstick: Tokenizer;
  readonly pairs: Pairs;
  readonly runtime: Runtime;
  readonly parts: PartStore;
  /** What every part depends on. */
  readonly common: object;
}

export interface NamedModel extends FoundModel {
  readonly name: string;
}

/** Checks what was asked for, and finds the models. */
export async function planOf({ values, ...context }: CompareContext): Promise<Plan> {
  const chosen = chosenTasks(values.tasks);
  const paths = pathsOf(values.models);
  const runtime = await useDevice(values);
  const found = await Promise.all(paths.map((path) => findContestant(path, runtime, context)));
  const names = namesOf(paths);
  const models = found.map((model, i) => ({ ...model, name: names[i]! }));
  const judge = await judgeOf(values.judge, models);
  const folders = models.flatMap(({ contents }) => contents ?? []);
  const seen = folders.length === 0 && judge ? [judge.model] : folders;
  if (seen.length === 0)
    throw new UnmaskError(
      "usage",
      "compare: needs a model folder whose tokens measure the text, got only models of which texts alone are seen; give --judge an autoregressive one",
    );
  const settings = settingsOf(values, seen);
  const common = {
    settings,
    data: await dataMark(values.data),
    judge: judge && (await modelMark(judge.path)),
    device: [values.device, values.threads ?? availableParallelism()],
  };
  const pairs = await readPairs(readCorpus(values.data));
  await makeFolder(values.out);
  const parts = await openParts(join(values.out, "parts"));
  return {
    models,
    tasks: chosen,
    settings,
    judge,
    yardstick: seen[0]!.tokenizer,
    pairs,
    runtime,
    parts,
    common,
  };
}

function chosenTasks(list: string | undefined): Task[] {
  if (list === undefined) return Object.values(tasks);
  const chosen = new Set(listed(list));
  // In the order of the report, whatever the order of the flag.
  return Object.values(tasks).filter(({ name }) => chosen.has(name));
}

function pathsOf(list: string): string[] {
  const paths = listed(list);
  const twice = paths.find((path, i) => paths.findIndex((p) => resolve(p) === resolve(path)) < i);
  if (paths.every((path) => path !== "") && twice === undefined) return paths;
  throw new UnmaskError(
    "usage",
    `compare: --models must name models with a comma between them, each once, got "${list}"`,
  );
}

/** The last parts of paths where they differ, else the paths. */
function namesOf(paths: readonly string[]): string[] {
  const short = paths.map((path) => basename(resolve(path)));
  return new Set(short).size === paths.length ? short : [...paths];
}

function settingsOf(
  { length: asked, samples, steps, quick, batch, seed }: CompareValues,
  seen: readonly ModelContents[],
): Settings {
  const length = asked ?? Math.min(...seen.map(({ config }) => config.length));
  const shares = quick ? [1 / 8, 1 / 2, 1] : [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1];
  const numbers =
    steps === undefined ? shares.map((share) => Math.ceil(share * length)) : listOf(steps);
  return {
    length,
    samples: samples ?? (quick ? 12 : 64),
    steps: [...new Set(numbers)].toSorted((a, b) => a - b),
    lengths: quick ? [64, 128, 256] : [64, 128, 256, 512, 1024],
    batch,
    seed,
  };
}

function listOf(text: string): number[] {
  const numbers = listed(text).map(Number);
  if (numbers.every((number) => Number.isSafeInteger(number) && number >= 1)) return numbers;
  throw new UnmaskError(
    "usage",
    `compare: --steps must be integers >= 1 with a comma between them, got "${text}"`,
  );
}

async function judgeOf(
  asked: string | undefined,
  models: readonly FoundModel[],
): Promise<Plan["judge"]> {
  if (asked !== undefined) {
    const model = await readModel(asked);
    checkJudge(model, "compare");
    return { path: asked, model };
  }
  const found = models.find(({ facts }) => facts.exact);
  return found?.contents && { path: found.path, model: found.contents };
}

/** Makes the folder of the report; refuses one with a report that is somebody else's. */
async function makeFolder(folder: string): Promise<void> {
  const taken = (what: string): UnmaskError =>
    new UnmaskError("exists", `compare: --out ${folder}: ${what}; choose another folder`);
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    if (
      (cause as { code?: string }).code === "EEXIST" ||
      (cause as { code?: string }).code === "ENOTDIR"
    )
      throw taken("there is a file of this name");
    throw cause;
  });
  const text = await readFile(join(folder, "report.json"), "utf8").catch(() => undefined);
  if (text !== undefined && !/"command": ?"unmask compare /.test(text))
    throw taken("its report.json is none of unmask compare");
}
