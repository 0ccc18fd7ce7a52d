/**
 * Comparing from the command line, on models of a few seconds: the figures are those of evaluate, a stopped
 * comparison goes on, and what doesn't fit says why.
 */
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomKey } from "unmask/tensor";
import { stories } from "../src/text/stories.ts";
import { formatNumber } from "../src/report/number-format.ts";
import { runCli } from "../src/cli/run-cli.ts";
import { countdown } from "../src/evaluate/tasks/puzzles/countdown.ts";
import { puzzleKinds } from "../src/evaluate/tasks/puzzles/index.ts";

const folder = await mkdtemp(join(tmpdir(), "unmask-compare-"));
afterAll(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const [data, pairs, causal, uniform, paired, masked] = [
  at("stories.txt"),
  at("pairs.txt"),
  at("causal"),
  at("uniform"),
  at("paired"),
  // What a page must not take for markup, and Korean.
  at(`마스크 <b>&"x"`),
] as const;

async function unmask(words: readonly string[], signal = new AbortController().signal) {
  let [stdout, stderr] = ["", ""];
  const status = await runCli(words, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    signal,
  });
  return { status, stdout, stderr };
}

interface Report {
  readonly finished: boolean;
  readonly models: readonly { readonly name: string }[];
  readonly tasks: readonly {
    readonly name: string;
    readonly results: readonly {
      readonly model: string;
      readonly seconds: number;
      readonly commands: readonly string[];
      readonly outcome: {
        readonly kind: string;
        readonly reason?: string;
        readonly measurements: readonly {
          readonly figure: string;
          readonly at?: number;
          readonly value: number;
          readonly error: number;
          readonly samples: number;
          readonly atMost?: true;
          readonly on?: string;
        }[];
        readonly missing: readonly { readonly figure: string; readonly reason: string }[];
      };
    }[];
  }[];
  readonly verdicts: readonly { readonly model: string; readonly summary: string }[];
}

const sampling = ["--samples", "4", "--length", "16", "--batch", "4", "--threads", "1"];
const words = (models: readonly string[], out: string, ...more: string[]): string[] => [
  "compare",
  "--models",
  models.join(","),
  "--data",
  data,
  "--out",
  at(out),
  ...sampling,
  ...more,
];

async function compare(models: readonly string[], out: string, ...more: string[]) {
  const run = await unmask([...words(models, out, ...more), "--json"]);
  expect(run.status, run.stderr).toBe(0);
  return { report: JSON.parse(run.stdout) as Report, notes: run.stderr };
}

/** A command line as a shell takes it apart. */
const shellWords = (line: string): string[] =>
  Array.from(line.matchAll(/(?:'[^']*'|\\'|[^\s'])+/g), ([word]) =>
    word.replaceAll(/'([^']*)'|\\'/g, (_, quoted: string | undefined) => quoted ?? "'"),
  );

function outcomeOf({ tasks }: Report, task: string, model: string) {
  const { results } = tasks.find(({ name }) => name === task)!;
  return results.find((result) => result.model === model)!.outcome;
}

function figureOf(report: Report, task: string, model: string, name: string, place?: number) {
  const { measurements } = outcomeOf(report, task, model);
  return measurements.find(({ figure, at: where }) => figure === name && where === place)!;
}

beforeAll(async () => {
  await writeFile(data, stories(randomKey(3), 8000).join("\n"));
  await writeFile(pairs, "blue\tsky\nred\trose\n".repeat(40));
  const train = async (out: string, system: string, text = data) => {
    const shape = ["--size", "nano", "--length", "16", "--batch", "4", "--steps", "20"];
    const run = await unmask(["train", "--data", text, "--out", out, "--system", system, ...shape]);
    expect(run.status, run.stderr).toBe(0);
  };
  await train(causal, "autoregressive");
  await train(masked, "mdlm");
  await train(uniform, "udlm");
  await train(paired, "mdlm", pairs);
}, 240_000);

