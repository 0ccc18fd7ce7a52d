/**
 * What `unmask compare` does: puts every task to every model, keeps what it finds as it goes, and writes the
 * report.
 *
 * @module
 */
import { mkdir, readFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { basename, join, resolve } from "node:path";
import { readModel } from "../../checkpoint/model-folder.ts";
import type { ModelContents } from "../../checkpoint/model-folder.ts";
import { systemOfModel } from "../../checkpoint/model-system.ts";
import { writeAtomic } from "../../checkpoint/write-atomic.ts";
import { lookUp, UnmaskError } from "../../errors.ts";
import { checkJudge } from "../../evaluate/judge.ts";
import { tasks } from "../../evaluate/tasks/index.ts";
import { readPairs } from "../../evaluate/tasks/pairs.ts";
import type { Pairs } from "../../evaluate/tasks/pairs.ts";
import type { Contestant, Recipe, Settings, Task } from "../../evaluate/tasks/task.ts";
import { transformerParameters } from "../../model/transformer.ts";
import { parameterCount } from "../../nn/parameter.ts";
import type {
  ComparedModel,
  Comparison,
  Result,
  TaskDocs,
} from "../../report/comparison/comparison.ts";
import { comparisonLines } from "../../report/comparison/terminal-table.ts";
import { verdictsOf } from "../../report/comparison/verdict.ts";
import { progress } from "../../report/progress.ts";
import type { Runtime } from "../../tensor/index.ts";
import { tokenizeText } from "../../text/index.ts";
import type { TokenSource } from "../../text/index.ts";
import { readCorpus } from "../../text/corpus-files.ts";
import { flagsLine } from "../command-line.ts";
import type { compareOptions } from "../verbs/compare.ts";
import type { Context } from "../verb.ts";
import { dataMark, modelMark, openParts } from "./compare-parts.ts";
import type { Part, PartStore } from "./compare-parts.ts";
import { findContestant } from "./open-contestant.ts";
import type { FoundModel } from "./open-contestant.ts";
import { useDevice } from "./use-device.ts";

type CompareContext = Context<typeof compareOptions, Record<never, never>>;
type CompareValues = CompareContext["values"];

/** Everything that is decided before the first figure is measured. */
interface Plan {
  readonly models: readonly NamedModel[];
  readonly tasks: readonly Task[];
  readonly settings: Settings;
  readonly judge: { readonly path: string; readonly model: ModelContents } | undefined;
  readonly pairs: Pairs;
  readonly runtime: Runtime;
  readonly parts: PartStore;
  /** What every part depends on. */
  readonly common: object;
}

interface NamedModel extends FoundModel {
  readonly name: string;
}

/** What `--json` prints, and `report.json` holds. */
export interface CompareResult extends Comparison {
  readonly verdicts: ReturnType<typeof verdictsOf>;
}

export async function runCompare(context: CompareContext): Promise<CompareResult> {
  const { values, note, out, terminal } = context;
  const plan = await planOf(values);
  const results: { task: string; result: Result }[] = [];
  const report = (): CompareResult => reportOf(plan, context, results);
  try {
    await measureAll(context, plan, async (task, result) => {
      results.push({ task, result });
      await writeAtomic(
        join(values.out, "report.json"),
        `${JSON.stringify(report(), undefined, 1)}\n`,
      );
    });
  } finally {
    // What was found before a failure, or Ctrl-C, is worth looking at.
    if (results.length > 0) await writePage(values.out, report());
  }
  const done = report();
  for (const line of comparisonLines(done, terminal.columns)) out(line);
  note(`the report is ${join(values.out, "report.html")}`);
  return done;
}

async function writePage(folder: string, comparison: Comparison): Promise<void> {
  // Drawing takes half a second to import.
  const { comparisonPage } = await import("../../report/comparison/page.ts");
  await writeAtomic(join(folder, "report.html"), await comparisonPage(comparison));
}

/** Puts every task to every model, one model at a time: only one is held ready. */
async function measureAll(
  { values, signal, errorTerminal, note }: CompareContext,
  plan: Plan,
  found: (task: string, result: Result) => Promise<void>,
): Promise<void> {
  const total = plan.models.length * plan.tasks.length;
  let count = 0;
  let kept = 0;
  for (const model of plan.models) {
    const mark = await modelMark(model.path);
    let ready: { contestant: Contestant; tokens: TokenSource } | undefined;
    for (const task of plan.tasks) {
      signal.throwIfAborted();
      count += 1;
      const depends = { ...plan.common, task: task.name, model: mark };
      let part = await plan.parts.read(depends);
      if (part) kept += 1;
      else {
        ready ??= await makeReady(model, values.data);
        const bar = progress(errorTerminal, {
          label: `${count}/${total} ${model.name}: ${task.name}`,
          total: 100,
        });
        try {
          part = await measure(task, ready, plan, values, { signal, update: bar.update });
        } finally {
          bar.finish();
        }
        await plan.parts.write(depends, part);
      }
      const commands = task
        .recipes(plan.settings, model.kind)
        .map((recipe) => commandOf(recipe, model, plan, values));
      await found(task.name, { model: model.name, ...part, commands });
    }
  }
  if (kept > 0)
    note(`${kept} of ${total} parts were measured before, and are in ${join(values.out, "parts")}`);
}

async function makeReady(model: NamedModel, data: string) {
  const { tokens } = await tokenizeText(readCorpus(data), model.contents.tokenizer);
  return { contestant: await model.open(), tokens };
}

async function measure(
  task: Task,
  { contestant, tokens }: { readonly contestant: Contestant; readonly tokens: TokenSource },
  { settings, pairs, judge, runtime }: Plan,
  { batch }: CompareValues,
  { signal, update }: { readonly signal: AbortSignal; readonly update: (done: number) => void },
): Promise<Part> {
  const started = performance.now();
  const outcome = await task.measure(contestant, {
    ...settings,
    tokens,
    pairs,
    judge: judge && { runtime, model: judge.model, batch, signal },
    signal,
    progress: (share) => update(Math.floor(100 * share)),
  });
  return { outcome, seconds: (performance.now() - started) / 1000 };
}

/** A command line that measures a part of the report again. */
function commandOf(
  { verb, flags, needs }: Recipe,
  { path }: NamedModel,
  { judge }: Plan,
  { data, out, device, threads }: CompareValues,
): string {
  const chosen = verb === "evaluate" ? { model: path } : { models: path };
  return `unmask ${verb} ${flagsLine({
    ...chosen,
    ...(needs.includes("data") ? { data } : {}),
    ...(needs.includes("judge") ? { judge: judge?.path } : {}),
    ...flags,
    ...(verb === "compare" ? { out: join(out, "again") } : {}),
    ...(device === "cpu" ? {} : { device }),
    threads,
  })}`;
}

async function planOf(values: CompareValues): Promise<Plan> {
  const chosen = chosenTasks(values.tasks);
  const paths = pathsOf(values.models);
  await checkOut(values.out);
  const runtime = await useDevice(values);
  const found = await Promise.all(paths.map((path) => findContestant(path, runtime)));
  const names = namesOf(paths);
  const models = found.map((model, i) => ({ ...model, name: names[i]! }));
  const settings = settingsOf(values, models);
  const judge = await judgeOf(values.judge, models);
  const common = {
    settings,
    data: await dataMark(values.data),
    judge: judge && (await modelMark(judge.path)),
    device: [values.device, values.threads ?? availableParallelism()],
  };
  const pairs = await readPairs(readCorpus(values.data));
  const parts = await openParts(join(values.out, "parts"));
  return { models, tasks: chosen, settings, judge, pairs, runtime, parts, common };
}

function chosenTasks(list: string | undefined): Task[] {
  if (list === undefined) return Object.values(tasks);
  const chosen = new Set(list.split(",").map((name) => lookUp("task", name.trim(), tasks)));
  // In the order of the report, whatever the order of the flag.
  return Object.values(tasks).filter((task) => chosen.has(task));
}

function pathsOf(list: string): string[] {
  const paths = list.split(",").map((path) => path.trim());
  const twice = paths.find((path, i) => paths.findIndex((p) => resolve(p) === resolve(path)) < i);
  if (paths.every((path) => path !== "") && twice === undefined) return paths;
  throw new UnmaskError(
    "usage",
    `compare: --models must name folders with a comma between them, each once, got "${list}"`,
  );
}

/** The last parts of paths where they differ, else the paths. */
function namesOf(paths: readonly string[]): string[] {
  const short = paths.map((path) => basename(resolve(path)));
  return new Set(short).size === paths.length ? short : [...paths];
}

function settingsOf(
  { length: asked, samples, steps, quick, batch, seed }: CompareValues,
  models: readonly FoundModel[],
): Settings {
  const length = asked ?? Math.min(...models.map(({ contents }) => contents.config.length));
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
  const numbers = text.split(",").map(Number);
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
  const found = models.find(({ contents }) => systemOfModel(contents).bound.exact);
  return found && { path: found.path, model: found.contents };
}

/** Makes the folder of the report; refuses one with a report that is somebody else's. */
async function checkOut(folder: string): Promise<void> {
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

function reportOf(
  { models, tasks: chosen, settings, judge }: Plan,
  { values, given }: CompareContext,
  results: readonly { readonly task: string; readonly result: Result }[],
): CompareResult {
  const typed = Object.entries(values).filter(([name]) => given.has(name));
  const comparison: Comparison = {
    format: 1,
    command: `unmask compare ${flagsLine(Object.fromEntries(typed))}`,
    made: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim() ?? "a processor"}, ${values.threads ?? availableParallelism()} threads`,
    finished: results.length === models.length * chosen.length,
    settings: { ...settings, data: values.data, judge: judge?.path, device: values.device },
    models: models.map(describe),
    tasks: chosen.map((task) => ({
      ...wordsOf(task),
      results: results.filter((one) => one.task === task.name).map(({ result }) => result),
    })),
  };
  return { ...comparison, verdicts: verdictsOf(comparison) };
}

/** What a task says of itself. */
function wordsOf(task: Task): TaskDocs {
  const { measure: _, recipes: __, ...words } = task;
  return words;
}

function describe({ name, path, kind, contents }: NamedModel): ComparedModel {
  const { config, tokenizer } = contents;
  return {
    name,
    path,
    system: kind.name,
    summary: kind.summary,
    paper: kind.paper,
    rule: kind.rule,
    parameters: parameterCount(transformerParameters(config.transformer)),
    length: config.length,
    vocabulary: tokenizer.size,
    tokenizer: tokenizer.kind,
    exact: systemOfModel(contents).bound.exact,
  };
}
