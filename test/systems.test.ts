/**
 * The conformance suite of systems, over every member of the table and the variants that differ in kind:
 * each trains, stops and resumes exactly, scores, writes, and fills holes or says that it can't.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpuRuntime, likelihood, newRun, readModel, resumeRun, startRun } from "unmask/node";
import type { NewRun } from "unmask/node";
import {
  finish,
  openCanvas,
  openDenoisers,
  randomKey,
  ruleFromSpec,
  sample,
  splitTokens,
  systemFromSpec,
  systems,
  tokenizeText,
  documentsOf,
  transformerConfig,
} from "unmask";
import type { ModelContents } from "unmask";
import { tinySettings } from "./support/tiny-settings.ts";

const variants = [
  ...Object.keys(systems),
  "d3pm:transition=uniform,timesteps=20",
  "d3pm:transition=absorbing-uniform,timesteps=20",
  "d3pm:transition=gaussian,timesteps=20",
  "d3pm:transition=nearest,timesteps=20,neighbours=3",
  "bd3lm:block=1",
  "bd3lm:block=4,clip=fixed",
  "mdlm:timesteps=10,timed=true",
  "mdlm:times=importance,schedule=cosine",
  "sedd:graph=uniform",
  "renoise:block=4,loss=bound",
];
const story = "the cat sat on the mat. the dog sat on the log. a frog sat in the fog. ".repeat(30);
const runtime = cpuRuntime({ threads: 1 });
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unmask-systems-"));
  await writeFile(join(folder, "story.txt"), story);
});
afterAll(() => rm(folder, { recursive: true }));

function request(spec: string, out: string): NewRun {
  const kind = systemFromSpec(spec);
  return {
    folder: join(folder, out),
    kind,
    tokenizer: "char",
    length: 16,
    transformer: (vocabulary) =>
      transformerConfig({ layers: 1, heads: 2, width: 16 }, { vocabulary, ...kind }),
    steps: 6,
    settings: () => tinySettings(join(folder, "story.txt"), 2),
  };
}

const read = (run: string, file: string) => readFile(join(folder, run, file));

describe.each(variants)("system %s", (spec) => {
  const name = spec.replaceAll(/\W/g, "-");
  let model: ModelContents;

  beforeAll(async () => {
    for await (const event of startRun(await newRun(request(spec, name), runtime), { runtime }))
      if (event.kind === "step") expect(Number.isFinite(event.loss)).toBe(true);
    model = await readModel(join(folder, name));
  });

  test("keeps its name and every option in the model's folder", () => {
    const { name: system, options } = systemFromSpec(spec);
    expect(model.config).toMatchObject({ system, options });
  });

  test("a run that was stopped and resumed ends in the same bytes", async () => {
    const stopped = `${name}-stopped`;
    const abort = new AbortController();
    const run = await newRun(request(spec, stopped), runtime);
    for await (const event of startRun(run, { runtime, signal: abort.signal }))
      if (event.kind === "step" && event.step === 3) abort.abort();
    const resumed = await resumeRun(join(folder, stopped));
    expect(resumed.done).toBe(3);
    for await (const event of startRun(resumed, { runtime }))
      expect(event.kind === "step" ? event.step : 4).toBeGreaterThan(3);
    for (const file of ["model.safetensors", "state.safetensors"])
      expect((await read(stopped, file)).equals(await read(name, file))).toBe(true);
  });

  test("scores a text: the same noise gives the same number, and it is a bound or says it is exact", async () => {
    const { tokens } = await tokenizeText(documentsOf([story]), model.tokenizer);
    const options = {
      runtime,
      model,
      tokens: splitTokens(tokens).validation,
      batch: 8,
      samples: 4,
    };
    const first = await likelihood({ ...options, limit: 6, seed: 1 });
    expect(await likelihood({ ...options, limit: 6, seed: 1 })).toEqual(first);
    expect(first.nats).toBeGreaterThan(0.5);
    expect(first.nats).toBeLessThan(8);
    const other = await likelihood({ ...options, limit: 6, seed: 2 });
    expect(other.nats === first.nats).toBe(first.exact);
  });

  test("writes a text, alone or in company, and fills a hole or says that it can't", async () => {
    const kind = systemFromSpec(spec);
    const { config, weights, tokenizer } = model;
    const { maskId } = tokenizer;
    const make = await openDenoisers({
      ...model,
      runtime,
      kind,
      config: config.transformer,
      length: config.length,
      weights,
      tokenizer,
    });
    const write = (canvas: Int32Array, seed: number) =>
      finish(
        sample({
          denoiser: make(),
          canvas,
          rule: ruleFromSpec(kind.rule),
          key: randomKey(seed),
        }),
      );
    const prompt = tokenizer.encode("the ");
    // Longer than the training windows.
    const canvas = openCanvas({ prompt, length: 30, maskId });
    const [alone, again] = [
      await write(canvas, 1),
      await Promise.all([write(canvas, 2), write(canvas, 1)]),
    ];
    expect(again[1].canvas).toEqual(alone.canvas);
    expect(again[0].canvas).not.toEqual(alone.canvas);
    expect([...alone.canvas.subarray(0, 4)]).toEqual([...prompt]);
    for (const token of alone.canvas) {
      expect(token).not.toBe(maskId);
      expect(token).toBeLessThan(tokenizer.size);
    }
    if (!kind.infills) return;
    const hole = tokenizer
      .encode("the cat sat on t")
      .map((token, i) => (i >= 4 && i < 9 ? maskId : token));
    const filled = await write(hole, 3);
    expect(filled.open).toBe(0);
    expect(tokenizer.decode(filled.canvas)).toMatch(/^the .{5}at on t$/su);
  });
});
