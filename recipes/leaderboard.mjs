/**
 * A run's row of the leaderboard: in place of the one with the same command and day, and the best ones first.
 *
 *     node recipes/leaderboard.mjs --run DIR --system SPEC --score FILE --page docs/LEADERBOARD.md --command TEXT --threads N
 */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { between, writeBetween } from "./between-markers.mjs";
import { factsOf } from "./model-facts.mjs";
import { tableLines } from "./table.mjs";
import { withError } from "./with-error.mjs";

const text = /** @type {const} */ ({ type: "string", default: "" });
const { values } = parseArgs({
  options: { run: text, system: text, score: text, page: text, command: text, threads: text },
});
const { parameters, runs } = await factsOf(values.run);
const sum = (of) => runs.reduce((total, run) => total + of(run), 0);
const { exact, bitsPerCharacter, bitsPerCharacterError } = JSON.parse(
  readFileSync(values.score, "utf8"),
);

const header = [
  "bits per character",
  "system",
  "date",
  "minutes",
  "tokens read",
  "parameters",
  "machine",
  "command",
];
const millions = (count) => `${(count / 1e6).toFixed(1)}M`;
const row = [
  withError(bitsPerCharacter, bitsPerCharacterError, 3, { exact }),
  values.system,
  new Date().toISOString().slice(0, 10),
  (sum(({ seconds }) => seconds) / 60).toFixed(1),
  millions(sum(({ tokens }) => tokens)),
  millions(parameters),
  `${values.threads} of ${cpus()[0]?.model.trim() ?? "an unnamed processor"}`,
  `\`${values.command}\``,
];

const cells = (line) => line.slice(2, -2).split(" | ");
const rows = between(values.page, "leaderboard")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map(cells);
const isSame = (other) => other.at(-1) === row.at(-1) && other[2] === row[2];
const bits = ([first]) => Number(/[\d.]+/.exec(first)[0]);
const all = [...rows.filter((other) => !isSame(other)), row].toSorted((a, b) => bits(a) - bits(b));
writeBetween(values.page, "leaderboard", tableLines(header, all).join("\n"));
