import { describe, expect, test } from "vitest";
import { enumerateTexts, enumeratedDenoiser, textIndex } from "../testing/enumerated.ts";
import { scriptedDenoiser } from "../testing/denoisers.ts";
import { beam } from "./beam.ts";
import { openCanvas } from "./canvas.ts";

const [tokens, length, maskId] = [3, 3, 3];
const texts = enumerateTexts(tokens, length);
/** A law under which the greedy choice is not the best: token 0 begins most texts, but no likely one. */
const weights = texts.map(([a, b, c]) => (a === 0 ? 4 : b === c && b === a ? 9 : 1) + 0.1 * c!);
const total = weights.reduce((a, b) => a + b, 0);
const law = weights.map((weight) => weight / total);

const canvas = openCanvas({ length, maskId });
const search = (width: number, endIds: readonly number[] = []) =>
  beam({ open: () => enumeratedDenoiser({ tokens, length, law }), canvas, width, endIds });

describe("beam search in a world that can be enumerated", () => {
  test("finds the likeliest text when it keeps all, and says its probability", async () => {
    const best = law.indexOf(Math.max(...law));
    const found = await search(27);
    expect(textIndex(found.canvas, tokens)).toBe(best);
    expect(Math.exp(found.logProb)).toBeCloseTo(law[best]!, 6);
    const product = found.confidence.reduce((a, b) => a * b, 1);
    expect(product).toBeCloseTo(law[best]!, 6);
  });

  test("of width 1 is greedy, which misses it here", async () => {
    const found = await search(1);
    expect(found.canvas[0]).toBe(0);
    expect(Math.exp(found.logProb)).toBeLessThan(Math.max(...law));
    expect(found.passes).toBe(3);
  });

  test("a wider beam never finds a less likely text here", async () => {
    const found = await Promise.all([1, 2, 3, 9, 27].map((width) => search(width)));
    const probs = found.map(({ logProb }) => logProb);
    expect(probs.toSorted((a, b) => a - b)).toEqual(probs);
  });
});

test("the worked example: b has 0.36 where the greedy choice has 0.30", async () => {
  // Tokens a, b, end.
  const script = (place: number, { canvas: written }: { canvas: Int32Array }): number[] => {
    if (place === 0) return [0.6, 0.4, 0];
    return written[0] === 0 ? [0.5, 0.5, 0] : [0.9, 0.1, 0];
  };
  const open = () => scriptedDenoiser({ vocabulary: 4, script });
  const start = openCanvas({ length: 2, maskId: 3 });
  const greedy = await beam({ open, canvas: start, width: 1, endIds: [2] });
  expect([...greedy.canvas]).toEqual([0, 0]);
  const found = await beam({ open, canvas: start, width: 2, endIds: [2] });
  expect([...found.canvas]).toEqual([1, 0]);
  expect(Math.exp(found.logProb)).toBeCloseTo(0.36, 6);
});

test("a text that ends early stays as it is and competes with the others", async () => {
  const open = () => scriptedDenoiser({ vocabulary: 4, script: () => [0.3, 0.1, 0.6] });
  const start = openCanvas({ prompt: Int32Array.of(1), length: 5, maskId: 3 });
  const found = await beam({ open, canvas: start, width: 3, endIds: [2] });
  expect([...found.canvas]).toEqual([1, 2]);
  expect(Math.exp(found.logProb)).toBeCloseTo(0.6, 6);
  await expect(beam({ open, canvas: start, width: 0, endIds: [] })).rejects.toThrow(
    "beam: width must be an integer >= 1, got 0",
  );
});
