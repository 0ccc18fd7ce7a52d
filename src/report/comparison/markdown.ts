/**
 * A comparison as Markdown, for pages that people keep in a repository.
 *
 * @module
 */
import { formatCount } from "../number-format.ts";
import { verdictNames } from "./beside.ts";
import type { ComparedTask, Comparison } from "./comparison.ts";
import { figureText } from "./figure-text.ts";
import { rankingNote, rankingsOf } from "./ranking.ts";
import type { Cell, Ranking } from "./ranking.ts";
import { taskNotes, taskTable } from "./task-table.ts";
import { verdictsOf } from "./verdict.ts";

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
  const rankings = rankingsOf(task, comparison);
  return [
    ...(picture === undefined ? [] : [`![${escaped(task.title)}](${picture})`, ""]),
    ...(lines.length === 0 ? [] : [...lines, ""]),
    ...claims,
    ...taskNotes(task, comparison).map((note) => `- ${escaped(note)}`),
    ...(rankings.length === 0 ? [] : ["", rankingNote, ...rankings.flatMap(rankingLines)]),
  ];
}

function rankingLines({ label, ahead, rows }: Ranking): string[] {
  const cellText = (cell: Cell): string => {
    if (typeof cell === "string") return cell;
    return cell.clear ? `**${cell.text}**` : cell.text;
  };
  const lines = rows.map(({ model, cells }) => [escaped(model), ...cells.map(cellText)]);
  const header = [label, ...ahead.map((name) => `behind ${name}`)].map(escaped);
  return ["", ...marked(header, lines)];
}

function figureTable(task: ComparedTask, comparison: Comparison): string[] {
  const found = taskTable(task, comparison);
  if (found === undefined) return [];
  const { figures, axis } = found;
  const docsOf = (i: number) => task.figures[figures[i]!]!;
  const rows = found.rows.map(({ model, place, cells }) => {
    const counts = new Set(cells.flatMap((one) => (one ? [one.samples] : [])));
    return [
      model,
      ...(place === undefined ? [] : [place]),
      ...cells.map((one, i) => (one ? figureText(docsOf(i), one) : "–")),
      [...counts].join("/"),
    ];
  });
  const labels = figures.map((figure) => task.figures[figure]!.label);
  return table(["model", ...(axis === undefined ? [] : [axis]), ...labels, "n"], rows);
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  marked(
    header.map(escaped),
    rows.map((row) => row.map(escaped)),
  );

/** A table of cells that are Markdown. */
const marked = (header: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [header, header.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);

/** Text as Markdown shows it, in a line and in a cell. */
const escaped = (text: string): string =>
  text.replaceAll(/[\\`*_[\]<>|]/g, (sign) => `\\${sign}`).replaceAll(/\s+/g, " ");
