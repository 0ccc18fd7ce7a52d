/**
 * The figures of the study once more, with another seed: do they come out within the errors that are stated?
 *
 *   node recipes/study/again.mjs                          all of them, into runs/again
 *   node recipes/study/again.mjs --only infill,sudoku --seed 2
 *
 * Each section's command is run as it stands on the page, but for its seeds, on a copy of the page; the texts that it names
 * must lie in the project's folder. Then every figure that has an error is held against its first, and how they fare goes on the
 * page; what stands there of other sections and the same seed stays. Stopped or killed, it goes on when it is started again.
 * Needs a build (npm run build).
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { between, writeBetween } from "../between-markers.mjs";
import { tableLines } from "../table.mjs";
import { figuresOf } from "./figures.mjs";

/** @param {string} value */
const text = (value) => /** @type {const} */ ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    page: text("docs/STUDY.md"),
    out: text("runs/again"),
    seed: text("1"),
    only: text(""),
    name: text("again"),
  },
});
process.chdir(fileURLToPath(new URL("../..", import.meta.url)));

/** The command of a section, if it has one that draws by a seed. */
const seeded = (section) => section.match(/```sh\n(.*(?:SEED=|SEEDS="|--seed )\d.*)\n```/)?.[1];

/** The command with other seeds: SEED=0 becomes SEED=1, and three trainings' SEEDS="0 1 2" become SEEDS="3 4 5". */
const reseeded = (command, times) =>
  command.replace(/(SEED=|SEEDS="|--seed )([\d ]*\d)/, (_, before, named) => {
    const all = named.split(" ").map(Number);
    return before + all.map((seed) => seed + times * all.length).join(" ");
  });

/** What is said of models beside each other: better, worse, or no clear difference. */
const verdictsOf = (section) => [...section.matchAll(/^- (.*?): \*\*(.*?)\*\*/gm)].map(String);

/** How far two figures are apart, in standard errors of their difference. */
function apart(first, second) {
  const distance = Math.abs(first.value - second.value);
  return distance === 0 ? 0 : distance / Math.hypot(first.error, second.error);
}

/** A row of the table: two tellings of a section held against each other. */
function rowOf(name, [first, second]) {
  const [figures, others] = [first, second].map(figuresOf);
  const distances = [...figures].map(([key, figure]) => {
    const other = others.get(key);
    if (!other) throw new Error(`${name}: the second telling has no figure "${key}"`);
    return { key, figure, other, distance: apart(figure, other) };
  });
  const within = (errors) => distances.filter(({ distance }) => distance <= errors).length;
  const [furthest] = distances.toSorted((a, b) => b.distance - a.distance);
  const { key, figure, other } = furthest;
  const shown = ({ value, error }) => `${value} ± ${error}`;
  const [verdicts, repeated] = [first, second].map(verdictsOf);
  return [
    name,
    verdicts.length === 0
      ? "–"
      : `${verdicts.filter((one) => repeated.includes(one)).length} of ${verdicts.length}`,
    figures.size,
    ...[1, 2, 3].map(within),
    `${key.split("|")[0]}, ${figure.column}: ${shown(figure)}, then ${shown(other)} (${furthest.distance.toFixed(1)})`,
  ];
}

mkdirSync(values.out, { recursive: true });
const copy = join(values.out, "STUDY.md");
if (!existsSync(copy)) copyFileSync(values.page, copy);

const sections = [...readFileSync(values.page, "utf8").matchAll(/<!-- (.*): begin -->/g)]
  .map(([, name]) => name)
  .filter((name) => name !== values.name && seeded(between(values.page, name)));
const names = values.only === "" ? sections : values.only.split(",");
const unknown = names.find((name) => !sections.includes(name));
if (unknown !== undefined) {
  console.error(`again: --only takes ${sections.join(", ")}; got "${unknown}"`);
  process.exit(2);
}

/** Rows of the table that stand on the page and are of the same seed, by their sections. */
function rowsThere() {
  const there = between(values.page, values.name);
  if (!there.includes(`With seed ${values.seed},`)) return [];
  return there
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "))
    .filter(([name]) => sections.includes(name));
}

const rows = names.map((name) => {
  const first = between(values.page, name);
  const command = reseeded(seeded(first), Number(values.seed));
  const page = command.startsWith("node") ? ` --page ${copy}` : "";
  console.error(`== ${command}`);
  const env = { ...process.env, OUT: values.out, PAGE: copy };
  const { status } = spawnSync("bash", ["-c", command + page], { env, stdio: "inherit" });
  if (status !== 0) process.exit(1);
  return rowOf(name, [first, between(copy, name)]);
});
const all = new Map([...rowsThere(), ...rows].map((row) => [row[0], row]));
const told = sections.filter((name) => all.has(name));
const header = [
  "section",
  "verdicts alike",
  "figures",
  ...[1, 2, 3].map((errors) => `within ${errors}`),
  "furthest apart (standard errors)",
];
const body = [
  `With seed ${values.seed}, held against the page: how many figures lie within so many standard errors of their difference.`,
  "",
  ...tableLines(
    header,
    told.map((name) => all.get(name)),
  ),
  "",
  "```sh",
  `node recipes/study/again.mjs ${told.length < sections.length ? `--only ${told.join()} ` : ""}--seed ${values.seed}`,
  "```",
];
writeBetween(values.page, values.name, body.join("\n"));
