/**
 * The networks of latent systems: what training computes is what sampling asks, losses are what they say, and
 * nothing leaks between rows or out of what is absent.
 */
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { floats, input, integers, program, randomKey, referenceRuntime } from "unmask/tensor";
import type { Program, Value } from "unmask/tensor";
import { decode, embedderParameters, encode } from "../src/model/embedder.ts";
import { latentTransformer, latentTransformerParameters } from "../src/model/latent-transformer.ts";
import { initialize, parameterInputs } from "../src/nn/parameter.ts";
import type { ParameterSpecs } from "../src/nn/parameter.ts";
import { timeFeatureCount, timeFeatures } from "../src/nn/time.ts";
import type { Lesson } from "../src/objective/lesson.ts";
import { paragraphs } from "../src/objective/reconstruction.ts";
import { scoreProgram } from "../src/objective/score.ts";
import { openEmbedder, openTeller } from "../src/system/denoisers/latent.ts";
import { latentSystemOf } from "../src/system/index.ts";
import { loudParameters } from "./support/loud-weights.ts";

const [length, latents, dimension] = [6, 2, 3];
const words = { size: 9, maskId: 8, endId: 7 };
const network = { layers: 2, heads: 2, width: 16 };
const systemWith = (options: object) =>
  latentSystemOf("planner", { latents, dimension, ...options }).create(words, { network, length });
const system = systemWith({});
const { embedder, planner } = system;
const reference = referenceRuntime();
const loud = (specs: ParameterSpecs) => loudParameters(specs, { deviation: 0.5, seed: 4 });
const weights = loud(embedderParameters(embedder));
const moments = {
  mean: Float64Array.of(0.1, 0.2, -0.3, 0, 0, 0.5),
  deviation: Float64Array.of(0.5, 1, 2, 1, 0.25, 1),
};
const text = Int32Array.of(3, 1, 4, 1, 5, 2);
/** The embedder with these weights, ready to read and to say. */
const opened = () =>
  openEmbedder({ runtime: cpuRuntime({ threads: 1 }), system, weights, moments, tokenizer: words });

describe("the embedder", () => {
  test("says latents as training does: the cached decoder behind its front equals the whole graph", async () => {
    const z = Float32Array.of(0.3, -0.2, 0.9, -0.5, 0.1, 0.6);
    const shifted = Int32Array.of(words.endId, ...text.subarray(0, length - 1));
    const graph = program({
      name: "decode",
      outputs: {
        logits: decode(embedder, parameterInputs(embedderParameters(embedder)), {
          latents: input("z", [1, latents, dimension]),
          tokens: input("tokens", [1, length], "int32"),
        }),
      },
    });
    const whole = await (
      await reference.compile(graph)
    ).run({
      ...readOf(graph),
      z: floats([1, latents, dimension], z),
      tokens: integers([1, length], shifted),
    });
    const logits = whole["logits"]!.data;

    const model = await opened();
    const normalised = moments.mean.map((m, i) => (z[i]! - m) / moments.deviation[i]!);
    const denoiser = (await model.speaker(normalised))();
    const canvas = new Int32Array(length).fill(words.maskId);
    for (let place = 0; place < length; place++) {
      const row = await denoiser.predict({
        canvas: canvas.slice(),
        places: Int32Array.of(place),
        time: 1,
      });
      const wanted = Array.from(logits.subarray(place * words.size, (place + 1) * words.size - 1));
      const sum = Math.log(wanted.reduce((total, x) => total + Math.exp(x), 0));
      wanted.forEach((x, id) => expect(row[id]).toBeCloseTo(x - sum, 4));
      expect(row[words.maskId]).toBe(-Infinity);
      canvas[place] = text[place]!;
    }
    // Another plan is another law.
    const other = (await model.speaker(normalised.map((x) => -x)))();
    const ask = { canvas, places: Int32Array.of(0), time: 1 };
    expect(await other.predict(ask)).not.toEqual(await denoiser.predict(ask));
    await model.dispose();
  });

  test("tells what texts cost as training has it, also of texts that are cut", async () => {
    const options = { runtime: cpuRuntime({ threads: 1 }), system, weights, moments };
    const [model, teller] = [await opened(), await openTeller({ ...options, tokenizer: words })];
    const texts = [text, Int32Array.of(6, 0, 0, 2, 6, 1)];
    const encoded = await model.encode(texts);
    const costs = await teller.cost(texts, encoded);
    const lesson = system.fidelity;
    const executable = await reference.compile(scoreProgram({ lesson, batch: 2, length }));
    const x0 = Int32Array.of(...texts[0]!, ...texts[1]!);
    const drawn = lesson.draw({ x0, batch: 2, length }, randomKey(1));
    const { losses } = await executable.run({ ...weights, ...drawn });
    costs.forEach((cost, row) => expect(cost).toBeCloseTo(losses!.data[row]!, 3));
    // What a text begins with is never dearer than all of it.
    const begun = await Promise.all(
      [1, 4, 6].map(
        async (size) => (await teller.cost([text.subarray(0, size)], encoded.slice(0, 1)))[0]!,
      ),
    );
    expect(begun[2]).toBeCloseTo(costs[0]!, 4);
    expect(begun[0]).toBeLessThan(begun[1]!);
    expect(begun[1]).toBeLessThan(begun[2]!);
    await model.dispose();
    await teller.dispose();
  });

  test("reads a text alone, in company and with anything behind its end alike", async () => {
    const model = await opened();
    const short = text.subarray(0, 3);
    const [alone] = await model.encode([short]);
    const [, together] = await model.encode([text, short]);
    alone!.forEach((x, i) => expect(together![i]).toBeCloseTo(x, 5));
    await model.dispose();

    const graph = program({
      name: "encode",
      outputs: {
        mean: encode(embedder, parameterInputs(embedderParameters(embedder)), {
          tokens: input("tokens", [1, length], "int32"),
          present: input("present", [1, length], "bool"),
        }),
      },
    });
    const executable = await reference.compile(graph);
    const { tokens, present } = paragraphs([short], length);
    const filled = {
      ...tokens,
      data: Int32Array.from(tokens.data, (id, i) => (present.data[i] ? id : 6)),
    };
    const [first, second] = [
      await executable.run({ ...readOf(graph), tokens, present }),
      await executable.run({ ...readOf(graph), tokens: filled, present }),
    ];
    expect(second["mean"]!.data).toEqual(first["mean"]!.data);
    expect(Math.max(...first["mean"]!.data.map(Math.abs))).toBeLessThan(1);
    first["mean"]!.data.forEach((mean, i) =>
      expect(alone![i]).toBeCloseTo((mean - moments.mean[i]!) / moments.deviation[i]!, 4),
    );
  });
});