describe("all tasks on prose", () => {
  const name = `마스크 <b>&"x"`;
  let report: Report;
  beforeAll(async () => {
    const quick = ["--quick", "--steps", "2,16"];
    ({ report } = await compare([causal, masked], "all", ...quick));
  }, 240_000);

  test("every task says something of every model, with errors and sample sizes", async () => {
    expect(report.finished).toBe(true);
    expect(report.models.map((model) => model.name)).toEqual(["causal", name]);
    for (const { results } of report.tasks) {
      expect(results.map(({ model }) => model)).toEqual(["causal", name]);
      for (const { outcome, commands } of results) {
        if (outcome.kind === "inapplicable") {
          expect(outcome.reason).not.toBe("");
          continue;
        }
        expect(commands.length).toBeGreaterThan(0);
        for (const { value, error, samples } of outcome.measurements) {
          expect(value).toSatisfy(Number.isFinite);
          expect(error).toBeGreaterThanOrEqual(0);
          expect(samples).toBeGreaterThan(1);
        }
      }
    }
    expect(report.verdicts.map(({ model }) => model)).toEqual([name]);
    const saved = JSON.parse(await readFile(at("all/report.json"), "utf8")) as Report;
    expect(saved).toEqual(report);
  });

  test("what doesn't fit says why", () => {
    for (const task of ["reversal", "puzzles"])
      expect(outcomeOf(report, task, "causal")).toMatchObject({
        kind: "inapplicable",
        reason: expect.stringMatching(/tab/),
      });
  });

  test("the commands in the report give its figures, by evaluate", async () => {
    const again = async (task: string, model: string, ...flags: readonly string[]) => {
      const { results } = report.tasks.find((one) => one.name === task)!;
      const { commands } = results.find((one) => one.model === model)!;
      const command = commands.find((line) => flags.every((flag) => line.includes(flag)))!;
      const [program, ...line] = shellWords(command);
      expect([program, line[0]]).toEqual(["unmask", "evaluate"]);
      const run = await unmask([...line, "--json"]);
      expect(run.status, run.stderr).toBe(0);
      return JSON.parse(run.stdout) as Record<string, number> & { entropy: { perText: number } };
    };
    for (const model of ["causal", name]) {
      const bound = await again("likelihood", model, "--metric bound");
      expect(figureOf(report, "likelihood", model, "nats")).toMatchObject({
        value: bound["nats"],
        error: bound["standardError"],
        samples: bound["windows"],
      });
      expect(figureOf(report, "likelihood", model, "own")).toMatchObject({
        value: bound["bitsPerCharacter"],
        error: bound["bitsPerCharacterError"],
      });
    }
    for (const [figure, order] of [
      ["leftToRight", "--order left-to-right"],
      ["surest", "--order confidence"],
    ] as const) {
      const exact = await again("likelihood", name, order);
      expect(figureOf(report, "likelihood", name, figure)).toMatchObject({
        value: exact["bitsPerCharacter"],
        error: exact["bitsPerCharacterError"],
      });
    }
    const written = await again("writing", name, "--metric generative", "--steps 2");
    expect(figureOf(report, "writing", name, "perplexity", 2)).toMatchObject({
      value: written["perplexity"],
      error: written["perplexityError"],
    });
    expect(figureOf(report, "writing", name, "entropy", 2).value).toBe(written.entropy.perText);
    const perPass = figureOf(report, "writing", name, "tokensPerPass", 2).value;
    expect(perPass).toBe(written["tokensPerPass"]);
    const speed = await again("long", "causal", "--length 64");
    expect(figureOf(report, "long", "causal", "passes", 64).value).toBe(speed["passes"]! / 3);
  });

  test("the page holds names as text, and needs nothing from elsewhere", async () => {
    const page = await readFile(at("all/report.html"), "utf8");
    expect(page).toContain("마스크 &lt;b&gt;&amp;&quot;x&quot;");
    expect(page).not.toContain("<b>&");
    expect(page).not.toMatch(/<script|<link[^>]+href="(?!data:)|@import|url\(|src="/);
    expect(page.match(/<figure>/g)!.length).toBeGreaterThanOrEqual(8);
  });

  test("as Markdown it has the same figures, and a picture for each question that has one", async () => {
    const markdown = await readFile(at("all/report.md"), "utf8");
    expect(markdown).toContain(String.raw`마스크 \<b\>&"x"`);
    const own = figureOf(report, "likelihood", "causal", "own");
    expect(markdown).toContain(`| causal | ${formatNumber(own.value)} ± `);
    expect(markdown.match(/not applicable: /g)).toHaveLength(4);
    const shown = Array.from(markdown.matchAll(/\]\(pictures\/(\S+)\)/g), ([, file]) => file!);
    expect(shown.toSorted()).toEqual((await readdir(at("all/pictures"))).toSorted());
    expect(shown).toContain("likelihood.svg");
  });

  test("as a table for people; a second run measures nothing again", async () => {
    const again = words([causal, masked], "all", "--quick", "--steps", "2,16");
    const run = await unmask(again);
    expect(run.status, run.stderr).toBe(0);
    expect(run.stderr).toContain("16 of 16 parts were measured before");
    expect(run.stdout).toMatch(/\nlikelihood: bits\/character, own score +\d\S* ± \S+ +≤ \d/);
    expect(run.stdout).toMatch(/\npuzzles +not applicable +not applicable/);
    expect(run.stdout).toContain(`${name} beside causal: `);
  });
});

