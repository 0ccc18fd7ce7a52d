/** What a model doubts: exactly, where that can be; and "fix this" on a model that knows a sentence. */
import { expect, test } from "vitest";
import { uniform } from "../diffusion/processes/uniform.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { sizes, transformerConfig } from "../model/sizes.ts";
import type { Denoiser } from "../sample/denoiser.ts";
import { systemFromSpec } from "../system/index.ts";
import { oracleDenoiser, recorded, uniformDenoiser } from "../testing/denoisers.ts";
import { enumeratedDenoiser, enumerateTexts, looDenoiser } from "../testing/enumerated.ts";
import { tokenizers } from "../text/index.ts";
import { doubtsOf } from "./doubts.ts";
import type { UsableModel } from "./model.ts";
import type { Start, Task } from "./task.ts";
import { write } from "./write.ts";

const [tokens, length] = [3, 3];
const texts = enumerateTexts(tokens, length);
const law = texts.map(([a, b, c], i) => (a === b ? 5 : 1) * (b === c ? 7 : 1) + (i % 4));
const probabilitiesOf = (
  denoiser: Denoiser,
  text: Int32Array,
  { share = 0.1, system = "mdlm" } = {},
) => doubtsOf({ denoiser: () => denoiser, kind: systemFromSpec(system) }, text, { share });

test("a short text is judged exactly: p(token | all others), with a pass for each", async () => {
  const text = Int32Array.of(0, 0, 2);
  const { probabilities, passes } = await probabilitiesOf(
    enumeratedDenoiser({ tokens, length, law }),
    text,
  );
  expect(passes).toBe(3);
  const weightOf = (of: Int32Array): number =>
    law[texts.findIndex((one) => one.every((token, i) => token === of[i]))]!;
  for (const place of [0, 1, 2]) {
    const all = [0, 1, 2].map((token) => weightOf(text.with(place, token)));
    const want = weightOf(text) / all.reduce((a, b) => a + b, 0);
    expect(probabilities[place]).toBeCloseTo(want, 6);
  }
});

test("a model whose tokens may be noise anywhere says it in one pass", async () => {
  const process = uniform({
    states: { size: tokens + 1, maskId: tokens },
    schedule: createSchedule("log-linear"),
  });
  const denoiser = recorded(looDenoiser({ tokens, length, law, process }));
  const text = Int32Array.of(1, 1, 0);
  const { probabilities, passes } = await probabilitiesOf(denoiser, text, { share: 0.3 });
  expect(passes).toBe(1);
  // When three of ten tokens are others: a third of those that are redrawn are the same.
  expect(denoiser.requests).toMatchObject([{ canvas: text, time: expect.closeTo(0.45, 3) }]);
  expect(probabilities[2]).toBeLessThan(Math.min(probabilities[0]!, probabilities[1]!));
});

test("of a long text every place is masked once, with most of the others in view", async () => {
  const denoiser = recorded(uniformDenoiser({ vocabulary: 4 }));
  const text = Int32Array.from({ length: 29 }, (_, i) => i % 3);
  const { probabilities, passes } = await probabilitiesOf(denoiser, text);
  expect(passes).toBe(8);
  for (const { canvas, places } of denoiser.requests)
    expect([...canvas].flatMap((token, i) => (token === 3 ? [i] : []))).toEqual([...places]);
  const asked = denoiser.requests.flatMap(({ places }) => [...places]);
  expect(asked.toSorted((a, b) => a - b)).toEqual([...text.keys()]);
  for (const p of probabilities) expect(p).toBeCloseTo(1 / 3, 6);
});

test("blocks are asked about one after the other, each with whole ones before it", async () => {
  const turnOf = (place: number): number => Math.floor(place / 4);
  const denoiser = recorded({ ...uniformDenoiser({ vocabulary: 4 }), turnOf });
  const text = Int32Array.from({ length: 10 }, (_, i) => i % 3);
  await probabilitiesOf(denoiser, text, { system: "bd3lm:block=4" });
  // One place at a time, as no block has more than eight.
  expect(denoiser.requests.map(({ places }) => [...places])).toEqual(
    [...text.keys()].map((i) => [i]),
  );
  for (const { canvas, places } of denoiser.requests)
    expect(canvas).toEqual(text.with(places[0]!, 3));
});

test("a model that only continues says it in one pass, of the text as it stands", async () => {
  const denoiser = recorded(uniformDenoiser({ vocabulary: 4 }));
  const text = Int32Array.of(0, 1, 2);
  const { passes } = await probabilitiesOf(denoiser, text, { system: "autoregressive" });
  expect(passes).toBe(1);
  expect(denoiser.requests).toMatchObject([{ canvas: text, places: Int32Array.of(0, 1, 2) }]);
});

test("an edit opens what the model doubts the most, and mends it", async () => {
  const tokenizer = await tokenizers["byte"]!.train([]);
  const { size, maskId } = tokenizer;
  const kind = systemFromSpec("mdlm");
  const oracle = oracleDenoiser(tokenizer.encode("Tom had a kite."), {
    vocabulary: size,
    maskId,
    certainty: 0.9,
  });
  const transformer = transformerConfig(sizes["nano"]!, { vocabulary: size, ...kind });
  const model: UsableModel = {
    name: "toy",
    kind,
    config: { system: kind.name, options: kind.options, length: 64, transformer },
    weights: {},
    tokenizer,
    approximate: false,
    denoiser: () => oracle,
  };
  const text = "Tqm had a kitx.";
  const written = async (start: Start, rule: string) => {
    const task: Task = {
      start,
      sampling: { temperature: 0, rule },
      seed: 1,
      stop: [],
      alternatives: undefined,
      frames: false,
      echo: false,
    };
    for await (const event of write(model, task, new AbortController().signal))
      if (event.kind === "done") return event.result;
    throw new Error("no result");
  };
  const edited = (doubts: number) =>
    written({ kind: "edit", text, opened: { doubts } }, "confidence");
  // Two of fifteen tokens; eight passes to find them, two to write them.
  expect(await edited(0.13)).toMatchObject({ text: "Tom had a kite.", tokens: 2, passes: 10 });
  expect(await edited(0.01)).toMatchObject({ text: "Tom had a kitx.", tokens: 1 });
  // Nothing is opened: one look rewrites both, a second finds nothing.
  const mended = { text: "Tom had a kite.", passes: 2 };
  expect(await written({ kind: "revise", text }, "joint-threshold:edit=0.5")).toMatchObject(mended);
  await expect(written({ kind: "revise", text }, "confidence")).rejects.toThrow(
    "a rule that rewrites what stands, got confidence",
  );
});
