/**
 * A run's row of the leaderboard: in place of the one with the same command and day, and the best ones first.
 *
 *     node recipes/leaderboard.mjs --run DIR --system SPEC --score FILE --page docs/LEADERBOARD.md --command TEXT --threads N
 */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { transformerParameters } from "../dist/model/transformer.js";
import { decodeConfig } from "../dist/checkpoint/model-config.js";
import { parameterCount } from "../dist/nn/parameter.js";
import { between, writeBetween } from "./between-markers.mjs";
import { tableLines } from "./table.mjs";
import { trained } from "./trained.mjs";
import { withError } from "./with-error.mjs";

const text = /** @type {const} */ ({ type: "string", default: "" });
const { values } = parseArgs({
  options: { run: text, system: text, score: text, page: text, command: text, threads: text },
});
const read = (path) => readFileSync(path, "utf8");
const { transformer } = decodeConfig(read(`${values.run}/config.json`), values.run);
const { tokens, seconds } = trained(values.run);
const { exact, bitsPerCharacter, bitsPerCharacterError } = JSON.parse(read(values.score));

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
  (seconds / 60).toFixed(1),
  millions(tokens),
  millions(parameterCount(transformerParameters(transformer))),
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