test("the same seed gives the same figures, another one others", async () => {
  const draws = async (out: string, seed: string) => {
    const { report } = await compare([masked], out, "--tasks", "correction,infill", "--seed", seed);
    return report.tasks.map(({ results }) => results.map(({ outcome }) => outcome));
  };
  const first = await draws("seed-1", "1");
  expect(await draws("seed-1b", "1")).toEqual(first);
  expect(await draws("seed-2", "2")).not.toEqual(first);
});

test("stopped, it keeps what is finished, and goes on", async () => {
  const stop = new AbortController();
  const line = words([causal, masked], "stopped", "--tasks", "infill,correction");
  const running = unmask(line, stop.signal);
  while (!(await stat(at("stopped/report.json")).catch(() => undefined)))
    await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort(new Error("Ctrl-C"));
  expect((await running).status).toBe(130);
  const half = JSON.parse(await readFile(at("stopped/report.json"), "utf8")) as Report;
  expect(half.finished).toBe(false);
  expect(await readFile(at("stopped/report.html"), "utf8")).toContain("is not finished");
  const kept = (await readdir(at("stopped/parts"))).length;
  expect(kept).toBeLessThan(4);
  const { report, notes } = await compare(
    [causal, masked],
    "stopped",
    "--tasks",
    "infill,correction",
  );
  expect(report.finished).toBe(true);
  expect(notes).toContain(`${kept} of 4 parts were measured before`);
  // A model that changed is measured again.
  await rename(masked, at("moved"));
  await rename(at("moved"), masked);
  await writeFile(join(masked, "note.txt"), "another model");
  const third = await compare([causal, masked], "stopped", "--tasks", "infill,correction");
  expect(third.notes).toContain("2 of 4 parts");
});

test("tokens that may change have no order in which a likelihood is exact", async () => {
  const more = ["--tasks", "likelihood,infill,correction"];
  const { report } = await compare([uniform], "redrawn", ...more);
  const { missing } = outcomeOf(report, "likelihood", "uniform");
  expect(missing.map(({ figure }) => figure)).toEqual(["leftToRight", "surest"]);
  expect(missing[0]!.reason).toMatch(/process uniform, which redraws/);
  for (const task of ["infill", "correction"])
    expect(outcomeOf(report, task, "uniform").kind).toBe("measured");
});

