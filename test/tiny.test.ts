/**
 * A tour of unmask in five stops, in under five seconds: a graph, a tokenizer, noise, a few training
 * steps, and a canvas that fills. Read it from top to bottom; each stop uses only what is exported.
 */
import { expect, test } from "vitest";
import {
  batchInputs,
  createProcess,
  createSchedule,
  documentsOf,
  endOfText,
  initialize,
  initialState,
  openCanvas,
  openDenoisers,
  processorsOf,
  randomKey,
  randomStream,
  rules,
  sample,
  sizeOf,
  splitKey,
  stepPrograms,
  tokenLesson,
  stepScalars,
  systemOf,
  tokenizers,
  tokenizeText,
  transformerConfig,
  transformerParameters,
  UnmaskError,
  windows,
} from "unmask";
import type { StepOptions } from "unmask";
import { cpuRuntime } from "unmask/node";
import {
  floats,
  gradients,
  input,
  mean,
  mul,
  print,
  program,
  referenceRuntime,
} from "unmask/tensor";

test("1. a graph: built, differentiated, run", async () => {
  // Nothing is computed here: x is a name with a shape, and y says how to get there.
  const x = input("x", [3]);
  const y = mean(mul(x, x));
  // Gradients are graphs like any other, so the same runtimes run them.
  const [slope] = gradients(y, [x]);
  const squares = program({ name: "squares", outputs: { y, slope: slope! } });
  expect(print(squares)).toContain("input x : float32[3]");

  // The reference runtime computes everything in float64: slowly, and right.
  const executable = await referenceRuntime().compile(squares);
  const result = await executable.run({ x: floats([3], [1, 2, 3]) });
  expect(result["y"]!.data[0]).toBeCloseTo(14 / 3);
  expect(Array.from(result["slope"]!.data, (s) => s * 3)).toEqual([2, 4, 6]);
});

// One story, over and over: something that a tiny model can learn in a moment.
const story = "the cat sat on the mat. the dog sat on the log. ".repeat(50);

test("2. a tokenizer: characters to ids and back", async () => {
  const tokenizer = await tokenizers["char"]!.train([story]);
  const ids = tokenizer.encode("the cat");
  expect(ids).toHaveLength(7);
  expect(tokenizer.decode(ids)).toBe("the cat");
  // Two ids are always there and never in a text: the mask, and what lies between documents.
  expect(tokenizer.token(tokenizer.maskId)).toBe("[MASK]");
  expect([...ids]).not.toContain(tokenizer.endId);
});

test("3. noise: at time t, a token is still clean with probability alpha(t)", () => {
  const schedule = createSchedule("log-linear");
  expect(schedule.alpha(0)).toBeCloseTo(1);
  expect(schedule.alpha(1)).toBeLessThan(0.01);
  const maskId = 4;
  const process = createProcess("absorbing", { states: { size: 5, maskId }, schedule });
  const x0 = Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3);
  const xt = process.corrupt(x0, 0.5, randomStream(randomKey(1)));
  // What is not masked is as it was.
  expect([...xt].every((token, i) => token === maskId || token === x0[i])).toBe(true);
});

test("4. a model: nano MDLM learns the story, then fills a canvas", async () => {
  const runtime = cpuRuntime();
  const key = randomKey(7);

  // Data: the whole text as ids, and a way to draw windows of it.
  const tokenizer = await tokenizers["char"]!.train([story]);
  const { tokens } = await tokenizeText(documentsOf([story]), tokenizer);
  expect(tokens.length).toBe(story.length + 1); // the end of a document is a token
  const [batch, length] = [16, 24];
  const data = windows(tokens, { batch, length, key: splitKey(key, "data") });

  // Model: a system (which loss, which attention) on a backbone of a named size.
  const { size, maskId, endId } = tokenizer;
  const kind = systemOf("mdlm");
  const { objective } = kind.create({ size, maskId, endId });
  const config = transformerConfig(sizeOf("nano"), {
    vocabulary: size,
    attention: kind.attention,
  });
  const weights = initialize(transformerParameters(config), splitKey(key, "weights"));

  // A step: forward, backward and AdamW as one program. Weights and moments stay in the store.
  const options: StepOptions = {
    lesson: tokenLesson(config, objective),
    batch,
    length,
    optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 },
    clip: 1,
    ema: 0,
    dropout: 0,
    accumulate: 1,
  };
  const store = await runtime.store(initialState(weights, options));
  const step = await runtime.compile(stepPrograms(options).batch, { store });
  const losses: number[] = [];
  for (let n = 1; n <= 250; n++) {
    const { x0 } = await data.batch(n);
    const noise = batchInputs(options, { x0, batch, length }, splitKey(key, "noise", n));
    const { loss } = await step.run({ ...noise, ...stepScalars(options, n, 4e-3) });
    losses.push(loss!.data[0]!);
  }
  // Nats per character: at first no better than guessing, then far below.
  const average = (some: readonly number[]): number => some.reduce((a, b) => a + b) / some.length;
  expect(average(losses.slice(0, 5))).toBeGreaterThan(0.8 * Math.log(size));
  expect(average(losses.slice(-20))).toBeLessThan(0.5 * Math.log(size));

  // Sampling: a canvas of masks behind a prompt; the rule keeps what the model is surest of.
  const denoise = await openDenoisers({
    length,
    runtime,
    kind,
    config,
    weights: await store.read(Object.keys(weights)),
    tokenizer,
  });
  const frames = sample({
    denoiser: denoise(),
    canvas: openCanvas({ prompt: tokenizer.encode("the "), length: 20, maskId }),
    rule: rules.confidence(),
    steps: 10,
    processors: processorsOf({ temperature: 0.5 }),
    stop: [endOfText(endId)],
    key: splitKey(key, "sample"),
  });
  const shown: string[] = [];
  for await (const { step: n, canvas, passes } of frames) {
    const text = Array.from(canvas, (id) => (id === maskId ? "_" : tokenizer.token(id))).join("");
    shown.push(`step ${n}, ${passes} passes: ${text}`);
  }
  console.log(shown.join("\n"));
  expect(shown[0]).toBe(`step 0, 0 passes: the ${"_".repeat(20)}`);
  expect(shown.at(-1)).toMatch(/^step 10, 10 passes: the [a-z .]+$/);

  await step.dispose();
  await store.dispose();
});

test("5. mistakes: one clear line that names the remedy", () => {
  const mistake = (): unknown => createSchedule("cosin");
  expect(mistake).toThrow(/^unknown schedule "cosin"; one of: .*\(did you mean "cosine"\?\)$/);
  expect(mistake).toThrow(UnmaskError);
});
