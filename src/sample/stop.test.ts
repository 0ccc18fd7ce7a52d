import { expect, test } from "vitest";
import type { Frame } from "./frame.ts";
import { cutText, endOfText, maxPasses, stopStrings } from "./stop.ts";
import type { StopView } from "./stop.ts";

const end = 0;
const open = 99;

/** A view of a canvas; `given` places were not open at the start. */
function view(tokens: readonly number[], given: readonly number[] = []): StopView {
  const canvas = Int32Array.from(tokens);
  const told = { step: 1, changed: [], open: 1, settled: 0, passes: 3, done: false };
  const frame: Frame = { ...told, canvas };
  const places = Int32Array.from(canvas.keys()).filter((place) => !given.includes(place));
  return { frame, places, isOpen: (place) => canvas[place] === open };
}

test("endOfText waits for what comes before the end, and drops what follows", () => {
  const stop = endOfText(end);
  expect(stop(view([5, open, end, 7]))).toBeUndefined();
  expect(stop(view([5, 6, end, open, 7]))).toEqual({ reason: "stopped", length: 3 });
  expect(stop(view([5, 6, 7]))).toBeUndefined();
  expect(stop(view([end, 6, open], [0]))).toBeUndefined();
  expect(stop(view([5, end, 6, 7], [3]))).toBeUndefined();
  expect(stop(view([5, end, 6, end], [0]))).toEqual({ reason: "stopped", length: 2 });
  expect(endOfText([7, end])(view([5, 6, 7, end]))).toEqual({ reason: "stopped", length: 3 });
});

test("stopStrings finds a string across tokens, in the decided beginning of the written text only", () => {
  const words = ["<end>", "ab", "c", "\n", "\nQ:", "!"];
  const decode = (ids: Int32Array): string => Array.from(ids, (id) => words[id]!).join("");
  const stop = stopStrings({ strings: ["bc", "\n\n"], decode });
  expect(stop(view([1, 5, 2]))).toBeUndefined();
  expect(stop(view([5, 1, 2, 5]))).toEqual({ reason: "stopped", length: 3 });
  expect(stop(view([5, open, 1, 2]))).toBeUndefined();
  expect(stop(view([1, 2, 5], [0, 1]))).toBeUndefined();
  expect(stop(view([1, 3, 4, 5]))).toEqual({ reason: "stopped", length: 3 });
  expect(cutText("ab\n\nQ:", ["\n\n", "Q"])).toBe("ab");
  expect(cutText("ab", ["x"])).toBe("ab");
  expect(() => stopStrings({ strings: [""], decode })).toThrow("must not be empty");
});

test("maxPasses counts passes", () => {
  expect(maxPasses(3)(view([open]))).toEqual({ reason: "steps" });
  expect(maxPasses(4)(view([open]))).toBeUndefined();
  expect(() => maxPasses(0)).toThrow("maxPasses must be an integer >= 1, got 0");
});
