/**
 * The verbs on a model of a latent system, through the real program.
 */
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomKey } from "unmask/tensor";
import { loadConstants } from "../src/checkpoint/constants.ts";
import { readLatentModel } from "../src/checkpoint/latent-folder.ts";
import { readModel } from "../src/checkpoint/model-folder.ts";
import { stories } from "../src/text/stories.ts";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unmask-latent-verbs-"));
afterAll(() => rm(folder, { recursive: true }));
const [data, model, judge] = ["stories.txt", "plan", "judge"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];

const unmask = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
};

/** What `--json` printed; a failure shows the error line. */
function json(...words: string[]): unknown {
  const { status, stdout, stderr } = unmask(...words, "--json");
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

const tiny = ["--data", data, "--size", "nano", "--length", "16", "--batch", "4", "--threads", "1"];

beforeAll(async () => {
  await writeFile(data, stories(randomKey(3), 20_000).join("\n"));
  const words = ["train", ...tiny, "--tokenizer", "word", "--steps", "6"];
  const { status, stderr } = unmask(...words, "--system", "planner", "--out", model);
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/embedder, step 6: \d.*nats\/token of a text from its own latents/);
  expect(stderr).toMatch(/planner, step 6: \d.*weighted squared error of a latent's number/);
  expect(unmask(...words, "--system", "autoregressive", "--out", judge).status).toBe(0);
});

interface Written {
  readonly seed: number;
  readonly texts: readonly { text: string; tokens: number[]; steps: number; passes: number }[];
}

const written = (...words: string[]): Written => json(...words) as Written;

describe("generate", () => {
  test("the same seed gives the same text; a prompt stays; every step can be watched", () => {
    const words = ["generate", "Mia had a", "--model", model, "--length", "20", "--seed", "4"];
    const [first, again] = [written(...words), written(...words)];
    expect(again.texts).toEqual(first.texts);
    expect(first.texts[0]!.text.startsWith("Mia had a")).toBe(true);
    const watched = unmask(...words, "--steps", "3", "--guidance", "1", "--watch");
    expect(watched.status, watched.stderr).toBe(0);
    const lines = watched.stdout.split("\n").filter((line) => line.startsWith("planner ("));
    expect(lines[0]).toMatch(/step 0 {2}passes 0 {2}20 open {2}Mia had a░/);
    expect(lines.length).toBeGreaterThanOrEqual(4);
    expect(lines.at(-1)).toMatch(/done {2}Mia had a/);
  });

  test("the same text from half the numbers, and one from integers", async () => {
    const [halves, integers, twice] = ["halves", "integers", "twice"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    json("import", model, "--out", halves, "--quantize", "float16");
    const words = ["generate", "Mia had a", "--length", "20", "--seed", "4", "--model"];
    expect(written(...words, halves).texts).toEqual(written(...words, model).texts);
    const size = async (of: string) => (await stat(join(of, "model.safetensors"))).size;
    expect((await size(halves)) / (await size(model))).toBeLessThan(0.55);
    json("import", model, "--out", integers, "--quantize", "int8");
    expect((await size(integers)) / (await size(model))).toBeLessThan(0.4);
    expect(written(...words, integers).texts[0]!.text.startsWith("Mia had a")).toBe(true);
    expect(unmask("inspect", integers).stdout).toMatch(/^quantised +int8$/m);
    const { status, stderr } = unmask("import", integers, "--out", twice, "--quantize", "float16");
    expect(status).toBe(2);
    expect(stderr).toMatch(/needs a model of floats, got one of 8 bits; quantise the model/);
    expect(stderr).toMatch(/what was brought stays in .*; the same command with other options/);
    json("import", integers, "--out", twice);
    expect(await size(twice)).toBe(await size(integers));
  });

  test("as clear as the model's own settings have it, unless asked otherwise", async () => {
    const vague = join(folder, "vague");
    await cp(model, vague, { recursive: true });
    const path = join(vague, "config.json");
    const config = JSON.parse(await readFile(path, "utf8"));
    await writeFile(
      path,
      JSON.stringify({ ...config, options: { ...config.options, clarity: 1e-6 } }),
    );
    const words = ["generate", "--length", "20", "--seed", "4", "--model"];
    const [clear, said] = [model, vague].map((one) => written(...words, one).texts);
    expect(said).not.toEqual(clear);
    expect(written(...words, model, "--clarity", "1e-6").texts).toEqual(said);
    expect(written(...words, vague, "--clarity", "1").texts).toEqual(clear);
    expect(unmask("inspect", vague).stdout).toMatch(
      /sampling +50 steps of DDIM to a clarity of 0\.000001/,
    );
  });

  test("by drawing, by beam search, and with ancestral steps", () => {
    const words = ["generate", "--model", model, "--length", "8", "--steps", "2", "--seed", "4"];
    for (const more of [
      ["--temperature", "1"],
      ["--top-k", "5"],
      ["--beam", "3"],
      ["--eta", "1"],
      ["--clarity", "0.5"],
    ])
      expect(written(...words, ...more, "--count", "2").texts).toHaveLength(2);
  });

  test.each([
    [["--rule", "confidence"], "generate: the system planner takes no --rule"],
    [["--cache", "none"], "generate: the system planner takes no --cache"],
    [["--chat"], "generate: the system planner takes no --chat"],
    [
      ["--beam", "2", "--top-p", "0.5"],
      "generate: --beam finds the likeliest words and draws none",
    ],
    [["--guidance", "1"], "guidance: needs given text that is to count for more, got none"],
    [["--eta", "2"], '--eta must be a number >= 0 and <= 1, got "2"'],
    [["--clarity", "0"], '--clarity must be a number > 0 and <= 1, got "0"'],
  ])("%j is refused", (more, message) => {
    const { status, stderr } = unmask("generate", "--model", model, ...more);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });

  test("flags of latent systems are refused by others", () => {
    for (const more of [
      ["--eta", "1"],
      ["--clarity", "0.5"],
      ["--beam", "2"],
    ]) {
      const { status, stderr } = unmask("generate", "--model", judge, ...more);
      expect(stderr).toContain(
        `${more[0]} is for latent systems, got a model of the system autoregressive`,
      );
      expect(status).toBe(2);
    }
  });
});

describe("evaluate", () => {
  test("reconstruction: a curve for the embedder and one for the planner", () => {
    const metric = ["evaluate", "--model", model, "--metric", "reconstruction", "--data", data];
    const found = json(...metric, "--limit", "3") as {
      bleu: number;
      planner: { curve: { alpha: number; bleu: number }[] };
    };
    expect(found).toMatchObject({ paragraphs: 3 });
    expect(found.planner.curve).toHaveLength(11);
    expect(found.planner.curve.at(-1)).toEqual({ alpha: 1, bleu: found.bleu });
    const { stdout } = unmask(...metric, "--limit", "2", "--clarity", "0.5");
    expect(stdout).toMatch(/^said at a clarity of 0\.5: \d+\.\d$/m);
    expect(stdout).toMatch(/signal +embedder alone +planner/);
    expect(stdout).toMatch(/AuBLEU/);
    expect(unmask(...metric, "--temperature", "1").stderr).toContain("takes no --temperature");
    const other = unmask(...metric.with(2, judge));
    expect(other.stderr).toContain("needs a model that turns text into latents");
    expect(other.status).toBe(2);
  });

  test("generative: its texts before a judge", () => {
    const words = ["evaluate", "--model", model, "--metric", "generative", "--judge", judge];
    const found = json(...words, "--count", "3", "--steps", "2", "--data", data) as {
      perplexity: number;
      reference?: object;
    };
    expect(found).toMatchObject({ system: "planner", texts: 3 });
    expect(found.perplexity).toBeGreaterThan(1);
    expect(found.reference).toBeDefined();
  });

  test("bound: what its plans cost at most, and what their words do", () => {
    const words = ["evaluate", "--model", model, "--data", data, "--limit", "3"];
    const refused = unmask(...words);
    expect(refused.stderr).toMatch(/got a clarity of 1; give --clarity above 0 and below 1$/m);
    expect(refused.status).toBe(2);
    const found = json(...words, "--clarity", "0.5", "--length", "40") as Record<string, number>;
    expect(found).toMatchObject({ system: "planner", exact: false, windows: 3, tokens: 120 });
    expect(found["planNats"]).toBeGreaterThan(0);
    expect(found["planNats"]).toBeLessThan(found["nats"]!);
    expect(found["bitsPerCharacter"]).toBeGreaterThan(0);
    expect(unmask(...words, "--clarity", "0.5").stdout).toMatch(
      /^of a token's \d+\.\d{4} nats its plan costs \d+\.\d{4}, to say it \d+\.\d{4}$/m,
    );
    const other = unmask(...words.with(2, judge), "--clarity", "0.5");
    expect(other.stderr).toContain("--clarity is for latent systems, got a model of the system");
  });

  test.each(["exact", "speed"])("%s is refused", (metric) => {
    const more = metric === "speed" ? [] : ["--data", data];
    const { status, stderr } = unmask("evaluate", "--model", model, "--metric", metric, ...more);
    expect(stderr).toContain("needs a model whose canvas is tokens, got one of the system planner");
    expect(status).toBe(2);
  });
});

test("inspect tells the networks, and what their latents are", () => {
  const { stdout } = unmask("inspect", model);
  expect(stdout).toMatch(/system +planner: latent diffusion/);
  expect(stdout).toMatch(/latents +16 x 32, normalised/);
  expect(json("inspect", model)).toMatchObject({
    system: "planner",
    planner: true,
  });
});

test("infill, edit and --init of other systems say that they can't", () => {
  for (const words of [
    ["infill", "Mia [[2]] a"],
    ["edit", "Mia had a"],
  ]) {
    const { status, stderr } = unmask(...words, "--model", model);
    expect(stderr).toContain("needs a model whose canvas is tokens, got one of the system planner");
    expect(status).toBe(2);
  }
  const out = join(folder, "never");
  const init = unmask("train", "--data", data, "--init", model, "--out", out);
  expect(init.stderr).toContain("needs a model whose canvas is tokens");
});

describe("train", () => {
  const begin = (out: string, ...more: string[]) =>
    unmask(
      "train",
      ...tiny,
      "--steps",
      "2",
      "--system",
      "planner",
      "--out",
      join(folder, out),
      ...more,
    );

  test.each([
    [["--length", "20"], "must be a multiple of latents=16, got 20"],
    [["--schedule", "cosine"], "the system planner takes no --schedule"],
    [["--init", model], "brings its own backbone and tokenizer; leave out --size"],
    [["--system", "planner:latents=0"], "latents must be an integer >= 1 and <= 1024"],
  ])("%j is refused, and nothing is written", (more, message) => {
    const { status, stderr } = begin("refused", ...more);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
    expect(unmask("inspect", join(folder, "refused")).stderr).toContain("no such folder");
  });

  test("another run begins with its weights, tokenizer and networks", async () => {
    const from = (init: string, ...more: string[]): string[] => {
      const words = ["train", "--data", data, "--batch", "4", "--threads", "1", "--steps", "1"];
      return [...words, "--init", init, "--system", "planner:deviation=2", ...more];
    };
    const next = join(folder, "next");
    expect(json(...from(model, "--out", next))).toMatchObject({ finished: true });
    const head = async (of: string) => JSON.parse(await readFile(join(of, "config.json"), "utf8"));
    const before = await head(model);
    const options = { ...before.options, deviation: 2 };
    expect(await head(next)).toEqual({ ...before, options });
    const rounded = join(folder, "rounded");
    json("import", model, "--out", rounded, "--quantize", "int8");
    const wrong = unmask(...from(rounded, "--out", join(folder, "never")));
    expect(wrong.stderr).toContain(`--init needs weights of floats, got "${rounded}" in 8 bits`);
    expect(wrong.status).toBe(2);
  });

  test("a language model's words serve both of a new embedder's networks", async () => {
    const out = join(folder, "from-words");
    const words = ["train", "--data", data, "--batch", "4", "--threads", "1", "--length", "16"];
    const timed = join(folder, "timed");
    const shape = ["--tokenizer", "word", "--size", "nano", "--steps", "1"];
    json(...words, ...shape, "--system", "sedd", "--out", timed);
    const never = ["--init", timed, "--system", "planner", "--out", join(folder, "never")];
    const refused = unmask(...words, ...never);
    expect(refused.stderr).toMatch(
      /--init needs a network that isn't told the time, got .* sedd; /,
    );
    expect(refused.status).toBe(2);
    const begun = ["--init", judge, "--system", "planner", "--steps", "1", "--lr", "1e-9"];
    json(...words, ...begun, "--ema", "0", "--out", out);
    const of = async (path: string) =>
      JSON.parse(await readFile(join(path, "config.json"), "utf8"));
    const { vocabulary, layers, heads, width } = (await of(judge)).transformer;
    expect(await of(out)).toMatchObject({
      vocabulary,
      length: 16,
      network: { layers, heads, width },
    });
    const known = await loadConstants((await readModel(judge)).weights);
    const learnt = await loadConstants((await readLatentModel(out)).weights);
    for (const network of ["encoder", "decoder"])
      for (const [name, { data: numbers }] of Object.entries(known)) {
        if (network === "encoder" && name === "head.weight") continue;
        const found = learnt[`${network}.${name}`]!.data;
        const off = Array.from(numbers, (x, i) => Math.abs(x - found[i]!));
        expect(Math.max(...off), `${network}.${name}`).toBeLessThan(1e-6);
      }
  });

  test("a finished run is not overwritten, and goes on with more steps", async () => {
    const { stderr } = begin("../" + model.split("/").at(-2)! + "/plan");
    expect(stderr).toMatch(/must be new or empty/);
    const more = json("train", "--out", model, "--resume", "--steps", "8");
    expect(more).toMatchObject({
      finished: true,
      stages: { embedder: { steps: 6 }, planner: { steps: 8 } },
    });
    const lines = (await readFile(join(model, "planner", "metrics.jsonl"), "utf8"))
      .trim()
      .split("\n");
    const steps = lines.map((line) => JSON.parse(line) as { step: number; loss?: number });
    expect(steps.filter(({ loss }) => loss !== undefined).map(({ step }) => step)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  test("a damaged folder gets one line", async () => {
    const damaged = join(folder, "damaged");
    const words = ["train", ...tiny, "--steps", "1", "--system", "planner", "--out", damaged];
    expect(unmask(...words).status).toBe(0);
    const config = join(damaged, "config.json");
    const text = await readFile(config, "utf8");
    await writeFile(config, text.replace('"width": 64', '"width": "wide"'));
    const first = unmask("generate", "--model", damaged);
    expect(first.stderr).toMatch(/^unmask: .*config\.json: network\.width: /);
    expect(first.status).toBe(1);
    await writeFile(config, text.replace('"width": 64', '"width": 32'));
    expect(unmask("generate", "--model", damaged).stderr).toMatch(/needs float32 .* got F32/);
    await writeFile(config, text);
    await writeFile(join(damaged, "planner", "state.safetensors"), "x");
    const last = unmask("train", "--out", damaged, "--resume");
    expect(last.stderr).toMatch(/^unmask: .*state\.safetensors/m);
    expect(last.status).toBe(1);
  });
});
