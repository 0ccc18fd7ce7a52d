import { expect, test } from "vitest";
import { randomKey, randomStream } from "../tensor/random.ts";
import { parseSpans, reopenShare, reopenSpans } from "./edit.ts";

const maskId = 0;
/** Two characters to a token, by their code points. */
const encode = (text: string): Int32Array =>
  Int32Array.from(text.match(/../gsu)?.map((pair) => pair.codePointAt(0)!) ?? []);

test("spans of characters are opened token by token, and leave the rest as it is encoded", () => {
  const [a, c, e, g] = ["a", "c", "e", "g"].map((letter) => letter.codePointAt(0)!);
  const open = (spans: string) => [
    ...reopenSpans("abcdefgh", parseSpans(spans), { encode, maskId }),
  ];
  expect(open("2-6")).toEqual([a, 0, 0, g]);
  expect(open("0-2,6-8")).toEqual([0, c, e, 0]);
  expect(open("0-8")).toEqual([0, 0, 0, 0]);
  // Counted as a person counts: an emoji is one character.
  expect([...reopenSpans("😀😀ab", parseSpans("0-2"), { encode, maskId })]).toEqual([0, a]);
});

test.each(["", "3", "5-3", "2-2", "0-4,3-6", "a-b", "-1-2"])("span %j is refused", (spans) => {
  expect(() => parseSpans(spans)).toThrow("edit: spans must be a-b,c-d with a < b <= c < d");
});

test("a span beyond the text is refused", () => {
  expect(() => reopenSpans("abcd", parseSpans("2-6"), { encode, maskId })).toThrow(
    "edit: span 2-6 must end within the text, which has 4 characters",
  );
});

test.each([
  [0, 1],
  [0.25, 5],
  [1, 20],
])("strength %d opens %d of 20 tokens", (strength, count) => {
  const random = randomStream(randomKey(3));
  const opened = reopenShare("ab".repeat(20), strength, { encode, maskId, random });
  expect(opened.filter((token) => token === maskId)).toHaveLength(count);
});