test("a model of plans is asked for texts, and for a bound on the same windows as the others", async () => {
  const plans = at("plans");
  const shape = ["--init", causal, "--length", "16", "--batch", "4", "--steps", "3"];
  const system = ["--system", "planner:clarity=0.5"];
  const run = await unmask(["train", "--data", data, "--out", plans, ...system, ...shape]);
  expect(run.status, run.stderr).toBe(0);
  const tasks = ["--tasks", "likelihood,writing,infill", "--length", "24", "--steps", "4"];
  const { report } = await compare([causal, plans], "planned", ...tasks);
  const [ours, theirs] = ["plans", "causal"].map((name) => {
    const { measurements } = outcomeOf(report, "likelihood", name);
    return measurements.find(({ figure }) => figure === "own")!;
  });
  expect(ours).toMatchObject({ atMost: true, samples: 4 });
  expect(ours!.on).toBe(theirs!.on);
  expect(ours!.value).toBeGreaterThan(theirs!.value);
  expect(outcomeOf(report, "likelihood", "plans").missing.map(({ figure }) => figure)).toEqual([
    "leftToRight",
    "surest",
  ]);
  for (const figure of ["perplexity", "entropy", "tokensPerPass", "passes", "tokensPerSecond"])
    expect(figureOf(report, "writing", "plans", figure).value, figure).toBeGreaterThan(0);
  expect(outcomeOf(report, "infill", "plans")).toMatchObject({
    kind: "inapplicable",
    reason: expect.stringMatching(/plans whole paragraphs/),
  });
  const clear = at("clear");
  await cp(plans, clear, { recursive: true });
  const config = JSON.parse(await readFile(join(clear, "config.json"), "utf8"));
  config.options.clarity = 1;
  await writeFile(join(clear, "config.json"), JSON.stringify(config));
  const boundless = await compare([causal, clear], "clear-plans", "--tasks", "likelihood");
  expect(outcomeOf(boundless.report, "likelihood", "clear")).toMatchObject({
    kind: "measured",
    missing: [{ reason: expect.stringMatching(/quite clear, and have no bound/) }],
  });
  const again = await compare([causal, plans], "planned", ...tasks);
  expect(again.report.tasks).toEqual(report.tasks);
  const alone = await unmask(words([plans], "alone"));
  expect(alone.stderr).toContain("got only models of which texts alone are seen");
  expect(alone.status).toBe(2);
});

