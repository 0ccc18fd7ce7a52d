/**
 * A comparison as Markdown, for pages that people keep in a repository.
 *
 * @module
 */
import type { Measurement } from "../../evaluate/tasks/task.ts";
import { formatCount } from "../number-format.ts";
import { measurementsOf, missingOf, placesOf, rankedFigures } from "./comparison.ts";
import type { ComparedTask, Comparison, Result } from "./comparison.ts";
import { figureText } from "./figure-text.ts";
import { verdictNames, verdictsOf } from "./verdict.ts";

/** The whole comparison; `pictureOf` says where a task's picture lies, if it has one. */
export function comparisonMarkdown(
  comparison: Comparison,
  pictureOf: (task: string) => string | undefined,
): string {
  const { models, tasks, command } = comparison;
  const sections = tasks.flatMap((task) => [
    `## ${escaped(task.title)}`,
    "",
    escaped(task.question),
    "",
    ...taskMarkdown(task, comparison, pictureOf(task.name)),
    "",
  ]);
  return [
    `# ${models.map(({ name }) => escaped(name)).join(" · ")}`,
    "",
    settingsLine(comparison),
    "",
    ...table(
      ["model", "system", "parameters", "writes by"],
      models.map(({ name, system, parameters, rule }) => [
        name,
        system,
        parameters === undefined ? "–" : formatCount(parameters),
        rule,
      ]),
    ),
    "",
    ...sections,
    "```sh",
    command,
    "```",
    "",
  ].join("\n");
}

/** What all figures stand on, in a line. */
export function settingsLine({ settings, made, machine }: Comparison): string {
  const { data, length, samples, judge, seed } = settings;
  return escaped(
    `${made.slice(0, 10)}, ${machine}. ${nameOf(data)}, canvases of ${length} tokens, up to ${samples} samples to a figure, seed ${seed}, ` +
      `${judge === undefined ? "no judge" : `judged by ${nameOf(judge)}`}. Values ± one standard error.`,
  );
}

/** A file's or folder's own name: a page goes to people with other folders. */
const nameOf = (path: string): string => path.split(/[\\/]/).at(-1)!;

/** Lines of one task: picture, table, what follows from it, and what is missing. */
export function taskMarkdown(
  task: ComparedTask,
  comparison: Comparison,
  picture: string | undefined,
): string[] {
  const claims = verdictsOf(comparison).flatMap(({ model, baseline, claims: all }) =>
    all
      .filter((claim) => claim.task === task.name)
      .map(
        ({ title, verdict, text }) =>
          `- ${escaped(`${model} beside ${baseline}, ${title.toLowerCase()}`)}: **${verdictNames[verdict]}**. ${escaped(text)}`,
      ),
  );
  const lines = figureTable(task, comparison);
  return [
    ...(picture === undefined ? [] : [`![${escaped(task.title)}](${picture})`, ""]),
    ...(lines.length === 0 ? [] : [...lines, ""]),
    ...claims,
    ...missing(task, comparison),
  ];
}

/** A row for each model, and each place of the axis; a column for each figure. */
function figureTable(task: ComparedTask, { models }: Comparison): string[] {
  const found = (name: string): readonly Measurement[] =>
    measurementsOf(task.results.find(({ model }) => model === name));
  const all = models.flatMap(({ name }) => found(name));
  const figures = rankedFigures(task).filter((name) => all.some(({ figure }) => figure === name));
  if (figures.length === 0) return [];
  const hasAxis = all.some(({ at }) => at !== undefined);
  const rows = models.flatMap(({ name }) => {
    const own = found(name).filter(({ figure }) => figures.includes(figure));
    return placesOf(own).map((at) => {
      const here = figures.map((figure) =>
        own.find((one) => one.figure === figure && one.at === at),
      );
      const cells = here.map((one, i) => (one ? figureText(task.figures[figures[i]!]!, one) : "–"));
      const counts = new Set(here.flatMap((one) => (one ? [one.samples] : [])));
      const place = hasAxis ? [at === undefined ? "its own" : String(at)] : [];
      return [name, ...place, ...cells, [...counts].join("/")];
    });
  });
  const labels = figures.map((figure) => task.figures[figure]!.label);
  return table(["model", ...(hasAxis ? [task.axis ?? ""] : []), ...labels, "n"], rows);
}

/** Who has no figures, and why; references, which rank nobody. */
function missing(task: ComparedTask, { models }: Comparison): string[] {
  const reasons = models.flatMap(({ name }) =>
    reasonsOf(
      task,
      task.results.find(({ model }) => model === name),
    ).map((reason) => `- ${escaped(`${name}: ${reason}`)}`),
  );
  const references = Object.entries(task.figures).flatMap(([name, docs]) => {
    const one = task.results
      .flatMap((result) => measurementsOf(result))
      .find(({ figure }) => docs.reference && figure === name);
    return one ? [`- ${escaped(docs.label)}: ${figureText(docs, one)} (n = ${one.samples})`] : [];
  });
  return [...references, ...reasons];
}

function reasonsOf(task: ComparedTask, result: Result | undefined): string[] {
  if (!result) return ["not measured yet."];
  if (result.outcome.kind === "inapplicable") return [`not applicable: ${result.outcome.reason}.`];
  return missingOf(result).map(({ figure, at, reason }) => {
    const place = at === undefined ? "" : ` at ${at} ${task.axis ?? ""}`;
    return `no ${task.figures[figure]!.label}${place}: ${reason}.`;
  });
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [header, header.map(() => "---"), ...rows].map(
    (row, i) => `| ${row.map((cell) => (i === 1 ? cell : escaped(cell))).join(" | ")} |`,
  );

/** Text as Markdown shows it, in a line and in a cell. */
const escaped = (text: string): string =>
  text.replaceAll(/[\\`*_[\]<>|]/g, (sign) => `\\${sign}`).replaceAll(/\s+/g, " ");