/** The weights that a program reads. */
const readOf = ({ inputs }: Program): Record<string, Value> =>
  Object.fromEntries(Object.entries(weights).filter(([name]) => Object.hasOwn(inputs, name)));

/** How many places of a stretch are there. */
const count = ({ data }: Value, start: number, end: number): number =>
  Array.from(data.subarray(start, end)).reduce((a, b) => a + b, 0);

/** Losses of one batch in double precision, and what was drawn. */
async function lossesOf(
  lesson: Lesson,
  batch: number,
  window: number,
  values: Record<string, Value>,
) {
  const executable = await reference.compile(scoreProgram({ lesson, batch, length: window }));
  const x0 = Int32Array.from({ length: batch * window }, (_, i) => (5 * i + 2) % 7);
  const drawn = lesson.draw({ x0, batch, length: window }, randomKey(6));
  const { losses } = await executable.run({ ...values, ...drawn });
  return { losses: [...losses!.data], drawn };
}

describe("the first stage", () => {
  /** Everything 0 but the bias of the mean: the decoder knows nothing, the law is the same everywhere. */
  const flat = (mean: number): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(embedderParameters(embedder)).map(([name, { shape }]) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const fill = name === "encoder.mean.bias" ? mean : 0;
        return [name, floats(shape, new Float32Array(size).fill(fill))];
      }),
    );
  const cost = length * Math.log(words.size - 1);

  test("is the cost of the text plus what the means add to the divergence, in closed form", async () => {
    const lesson = systemWith({ kl: 0.5, deviation: 0.4 }).embedding;
    const { losses } = await lossesOf(lesson, 4, length, flat(0.8));
    const divergence = (latents * dimension * Math.tanh(0.8) ** 2) / 2;
    for (const loss of losses) expect(loss).toBeCloseTo(cost + 0.5 * divergence, 5);
  });

  test("every paragraph draws how far its latents are disturbed, and how much the decoder sees", () => {
    const batch = 3000;
    const lesson = systemWith({ deviation: 0.6, blank: 0.8 }).embedding;
    const x0 = new Int32Array(batch * length).fill(2);
    const { noise, tokens, weights: counts } = lesson.draw({ x0, batch, length }, randomKey(8));
    const size = latents * dimension;
    const squares = Array.from({ length: batch }, (_, row) =>
      Array.from(noise!.data.subarray(row * size, (row + 1) * size), (x) => x ** 2).reduce(
        (sum, x) => sum + x,
        0,
      ),
    );
    const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
    // s uniform in [0, D]: E s^2 = D^2 / 3, E s^4 = D^4 / 5; of normal numbers E (sum of squares)^2 = (n^2 + 2n) s^4.
    expect(mean(squares) / size / (0.6 ** 2 / 3)).toBeCloseTo(1, 1);
    const spread = mean(squares.map((x) => x ** 2)) / (size ** 2 + 2 * size);
    expect(spread / (0.6 ** 4 / 5)).toBeCloseTo(1, 0);
    // The first input is the end that begins a text; shares are uniform in [0, 0.8].
    const shares = Array.from({ length: batch }, (_, row) => {
      const behind = Array.from({ length: length - 1 }, (__, i) => row * length + i + 1);
      const places = behind.filter((at) => counts!.data[at] !== 0);
      return places.map((at): number => (tokens!.data[at] === words.maskId ? 1 : 0));
    });
    expect(mean(shares.flat())).toBeCloseTo(0.4, 1);
    // All, or none, of a paragraph is hidden far more often than if every token drew for itself.
    const whole = shares.filter((row) => row.length === length - 1);
    const none = whole.filter((row) => row.every((hidden) => hidden === 0)).length / whole.length;
    expect(none).toBeGreaterThan(2 * 0.6 ** (length - 1));
  });

  test("without a deviation nothing is drawn, and its validation is exact", async () => {
    const plain = systemWith({ deviation: 0, substitution: 0, blank: 0 });
    const { losses, drawn } = await lossesOf(plain.fidelity, 2, length, flat(0.8));
    expect(Object.keys(drawn)).not.toContain("noise");
    for (const loss of losses) expect(loss).toBeCloseTo(cost, 5);
    expect([plain.fidelity.exact, plain.embedding.exact, system.embedding.exact]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("replaces the share of tokens that was asked for, never by the mask or the end, and ends short texts", () => {
    const batch = 2000;
    const x0 = new Int32Array(batch * length).fill(2);
    const {
      seen,
      present,
      targets,
      weights: counts,
    } = systemWith({ substitution: 0.35 }).embedding.draw({ x0, batch, length }, randomKey(1));
    const read = Array.from(seen!.data).filter((_, i) => present!.data[i] === 1);
    const changed = read.filter((id) => id !== 2).length / read.length;
    // A replacement may be the token itself: 1 of 7.
    expect(Math.abs(changed - 0.35 * (6 / 7))).toBeLessThan(0.02);
    expect(read.every((id) => id < words.endId)).toBe(true);
    for (let at = 0; at < batch; at++) {
      const size = count(present!, at * length, (at + 1) * length);
      const wanted = [...Array(size).fill(2), words.endId].slice(0, length);
      expect([...targets!.data.subarray(at * length, at * length + wanted.length)]).toEqual(wanted);
      expect(count(counts!, at * length, (at + 1) * length)).toBeCloseTo(length, 4);
    }
  });
});

describe("the second stage", () => {
  const lesson = system.planning({ weights, moments });
  const [batch, window] = [3, 2 * length];

  test("costs alpha times the mean square of the latents, while the network says nothing", async () => {
    const fresh = initialize(latentTransformerParameters(planner), randomKey(2));
    const { losses, drawn } = await lossesOf(lesson, batch, window, fresh);
    const model = await opened();
    const x0 = Int32Array.from({ length: batch * window }, (_, i) => (5 * i + 2) % 7);
    const planned = Array.from({ length: batch }, (_, row) =>
      x0.slice(row * window + length, (row + 1) * window),
    );
    for (const [row, z] of (await model.encode(planned)).entries()) {
      const square = z.reduce((sum, x) => sum + x * x, 0) / z.length;
      const [signal, noise] = [drawn["signals"]!.data[row]!, drawn["noises"]!.data[row]!];
      expect(signal ** 2 + noise ** 2).toBeCloseTo(1, 6);
      expect(drawn["weights"]!.data[row]!).toBeCloseTo(signal ** 2, 6);
      expect(losses[row]! / window).toBeCloseTo(signal ** 2 * square, 4);
    }
    await model.dispose();
  });

  test("a row that knows nothing doesn't look at its condition; one that does, does", async () => {
    const specs = latentTransformerParameters(planner);
    const shape = [2, latents, dimension];
    const graph = program({
      name: "guess",
      outputs: {
        guess: latentTransformer(planner, parameterInputs(specs), {
          noisy: input("noisy", shape),
          time: input("time", [2, timeFeatureCount]),
          condition: input("condition", shape),
          conditioned: input("conditioned", [2]),
        }),
      },
    });
    const executable = await reference.compile(graph);
    const run = async (condition: readonly number[], times = [300, 300]) => {
      const { guess } = await executable.run({
        ...loud(specs),
        noisy: floats(
          shape,
          Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
        ),
        time: timeFeatures(times),
        condition: floats(shape, Float32Array.from([...condition, ...condition])),
        conditioned: floats([2], Float32Array.of(0, 1)),
      });
      return [guess!.data.slice(0, 6), guess!.data.slice(6)];
    };
    const [without, given] = await run([1, 2, 3, 4, 5, 6]);
    const [still, moved] = await run([6, 5, 4, 3, 2, 1]);
    expect(still).toEqual(without);
    expect(moved).not.toEqual(given);
    expect((await run([1, 2, 3, 4, 5, 6], [900, 300]))[0]).not.toEqual(without);
  });

  test("gives a share of windows no text before, and others as much as there may be", () => {
    const many = 4000;
    const { conditioned, present } = lesson.draw(
      { x0: new Int32Array(many * window), batch: many, length: window },
      randomKey(3),
    );
    const share = count(conditioned!, 0, many) / many;
    expect(Math.abs(share - 0.9)).toBeLessThan(0.02);
    const sizes = Array.from({ length: many }, (_, i) => {
      const start = (many + i) * length;
      return count(present!, start, start + length);
    });
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([1, length]);
    const whole = sizes.filter((size) => size === length).length / many;
    expect(Math.abs(whole - (0.5 + 0.5 / length))).toBeLessThan(0.03);
  });
});
