/**
 * What recipes/correction.sh measured as Markdown tables, written between the markers of a page.
 *
 *   node recipes/correction-table.mjs --report FILE --page FILE --name NAME --command TEXT
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
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
  const { outcome } = results.find((result) => result.model === model.name);
  if (outcome.kind !== "measured") return undefined;
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

const rowsOf = (rows) => rows.map((row) => `| ${row.join(" | ")} |`);
const table = (header, rows) => rowsOf([header, header.map(() => "---"), ...rows]);

/** Wrong tokens of given texts: a row for each share of them and model. */
function repairs() {
  const { results } = report.tasks.find(({ name }) => name === "correction");
  const { measurements } = results[0].outcome;
  const shares = [...new Set(measurements.map(({ at }) => at))];
  const header = [
    "wrong",
    "model",
    "found",
    "restored",
    "sound ones broken",
    "errors left",
    "beside the baseline",
    "restored, alone",
    "sound ones broken, alone",
    "errors left, alone",
    "beside the baseline",
  ];
  const rows = shares.flatMap((at) =>
    models.map((model) => {
      const figure = (name) => figureOf("correction", model, name, at);
      const beside = (name) =>
        difference(figure(name), baseline && figureOf("correction", baseline, name, at));
      const told = ["found", "restored", "damaged", "left"].map((name) => shown(figure(name)));
      const alone = ["restoredAlone", "damagedAlone", "leftAlone"].map((name) =>
        shown(figure(name)),
      );
      return [`${at} %`, model.name, ...told, beside("left"), ...alone, beside("leftAlone")];
    }),
  );
  return table(header, rows);
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
  return table(header, rows);
}

/** How a model was trained, from its folder. */
function training({ name, path, system, parameters, length }) {
  const { batch, accumulate, corpus } = JSON.parse(readFileSync(join(path, "run.json"), "utf8"));
  // What was trained, which is less than was planned where it was stopped.
  const lines = readFileSync(join(path, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const { step: steps } = JSON.parse(lines.at(-1));
  const count = (value) => value.toLocaleString("en-GB");
  const tokens = count(steps * batch * accumulate * length);
  return `- ${name}: ${system}, ${(parameters / 1e6).toFixed(2)}M parameters, ${count(steps)} steps of ${batch * accumulate} x ${length} = ${tokens} tokens of a text of ${count(corpus.train)}`;
}

const { samples, length, judge } = report.settings;
const body = [
  `${report.made.slice(0, 10)}. ${samples} windows of ${length} tokens; per cent, ± one standard error; differences in points, on the same texts, bold where they are more than two standard errors. ` +
    `The judge of planted errors is ${judge?.split("/").at(-1) ?? "nobody"}; the baseline is ${baseline?.name ?? "nobody"}.`,
  "",
  ...models.map(training),
  "",
  "**Wrong tokens in a given text.** Left, of as many as there were; first told how many are wrong, then alone, told nothing.",
  "",
  ...repairs(),
  "",
  "**A wrong token planted while a text is written.**",
  "",
  ...plants(),
  "",
  "```sh",
  values.command,
  "```",
].join("\n");

const markers = ["begin", "end"].map((edge) => `<!-- ${String(values.name)}: ${edge} -->`);
const page = readFileSync(values.page, "utf8");
const [before, rest] = page.split(markers[0]);
const after = rest?.split(markers[1])[1];
if (after === undefined) {
  console.error(
    `correction-table: ${String(values.page)} must hold the markers ${markers.join(" and ")}`,
  );
  process.exit(1);
}
writeFileSync(values.page, `${before}${markers[0]}\n\n${body}\n\n${markers[1]}${after}`);
