/**
 * What recipes/correction.sh measured as Markdown tables, written between the markers of a page.
 *
 *   node recipes/correction-table.mjs --report FILE --page FILE --name NAME --command TEXT
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { writeBetween } from "./between-markers.mjs";
import { tableLines } from "./table.mjs";
import { trainingLine } from "./training-line.mjs";
import { differenceOf } from "../dist/evaluate/difference.js";

const text = { type: "string" };
const { values } = parseArgs({
  options: { report: text, page: text, name: text, command: text },
});
const report = JSON.parse(readFileSync(values.report, "utf8"));
const models = report.models;
const baseline = models.find(({ exact }) => exact);

/** A figure of a model; undefined where there is none. */
function figureOf(task, model, figure, at) {
  const { results } = report.tasks.find(({ name }) => name === task);
  const outcome = results.find((result) => result.model === model.name)?.outcome;
  if (outcome?.kind !== "measured") return undefined;
  return outcome.measurements.find((one) => one.figure === figure && one.at === at);
}

const percent = (share) => (100 * share).toFixed(1);
const shown = (one) => (one ? `${percent(one.value)} ± ${percent(one.error)}` : "–");

/** One figure less another on the same texts, in points; bold where it is more than two standard errors. */
function difference(one, other) {
  if (!one || !other || one === other) return "–";
  const { value, error, clear } = differenceOf(one, other);
  const words = `${value > 0 ? "+" : ""}${percent(value)} ± ${percent(error)}`;
  return clear ? `**${words}**` : words;
}

/** Wrong tokens of given texts: a row for each share of them and model. The last figure is set beside the baseline's. */
function repairs(figures) {
  const { results } = report.tasks.find(({ name }) => name === "correction");
  const { measurements } = results[0].outcome;
  const shares = [...new Set(measurements.map(({ at }) => at))];
  const names = Object.keys(figures);
  const last = names.at(-1);
  const rows = shares.flatMap((at) =>
    models.map((model) => {
      const cells = names.map((name) => shown(figureOf("correction", model, name, at)));
      const usual = baseline && figureOf("correction", baseline, last, at);
      const beside = difference(figureOf("correction", model, last, at), usual);
      return [`${at} %`, model.name, ...cells, beside];
    }),
  );
  return tableLines(["wrong", "model", ...Object.values(figures), "beside the baseline"], rows);
}

/** Planted errors: a row for each model and rule. */
function plants() {
  const { figures } = report.tasks.find(({ name }) => name === "planted");
  const ways = Object.keys(figures).filter((name) => `${name}Gone` in figures);
  const header = ["model", "rule", "repaired", "beside its own rule", "gone"];
  const rows = models.flatMap((model) =>
    ways.flatMap((way) => {
      const gone = figureOf("planted", model, `${way}Gone`);
      if (!gone) return [];
      const repaired = figureOf("planted", model, way);
      const own = figureOf("planted", model, "own");
      const rule =
        way === "own"
          ? `\`${model.rule}\`, its own`
          : figures[way].label.replace("repaired by ", "");
      return [[model.name, rule, shown(repaired), difference(repaired, own), shown(gone)]];
    }),
  );
  return tableLines(header, rows);
}

const { samples, length, judge } = report.settings;
const body = [
  `${report.made.slice(0, 10)}. ${samples} windows of ${length} tokens; per cent, ± one standard error; differences in points, on the same texts, bold where they are more than two standard errors. ` +
    `The judge of planted errors is ${judge?.split("/").at(-1) ?? "nobody"}; the baseline is ${baseline?.name ?? "nobody"}.`,
  "",
  ...models.map(trainingLine),
  "",
  "**Wrong tokens in a given text**, told how many.",
  "",
  ...repairs({
    found: "found",
    restored: "restored",
    damaged: "sound ones broken",
    left: "errors left",
  }),
  "",
  "**Wrong tokens in a given text**, alone.",
  "",
  ...repairs({
    restoredAlone: "restored",
    damagedAlone: "sound ones broken",
    leftAlone: "errors left",
  }),
  "",
  "**A wrong token planted while a text is written.**",
  "",
  ...plants(),
  "",
  "```sh",
  values.command,
  "```",
].join("\n");

writeBetween(values.page, values.name, body);
