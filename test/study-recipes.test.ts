/** The recipes of the study, at settings so small that the models know nothing. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomKey } from "unmask/tensor";
import { stories } from "../src/text/stories.ts";

const folder = await mkdtemp(join(tmpdir(), "unmask-study-"));
afterAll(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const page = at("STUDY.md");

const names = [
  "infill",
  "facts",
  "couplets",
  "sudoku",
  "countdown",
  "few-data",
  "precision",
  "speed",
  "again",
];

beforeAll(async () => {
  const sections = names.map(
    (name) => `## ${name}\n\n<!-- ${name}: begin --><!-- ${name}: end -->\n`,
  );
  await writeFile(page, sections.join("\n"));
  await writeFile(at("stories.txt"), stories(randomKey(3), 8000).join("\n"));
  const verse = (n: number) => String.fromCodePoint(0x4e00 + n, 0x4e40 + n, 0x4e80 + n, 0x4ec0 + n);
  const lines = Array.from({ length: 12 }, (_, i) => i + 1);
  const put = (name: string, line: (n: number) => string) =>
    writeFile(at(name), lines.map((n) => `${line(n)}\n`).join(""));
  await put("couplets.tsv", (n) => `${verse(n)}\t${verse(n + 20)}`);
  await put("sudokus.csv", (n) =>
    n === 1 ? "Puzzle,Solution" : "3102200002100320,3142243142131324",
  );
  await put("countdowns.jsonl", (n) => `{"input": "30,${n + 90},${n + 83}", "output": "23"}`);
});

/** Runs a recipe. */
function cook(recipe: string, settings: Readonly<Record<string, string>>, ...words: string[]) {
  const path = fileURLToPath(new URL(`../recipes/study/${recipe}`, import.meta.url));
  const command = recipe.endsWith(".sh") ? "bash" : process.execPath;
  const tiny = { PAGE: page, OUT: at("runs"), THREADS: "1", STEPS: "2", SAMPLES: "2", SEEDS: "0" };
  const run = spawnSync(command, [path, ...words], {
    encoding: "utf8",
    env: { ...process.env, ...tiny, ...settings },
  });
  expect(run.status, run.stderr).toBe(0);
  return run;
}

/** What stands between the markers of a name. */
async function told(name: string): Promise<string> {
  const text = await readFile(page, "utf8");
  return text.split(`<!-- ${name}: begin -->`)[1]!.split(`<!-- ${name}: end -->`)[0]!;
}

