import { describe, expect, test } from "vitest";
import { canvasWithHoles, openCanvas, parseHoles, reopen } from "./canvas.ts";

const maskId = 255;
const encode = (text: string): Int32Array => Int32Array.from(text, (c) => c.charCodeAt(0));
const draw = (canvas: Int32Array): string =>
  Array.from(canvas, (id) => (id === maskId ? "_" : String.fromCharCode(id))).join("");

test("openCanvas puts open places after the prompt", () => {
  expect(draw(openCanvas({ prompt: encode("ab"), length: 3, maskId }))).toBe("ab___");
  expect(draw(openCanvas({ length: 2, maskId }))).toBe("__");
  expect(() => openCanvas({ length: -1, maskId })).toThrow(
    "canvas: length must be an integer >= 0",
  );
});

test("a text with holes becomes a canvas", () => {
  expect(parseHoles("Once [[12]] a time [[?]]")).toEqual([
    { kind: "text", text: "Once " },
    { kind: "hole", length: 12 },
    { kind: "text", text: " a time " },
    { kind: "hole", length: undefined },
  ]);
  expect(draw(canvasWithHoles({ text: "[[2]]ab[[1]][[?]]c", encode, maskId, lengths: [3] }))).toBe(
    "__ab____c",
  );
  expect(draw(canvasWithHoles({ text: "a\\[[0]] [[1]] ]] 🙂", encode, maskId }))).toBe(
    `a[[0]] _ ]] ${draw(encode("🙂"))}`,
  );
});

describe("malformed holes are refused, with where and how to mend it", () => {
  test.each([
    ["a [[0]]", "got [[0]] at character 3"],
    ["[[x]]", "infill: a hole must be [[n]] with n >= 1, or [[?]], got [[x]] at character 1"],
    ["[[-3]]", "got [[-3]]"],
    ["[[1.5]]", "got [[1.5]]"],
    ["[[]]", "got [[]]"],
    ["[[ 3 ]]", "got [[ 3 ]]"],
    ["[[12", 'got "[[12" without "]]"'],
    ["no hole", "infill: the text needs at least one hole, got none"],
    ["", "infill: the text needs at least one hole, got none"],
  ])("%j", (text, message) => {
    expect(() => parseHoles(text)).toThrow(message);
  });

  test("a hole of unknown length needs one", () => {
    expect(() => canvasWithHoles({ text: "a[[?]]", encode, maskId })).toThrow(
      "hole [[?]] number 1",
    );
    expect(() => canvasWithHoles({ text: "a[[?]]", encode, maskId, lengths: [0] })).toThrow(
      "got 0",
    );
  });
});

test("reopen opens spans, and leaves its argument alone", () => {
  const canvas = encode("abcdef");
  expect(
    draw(
      reopen(
        canvas,
        [
          { start: 1, end: 3 },
          { start: 5, end: 6 },
        ],
        maskId,
      ),
    ),
  ).toBe("a__de_");
  expect(draw(canvas)).toBe("abcdef");
  for (const span of [
    [2, 2],
    [-1, 2],
    [4, 7],
    [3, 1],
    [0.5, 2],
  ] as const) {
    expect(() => reopen(canvas, [{ start: span[0], end: span[1] }], maskId)).toThrow(
      `edit: a span must satisfy 0 <= start < end <= 6, got ${span[0]}-${span[1]}`,
    );
  }
});