test("pairs are asked both ways; without an autoregressive model nobody judges", async () => {
  const models = `${paired},${masked}`;
  const line = ["compare", "--models", models, "--data", pairs, "--out", at("pairs")];
  const tasks = ["--tasks", "reversal,writing", "--steps", "4"];
  const run = await unmask([...line, ...sampling, ...tasks, "--json"]);
  expect(run.status, run.stderr).toBe(0);
  const report = JSON.parse(run.stdout) as Report;
  expect(outcomeOf(report, "reversal", "paired").kind).toBe("measured");
  expect(outcomeOf(report, "reversal", report.models[1]!.name)).toEqual({
    kind: "inapplicable",
    reason: expect.stringMatching(/^its vocabulary can't spell "blue\\tsky"$/),
  });
  expect(outcomeOf(report, "writing", "paired").missing).toEqual([
    { figure: "perplexity", reason: expect.stringMatching(/give --judge/) },
  ]);
});

test("the study of corrections: a report as tables, with a row for each model and rule", async () => {
  await compare([causal, uniform], "study", "--tasks", "correction,planted");
  const page = at("study.md");
  const maker = fileURLToPath(new URL("../recipes/correction-table.mjs", import.meta.url));
  const flags = ["--report", at("study/report.json"), "--page", page, "--command", "it"];
  const table = (name: string) =>
    spawnSync(process.execPath, [maker, ...flags, "--name", name], { encoding: "utf8" });
  await writeFile(page, "Before.\n<!-- figures: begin --><!-- figures: end -->\nAfter.\n");
  expect(table("others")).toMatchObject({ status: 1, stderr: expect.stringContaining("markers") });
  expect(table("figures")).toMatchObject({ status: 0, stderr: "" });
  const written = await readFile(page, "utf8");
  expect(written).toMatch(
    /^Before\.\n<!-- figures: begin -->[^]*<!-- figures: end -->\nAfter\.\n$/,
  );
  expect(written).toContain("20 steps of 4 x 16 = 1,280 tokens");
  const rows = written.split("\n").filter((line) => /^\| \w/.test(line));
  const shares = ["5 %", "10 %", "20 %"];
  const repaired = shares.flatMap((share) => ["causal", "uniform"].map((name) => [share, name]));
  const planted = [
    ["causal", "`left-to-right`, its own"],
    ["uniform", "`ancestral`, its own"],
    ["uniform", "self-correct"],
    ["uniform", "renoise"],
  ];
  const heads = ["wrong", "wrong", "model"];
  const firsts = rows.map((row) =>
    row
      .split(" | ")
      .map((cell) => cell.replace("| ", ""))
      .slice(0, 2),
  );
  expect(firsts.filter(([first]) => !heads.includes(first!))).toEqual([
    ...repaired,
    ...repaired,
    ...planted,
  ]);
  // An autoregressive model takes nothing back.
  expect(rows.find((row) => row.includes("left-to-right"))).toMatch(/\| 0\.0 ± 0\.0 \| – \| 0\.0/);
});

describe.each(["sudoku", "countdown"])("the puzzles of recipes/study/%s.mjs", (name) => {
  const recipe = fileURLToPath(new URL(`../recipes/study/${name}.mjs`, import.meta.url));
  const made = (count: string, seed: string): string[] => {
    const { stdout } = spawnSync(process.execPath, [recipe, count, seed], { encoding: "utf8" });
    return stdout.trimEnd().split("\n");
  };
  const pairOf = (line: string) => {
    const [first, second] = line.split("\t");
    return { first: first!, second: second! };
  };

  test("are puzzles of one kind, and none is in both texts", () => {
    const [training, testing] = [made("60", "1"), made("60", "2")];
    for (const lines of [training, testing]) {
      expect(lines).toHaveLength(60);
      const kinds = puzzleKinds.filter(({ isPuzzle }) => lines.map(pairOf).every(isPuzzle));
      expect(kinds).toHaveLength(1);
    }
    expect(training.filter((line) => testing.includes(line))).toEqual([]);
  });
});

test("countdowns of a file are solved, and those that nothing solves are left out", async () => {
  const recipe = fileURLToPath(new URL("../recipes/study/countdown.mjs", import.meta.url));
  const file = at("questions.jsonl");
  await writeFile(
    file,
    '{"input": "30,100,93", "output": "23"}\n{"input": "1,1,1", "output": "99"}\n',
  );
  const run = spawnSync(process.execPath, [recipe, "--solve", file], { encoding: "utf8" });
  const [first, second, ...more] = run.stdout.trimEnd().split("\t");
  expect(more).toEqual([]);
  expect(first).toBe("030 100 093 023");
  expect(countdown.solves(first!, second!)).toBe(true);
  expect(run.stderr).toContain("1,1,1 = 99: can't be reached");
});

describe("wrong input is one line", () => {
  const line = (models: string, ...more: string[]) => [
    "compare",
    "--models",
    models,
    "--data",
    data,
    "--out",
    at("wrong"),
    ...more,
  ];
  test.each([
    ["an unknown task", line(causal, "--tasks", "infil"), 2, /unknown task "infil"; .*"infill"\?/],
    ["a model that is not there", line(`${causal},${at("none")}`), 1, /none": no such folder/],
    ["a model twice", line(`${causal},${causal}`), 2, /each once, got/],
    ["servers alone", line("http://127.0.0.1:1/v1#x"), 2, /needs a model folder .*; give --judge/],
    ["steps that are none", line(causal, "--steps", "4,x"), 2, /--steps must be integers >= 1/],
    [
      "a judge without a likelihood",
      line(causal, "--judge", masked),
      2,
      /compare: --judge must be an autoregressive model, got one of mdlm/,
    ],
    ["too little text", line(causal, "--length", "60000"), 2, /one window needs 60000 tokens/],
    [
      "a text that is not there",
      ["compare", "--models", causal, "--data", at("no.txt"), "--out", at("wrong")],
      1,
      /no such file/,
    ],
    [
      "a file in the way",
      ["compare", "--models", causal, "--data", data, "--out", data],
      1,
      /there is a file of this name; choose another folder/,
    ],
  ] as const)("%s", async (_, command, status, message) => {
    const run = await unmask(command);
    expect(run.stderr.trim()).toMatch(message);
    expect(run.stderr.trim().split("\n")).toHaveLength(1);
    expect(run.status).toBe(status);
    expect(run.stdout).toBe("");
  });

  test("somebody else's report is left alone", async () => {
    const own = { title: "mine" };
    await rm(at("other"), { recursive: true, force: true });
    await unmask(words([causal], "other", "--tasks", "infill"));
    await writeFile(at("other/report.json"), JSON.stringify(own));
    const run = await unmask(words([causal], "other", "--tasks", "infill"));
    expect(run.stderr).toMatch(/its report.json is none of unmask compare; choose another folder/);
    expect(run.status).toBe(1);
    expect(JSON.parse(await readFile(at("other/report.json"), "utf8"))).toEqual(own);
  });
});
