/**
 * The conformance suite of latent systems, over every member of their table and the variants that differ in
 * kind: each trains in two stages, stops and resumes exactly in either of them, plans texts and says
 * paragraphs again; and whoever needs a canvas of tokens refuses it with a line.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  finish,
  latentSystemFromSpec,
  latentSystems,
  openEmbedder,
  openLatentDenoiser,
  plan,
  plannerGuess,
  processorsOf,
  randomKey,
  reconstruct,
  say,
} from "unmask";
import {
  cpuRuntime,
  newStagedRun,
  readLatentModel,
  readModel,
  resumeStagedRun,
  startStagedRun,
} from "unmask/node";
import type { NewStagedRun, StageName } from "unmask/node";
import { loadConstants } from "../src/checkpoint/constants.ts";
import { tinySettings } from "./support/tiny-settings.ts";

const variants = [
  ...Object.keys(latentSystems),
  "planner:deviation=0,substitution=0,blank=0",
  "planner:latents=2,dimension=3,forget=1",
];
const story = "the cat sat on the mat. the dog sat on the log. a frog sat in the fog. ".repeat(30);
const runtime = cpuRuntime({ threads: 1 });
const steps = 4;
const length = 16;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unmask-latent-"));
  await writeFile(join(folder, "story.txt"), story);
});
afterAll(() => rm(folder, { recursive: true }));

const request = (spec: string, out: string): NewStagedRun => ({
  folder: join(folder, out),
  kind: latentSystemFromSpec(spec),
  tokenizer: "char",
  length,
  network: { layers: 1, heads: 2, width: 16 },
  steps,
  settings: () => tinySettings(join(folder, "story.txt"), 3),
});

const files = ["model.safetensors", "embedder/state.safetensors", "planner/state.safetensors"];
const read = (run: string, file: string) => readFile(join(folder, run, file));

describe.each(variants)("latent system %s", (spec) => {
  const name = spec.replaceAll(/\W/g, "-");
  const kind = latentSystemFromSpec(spec);

  const open = async () => {
    const model = await readLatentModel(join(folder, name));
    const { system, weights, moments, tokenizer } = model;
    const options = { runtime, system, weights, moments: moments!, tokenizer };
    const [embedder, denoiser] = [await openEmbedder(options), await openLatentDenoiser(options)];
    return { ...model, embedder, denoiser };
  };

  beforeAll(async () => {
    const seen: [StageName, number][] = [];
    const run = await newStagedRun(request(spec, name), runtime);
    for await (const event of startStagedRun(run, { runtime }))
      if (event.kind === "step") {
        expect(Number.isFinite(event.loss)).toBe(true);
        seen.push([event.stage, event.step]);
      }
    const wanted = (["embedder", "planner"] as const).flatMap((stage) =>
      Array.from({ length: steps }, (_, i) => [stage, i + 1]),
    );
    expect(seen).toEqual(wanted);
  });

  test("keeps its name, every option and normalised latents in the model's folder", async () => {
    const { config, moments, plans, embedder, tokenizer } = await open();
    expect(config).toMatchObject({ system: kind.name, options: kind.options, length });
    expect(plans).toBe(true);
    // Over the training text, latents have mean 0 and variance 1.
    const texts = Array.from({ length: 200 }, (_, i) =>
      tokenizer.encode(story.slice(i, i + length)),
    );
    const latents = await embedder.encode(texts);
    const numbers = latents.flatMap((vector) => [...vector]);
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    const square = numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length;
    expect(Math.abs(mean)).toBeLessThan(0.3);
    expect(Math.abs(square - 1)).toBeLessThan(0.3);
    expect(moments!.deviation.every((deviation) => deviation > 0)).toBe(true);
  });

  test.each(["embedder", "planner"] as const)(
    "a run that was stopped in its %s and resumed ends in the same bytes",
    async (stage) => {
      const stopped = `${name}-${stage}`;
      const abort = new AbortController();
      const run = await newStagedRun(request(spec, stopped), runtime);
      for await (const event of startStagedRun(run, { runtime, signal: abort.signal }))
        if (event.kind === "step" && event.stage === stage && event.step === 2) abort.abort();
      const resumed = await resumeStagedRun(join(folder, stopped));
      expect(resumed.stages[stage].saved!.done).toBe(2);
      for await (const event of startStagedRun(resumed, { runtime }))
        if (event.kind === "step" && event.stage === stage) expect(event.step).toBeGreaterThan(2);
      for (const file of files)
        expect((await read(stopped, file)).equals(await read(name, file)), file).toBe(true);
    },
  );

  test("a finished run can be extended: the planner goes on, the embedder stays", async () => {
    const longer = `${name}-longer`;
    await cp(join(folder, name), join(folder, longer), { recursive: true });
    const more = (settings: { steps: number }) => ({ ...settings, steps: steps + 2 }) as never;
    const run = await resumeStagedRun(join(folder, longer), more);
    const seen: string[] = [];
    for await (const event of startStagedRun(run, { runtime }))
      if (event.kind === "step") seen.push(`${event.stage} ${event.step}`);
    expect(seen).toEqual(["planner 5", "planner 6"]);
    expect((await read(longer, files[1]!)).equals(await read(name, files[1]!))).toBe(true);
    const fewer = (settings: { steps: number }) => ({ ...settings, steps: 1 }) as never;
    await expect(resumeStagedRun(join(folder, longer), fewer)).rejects.toThrow(
      "train: the planner has 6 steps behind it, --steps 1 asks for fewer",
    );
  });

  test("another run can begin with its weights, in both stages, also if it was stopped at once", async () => {
    const init = join(folder, name);
    const before = await loadConstants((await readLatentModel(init)).weights);
    const next = join(folder, `${name}-next`);
    const run = await newStagedRun({ ...request(spec, `${name}-next`), init }, runtime);
    // What is saved before the first step of a stage is what it begins with.
    for await (const event of startStagedRun(run, { runtime })) {
      if (event.kind !== "step" || event.step > 1) continue;
      const own = Object.entries(await loadConstants((await readLatentModel(next)).weights));
      const begun = own.filter(([weight]) =>
        event.stage === "planner" ? weight.startsWith("planner.") : !weight.startsWith("latents."),
      );
      expect(begun.length).toBeGreaterThan(0);
      for (const [weight, { data }] of begun) expect(data, weight).toEqual(before[weight]!.data);
    }
    await rm(join(next, "embedder/state.safetensors"));
    await rm(join(next, "planner/state.safetensors"));
    const again = await resumeStagedRun(next);
    expect(again.stages.planner.start).toEqual(before);
    const other = { ...request("planner:latents=4", `${name}-other`), init };
    await expect(newStagedRun(other, runtime)).rejects.toThrow(/has latents=\d+, got latents=4 in/);
  });

  test("plans a text longer than a paragraph, watched or not, the same for the same key", async () => {
    const { embedder, denoiser, tokenizer } = await open();
    const { maskId, endIds } = tokenizer;
    const processors = processorsOf({ temperature: 0 });
    const write = (options: { eta: number; guidance: number; drafts: boolean; beam?: number }) =>
      finish(
        plan({
          planner: {
            denoiser,
            maskId,
            paragraph: length,
            encode: async (text) => (await embedder.encode([text.slice(-length)]))[0]!,
            decode: async (guess, { length: room, key }) =>
              say({
                open: await embedder.speaker(guess),
                length: room,
                endIds,
                processors,
                key,
                beam: options.beam,
              }),
          },
          prompt: tokenizer.encode("the "),
          length: 40,
          steps: 3,
          key: randomKey(5),
          ...options,
        }),
      );
    for (const eta of [0, 1]) {
      const first = await write({ eta, guidance: 2, drafts: false });
      const watched = await write({ eta, guidance: 2, drafts: true });
      expect(watched.canvas).toEqual(first.canvas);
      expect(tokenizer.decode(first.canvas.subarray(0, 4))).toBe("the ");
      expect(first.canvas.every((token) => token !== maskId)).toBe(true);
      expect(first.canvas.length).toBeLessThanOrEqual(44);
    }
    // A beam of one takes the likeliest token, too.
    const greedy = await write({ eta: 0, guidance: 1, drafts: false });
    expect((await write({ eta: 0, guidance: 1, drafts: false, beam: 1 })).canvas).toEqual(
      greedy.canvas,
    );
  });

  test("measures reconstruction: a curve from noise to the paragraph itself", async () => {
    const { embedder, denoiser, tokenizer } = await open();
    const options = {
      texts: [tokenizer.encode("the cat sat on t"), tokenizer.encode("a frog sat in th")],
      decode: (tokens: Int32Array) => tokenizer.decode(tokens),
      encode: embedder.encode,
      say: async (latents: Float64Array) => {
        const words = {
          open: await embedder.speaker(latents),
          length,
          endIds: [],
          processors: processorsOf({ temperature: 0 }),
        };
        return (await say({ ...words, key: randomKey(1) })).tokens;
      },
      guess: plannerGuess(denoiser),
      alphas: [0, 0.5, 1],
      batch: 2,
      key: randomKey(1),
    };
    const found = await reconstruct(options);
    expect(await reconstruct(options)).toEqual(found);
    expect(found.curve.map(({ alpha }) => alpha)).toEqual([0, 0.5, 1]);
    expect(found.auBleu).toBeGreaterThanOrEqual(0);
    expect(found.auBleu).toBeLessThanOrEqual(1);
    expect(found.texts).toBe(2);
  });

  test("is refused where a canvas of tokens is needed", async () => {
    await expect(readModel(join(folder, name))).rejects.toThrow(
      /needs a model whose canvas is tokens, got one of the system planner/,
    );
  });
});
