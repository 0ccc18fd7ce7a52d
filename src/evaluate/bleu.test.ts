import { describe, expect, test } from "vitest";
import { areaUnder, bleu, wordsOf } from "./bleu.ts";

describe("BLEU-4", () => {
  test("is 1 for the reference itself and 0 without a common word", () => {
    const text = "The cat sat on the mat, and slept.";
    expect(bleu([{ text, reference: text }])).toBe(1);
    expect(bleu([{ text: "dogs bark", reference: text }])).toBe(0);
    expect(bleu([{ text: "", reference: text }])).toBe(0);
    expect(bleu([])).toBe(0);
  });

  test("counts no word more often than the reference has it (Papineni et al., example 2)", () => {
    // "the" 2 of 7; no pair, no triple, no four: 1/(2*6), 1/(4*5), 1/(8*4).
    const text = "the the the the the the the";
    const reference = "the cat is on the mat";
    const want = ((2 / 7) * (1 / 12) * (1 / 20) * (1 / 32)) ** (1 / 4);
    expect(bleu([{ text, reference }])).toBeCloseTo(want, 12);
  });

  test("short texts pay, and orders that nobody reaches are left out", () => {
    const pair = { text: "the cat sat", reference: "the cat sat down" };
    expect(bleu([pair])).toBeCloseTo(Math.exp(1 - 4 / 3), 12);
  });

  test("sums over the corpus before it divides", () => {
    // 1-grams 5 + 2 of 9, 2-grams 3 + 1 of 7, 3-grams 1 of 5, 4-grams 0 of 3, nothing too short.
    const pairs = [
      { text: "a b c d x", reference: "b c d a x" },
      { text: "e f g h", reference: "e f z z" },
    ];
    const want = ((7 / 9) * (3 / 7) * (1 / 5) * (1 / (2 * 3))) ** (1 / 4);
    expect(bleu(pairs)).toBeCloseTo(want, 12);
  });

  test("is sacreBLEU's, with its smoothing and words given apart (2.6.0, tokenize none, smooth exp)", () => {
    const corpora = [
      [["the cat sat on a mat .", "the cat sat on the mat ."]],
      [
        ["Tom had a red ball . He was happy", "Tom had a blue ball . Tom was very happy ."],
        ["Ana saw a frog in the fog .", "Ana saw the frog in the old fog ."],
      ],
    ];
    const scores = corpora.map((pairs) =>
      bleu(pairs.map(([text, reference]) => ({ text: text!, reference: reference! }))),
    );
    expect(scores[0]).toBeCloseTo(0.4889230224349, 12);
    expect(scores[1]).toBeCloseTo(0.19085224008996, 12);
  });

  test("words are runs of letters or digits, and single signs", () => {
    expect(wordsOf('He said: "Été 2024, isn\'t it?"\n')).toEqual([
      "He",
      "said",
      ":",
      '"',
      "Été",
      "2024",
      ",",
      "isn",
      "'",
      "t",
      "it",
      "?",
      '"',
    ]);
  });
});

test("the area under a curve is made of trapezoids", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 0.5, y: 1 },
    { x: 1, y: 1 },
  ];
  expect(areaUnder(points)).toBeCloseTo(0.75, 12);
});
