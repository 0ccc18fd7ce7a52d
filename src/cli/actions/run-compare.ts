/**
 * What `unmask compare` does: puts every task to every model, keeps what it finds as it goes, and writes the
 * report.
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { writeAtomic } from "../../checkpoint/write-atomic.ts";
import type { Outcome, Recipe, Task } from "../../evaluate/tasks/task.ts";
import type { Comparison, Result, TaskDocs } from "../../report/comparison/comparison.ts";
import { comparisonLines } from "../../report/comparison/terminal-table.ts";
import { verdictsOf } from "../../report/comparison/verdict.ts";
import { progress } from "../../report/progress.ts";
import { printable } from "../../report/terminal.ts";
import { tokenizeText } from "../../text/index.ts";
import type { TokenSource } from "../../text/index.ts";
import { readCorpus } from "../../text/corpus-files.ts";
import { flagsLine } from "../command-line.ts";
import type { Part } from "./compare-parts.ts";
import { planOf } from "./compare-plan.ts";
import type { CompareContext, CompareValues, NamedModel, Plan } from "./compare-plan.ts";
import type { OpenedModel } from "./open-contestant.ts";

/** What `--json` prints, and `report.json` holds. */
export interface CompareResult extends Comparison {
  readonly verdicts: ReturnType<typeof verdictsOf>;
}

export async function runCompare(context: CompareContext): Promise<CompareResult> {
  const { values, note, out, terminal } = context;
  const plan = await planOf(context);
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
    if (results.length > 0) await writePages(values.out, report());
  }
  const done = report();
  for (const line of comparisonLines(done, terminal.columns)) out(line);
  note(`the report is ${join(values.out, "report.html")}`);
  return done;
}

/** The page, the pictures, and the same as Markdown. */
async function writePages(folder: string, comparison: Comparison): Promise<void> {
  // Drawing takes half a second to import.
  const [{ drawTasks }, { comparisonPage }, { comparisonMarkdown }, { taskPicture }] =
    await Promise.all([
      import("../../report/comparison/charts.ts"),
      import("../../report/comparison/page.ts"),
      import("../../report/comparison/markdown.ts"),
      import("../../report/comparison/picture.ts"),
    ]);
  const drawn = await drawTasks(comparison);
  const pictures = new Map<string, string>();
  for (const task of comparison.tasks) {
    const picture = taskPicture(task, comparison, drawn.get(task.name) ?? []);
    if (picture !== undefined) pictures.set(task.name, picture);
  }
  await mkdir(join(folder, "pictures"), { recursive: true });
  for (const [name, picture] of pictures)
    await writeAtomic(join(folder, "pictures", `${name}.svg`), picture);
  const pictureOf = (task: string) => (pictures.has(task) ? `pictures/${task}.svg` : undefined);
  await writeAtomic(join(folder, "report.md"), comparisonMarkdown(comparison, pictureOf));
  await writeAtomic(join(folder, "report.html"), comparisonPage(comparison, drawn));
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
    const { mark } = model;
    let ready: Ready | undefined;
    for (const task of plan.tasks) {
      signal.throwIfAborted();
      count += 1;
      const depends = { ...plan.common, task: task.name, model: mark };
      let part = await plan.parts.read(depends);
      if (part) kept += 1;
      else {
        ready ??= await makeReady(model, plan, values.data);
        const bar = progress(errorTerminal, {
          label: `${count}/${total} ${printable(model.name)}: ${task.name}`,
          total: 100,
        });
        try {
          part = await measure(task, ready, plan, values, { signal, update: bar.update });
        } finally {
          bar.finish();
        }
        await plan.parts.write(depends, part);
      }
      const commands = recipesOf(task, part.outcome, plan, model).map((recipe) =>
        commandOf(recipe, model, plan, values),
      );
      await found(task.name, { model: model.name, ...part, commands });
    }
  }
  if (kept > 0)
    note(`${kept} of ${total} parts were measured before, and are in ${join(values.out, "parts")}`);
}

/** A model that is ready, and the text in its tokens. */
interface Ready {
  readonly model: OpenedModel;
  readonly tokens: TokenSource;
}

async function makeReady(found: NamedModel, { yardstick }: Plan, data: string): Promise<Ready> {
  const model = await found.open(yardstick);
  const { tokens } = await tokenizeText(readCorpus(data), model.tokenizer);
  return { model, tokens };
}

async function measure(
  task: Task,
  { model, tokens }: Ready,
  { settings, pairs, judge, runtime }: Plan,
  { batch }: CompareValues,
  { signal, update }: { readonly signal: AbortSignal; readonly update: (done: number) => void },
): Promise<Part> {
  const started = performance.now();
  const outcome = await model.put(task, {
    ...settings,
    tokens,
    pairs,
    judge: judge && { runtime, model: judge.model, batch, signal },
    signal,
    progress: (share) => update(Math.floor(100 * share)),
  });
  return { outcome, seconds: (performance.now() - started) / 1000 };
}

/** How what was found can be found again. */
function recipesOf(
  task: Task,
  outcome: Outcome,
  { settings }: Plan,
  model: NamedModel,
): readonly Recipe[] {
  if (outcome.kind === "inapplicable") return [];
  const isMissing = ({ gives }: Recipe): boolean =>
    outcome.missing.some(
      ({ figure, at }) => figure === gives?.figure && (at === undefined || at === gives.at),
    );
  return model.recipes(task, settings).filter((recipe) => !isMissing(recipe));
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
    machine: machineOf(values),
    finished: results.length === models.length * chosen.length,
    settings: { ...settings, data: values.data, judge: judge?.path, device: values.device },
    models: models.map(({ name, path, facts }) => ({ name, path, ...facts })),
    tasks: chosen.map((task) => ({
      ...wordsOf(task),
      results: results.filter((one) => one.task === task.name).map(({ result }) => result),
    })),
  };
  return { ...comparison, verdicts: verdictsOf(comparison) };
}

function machineOf({ threads = availableParallelism() }: CompareValues): string {
  const processor = cpus()[0]?.model.trim() || "an unnamed processor";
  return `${processor}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
}

/** What a task says of itself. */
function wordsOf(task: Task): TaskDocs {
  const { measure: _, ask: __, recipes: ___, ...words } = task;
  return words;
}