describe("each recipe tells its figures on the page, with the command that makes them", () => {
  test("what ships", async () => {
    const settings = { DATA: at("stories.txt"), MODELS: "autoregressive mdlm" };
    cook("shipped.sh", settings, "infill");
    const infill = await told("infill");
    expect(infill).toMatch(/\| mdlm \| 16 \| [\d.]+ % ± /);
    expect(infill).toContain("![Filling a hole](study/infill.svg)");
    expect(infill).toMatch(/DATA=stories\.txt .* recipes\/study\/shipped\.sh infill/);
    expect(await readdir(at("study"))).toContain("infill.svg");
    expect(infill).not.toContain(folder);
  }, 120_000);

  test("reversal, which goes on with more steps", async () => {
    const settings = { COUPLETS: at("couplets.tsv"), COUNT: "20", RETELL: "8" };
    cook("reversal.sh", settings);
    for (const name of ["facts", "couplets"]) {
      expect(await told(name)).toMatch(/\| autoregressive \| [\d.]+ % ± /);
      expect(await told(name)).toContain("2 steps of 16 x 48");
    }
    cook("reversal.sh", { ...settings, STEPS: "3" });
    expect(await told("facts")).toContain("3 steps of 16 x 48");
  }, 240_000);

  test("planning, by as many trainings as there are seeds", async () => {
    const files = { SUDOKUS: at("sudokus.csv"), COUNTDOWNS: at("countdowns.jsonl") };
    cook("planning.sh", { ...files, COUNT: "200", SEEDS: "0 1" });
    for (const name of ["sudoku", "countdown"]) {
      const section = await told(name);
      expect(section).toMatch(/\| mdlm \| [\d.]+ % ± \S+ \| [\d.]+ % ± \S+ \| 4 \|/);
      expect(section).toContain("seed 0, 1, ");
      expect(section).toContain("trained 2 times");
      expect(section).toContain('SEEDS="0 1" recipes/study/planning.sh');
    }
    const learnt = await readFile(at("runs/countdown.train.jsonl"), "utf8");
    expect(learnt).toMatch(
      /^\{"prompt":"\d{3} \d{3} \d{3} \d{3}\\t","completion":"\S{11} \S{11}"\}\n/,
    );
    expect(learnt).not.toContain("030 091 084 023");
    // Trainings that solve 20 and 40 % lie further apart than their questions would let them; those with 50 and 50 % do not.
    const reports = await Promise.all(
      [0.2, 0.4].map(async (solved, seed) => {
        const path = at(`runs/sudoku-${seed}/report/report.json`);
        const report = await readFile(path, "utf8");
        const altered = report
          .replaceAll(
            /("figure":\s*"solved",\s*"value":\s*)\d+(,\s*"error":\s*)\d+/g,
            `$1${solved}$20.03`,
          )
          .replaceAll(
            /("figure":\s*"parts",\s*"value":\s*)[\d.]+(,\s*"error":\s*)[\d.]+/g,
            "$10.5$20.03",
          );
        const other = at(`altered-${seed}.json`);
        await writeFile(other, altered);
        return other;
      }),
    );
    const place = ["--page", page, "--name", "sudoku", "--task", "puzzles", "--command", "true"];
    cook("tell.mjs", {}, ...place, ...reports);
    expect(await told("sudoku")).toContain("| mdlm | 30.0 % ± 10.0 | 50.0 % ± 2.1 | 4 |");
  }, 240_000);

  test("few data", async () => {
    const text = at("stories.txt");
    const settings = { DATA: text, VALID: text, BYTES: "3000", SIZE: "nano", EVERY: "1" };
    cook("few-data.sh", { ...settings, SEEDS: "0 1" });
    expect(await told("few-data")).toContain("Every model was trained 2 times");
    const lines = (await told("few-data")).split("\n").filter((line) => /^\| \d/.test(line));
    expect(lines).toHaveLength(2);
    expect(lines.at(-1)).toMatch(/\| \S*[\d.]+ ± [\d.]+\S* \| \S*≤ [\d.]+ ± /);
    const picture = await readFile(at("study/few-data.svg"), "utf8");
    expect(picture).toContain("times read");
  }, 120_000);

  test("speed and precision", async () => {
    const place = ["--page", page];
    cook(
      "speed.mjs",
      {},
      ...place,
      "--models",
      "autoregressive,mdlm",
      "--lengths",
      "8",
      "--rounds",
      "2",
      "--tokens",
      "1",
    );
    const speeds = await told("speed");
    expect(speeds.match(/\| mdlm \| [14] \| (1|16) \| \d+ ± \d+ \|/g)).toHaveLength(4);
    expect(speeds.match(/\| mdlm \| [14] \| (1|16) \| \d+\.\d\d ± \d+\.\d\d \|/g)).toHaveLength(4);
    expect(speeds).not.toMatch(/autoregressive .* \d\.\d\d ±/);
    cook("precision.mjs", {}, ...place, "--steps", "2", "--count", "2");
    expect(await told("precision")).toMatch(/\| 2 \| 32 \| [\d.]+ ± [\d.]+ \|/);
  }, 120_000);

  test("again: sections by their commands with another seed, held against the page", async () => {
    cook("planning.sh", { ONLY: "sudoku", COUNT: "200", OUT: at("made-up") });
    const before = await told("sudoku");
    /** Rows of these sections, after they were run; the table shows all of `shown`. */
    const again = async (seed: string, sections: string[], shown = sections): Promise<string[]> => {
      const place = ["--page", page, "--out", at(`again-${seed}`), "--only", sections.join()];
      cook("again.mjs", { PAGE: "", OUT: "" }, ...place, "--seed", seed);
      const text = await told("again");
      expect(text).toContain(`again.mjs --only ${shown.join()} --seed ${seed}\n`);
      return text
        .split("\n")
        .filter((line) => sections.some((name) => line.startsWith(`| ${name} `)));
    };
    // The same seed is the same figures; of precision there are two columns and a difference.
    const [sudoku, precision] = await again("0", ["sudoku", "precision"]);
    expect(sudoku).toMatch(/^\| sudoku \| 1 of 1 \| 4 \| 4 \| 4 \| 4 \| .*\(0\.0\) \|$/);
    expect(precision).toMatch(/^\| precision \| – \| 5 \| 5 \| 5 \| 5 \| /);
    const [other] = await again("1", ["precision"]);
    expect(other).toMatch(/^\| precision \| – \| 5 \| \d \| \d \| \d \| .*, then .*\)/);
    expect(other).not.toContain("(0.0)");
    // Rows of the same seed stay, in the page's order; those of the other one are gone.
    expect(await again("1", ["sudoku"], ["sudoku", "precision"])).toHaveLength(1);
    expect((await told("again")).match(/^\| (sudoku|precision) /gm)).toHaveLength(2);
    expect(await told("again")).toContain(other);
    expect(await told("sudoku")).toBe(before);
    // Its own section is not one to run again.
    const path = fileURLToPath(new URL("../recipes/study/again.mjs", import.meta.url));
    const own = spawnSync(process.execPath, [path, "--page", page, "--only", "again"]);
    expect(own.status).toBe(2);
    expect(String(own.stderr)).toMatch(/^again: --only takes .*sudoku.*; got "again"$/m);
  }, 240_000);

  test("who is ahead may change from one telling to the next", async () => {
    const { href } = new URL("../recipes/study/figures.mjs", import.meta.url);
    const { figuresOf } = (await import(href)) as {
      readonly figuresOf: (section: string) => Map<string, { value: number; error: number }>;
    };
    const row = (model: string, ahead: string, gap: string) =>
      [`| bits | behind ${ahead} |`, "| --- | --- |", `| ${model} | ${gap} |`].join("\n");
    const figure = (model: string, ahead: string, gap: string) =>
      [...figuresOf(row(model, ahead, gap))].map(([key, { value, error }]) => [key, value, error]);
    expect(figure("mdlm", "sedd", "**≤ 0.25 ± 0.02**")).toEqual([
      ["mdlm behind sedd|bits", 0.25, 0.02],
    ]);
    expect(figure("sedd", "mdlm", "0.25 ± 0.02")).toEqual([["mdlm behind sedd|bits", -0.25, 0.02]]);
    expect(figure("sedd", "mdlm", "4.000 ± 0.8 times")).toEqual([
      ["mdlm behind sedd|bits", 0.25, 0.05],
    ]);
    expect(figure("sedd", "mdlm", "–")).toEqual([]);
  });
});
