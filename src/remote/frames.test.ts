import { expect, test } from "vitest";
import { piecesBetween, streamReader } from "./frames.ts";
import type { Reply } from "./wire.ts";

const chunk = (content: string | undefined, more: Partial<Reply> = {}): Reply => ({
  choices: [{ index: 0, delta: { content } }],
  ...more,
});

/** The texts of the frames, and the text in the end. */
const readAll = (chunks: readonly Reply[], diffusing = true) => {
  const reader = streamReader(diffusing);
  const frames = chunks.flatMap((one) => reader.read(one) ?? []);
  return { texts: frames.map(({ text }) => text), end: reader.state().text, frames };
};

test("what is new is joined", () => {
  const { texts, end, frames } = readAll([chunk(""), chunk("On"), chunk("ce"), chunk(undefined)]);
  expect(texts).toEqual(["On", "Once"]);
  expect(end).toBe("Once");
  expect(frames[1]!.pieces.map(({ text, changed }) => [text, changed])).toEqual([
    ["On", false],
    ["ce", true],
  ]);
});

test("whole texts replace each other: where chunks say so, or the second repeats the first", () => {
  const said = { diffusion_meta: { diffusion_content: true } };
  const noise = ["qj#", "Hx#l", "Hell"].map((text) => chunk(text, said));
  expect(readAll([...noise, chunk(undefined)])).toMatchObject({ end: "Hell" });
  const unsaid = ["Hxllo wor", "Hello woxld", "Hello world"].map((text) => chunk(text));
  expect(readAll(unsaid).end).toBe("Hello world");
  // Nobody asked for frames: what repeats itself is a text that does.
  expect(readAll(unsaid, false).end).toHaveLength(31);
});

test("a text of the same words again and again is none of frames", () => {
  const tokens = ["ha", " ha", " ha", " ha"].map((text) => chunk(text));
  expect(readAll(tokens).end).toBe("ha ha ha ha");
});

test("our own server's frames are read as they are", () => {
  const pieces = [
    { text: "Once", places: 1, open: false, changed: true, confidence: 0.9 },
    { text: "", places: 2, open: true, changed: false, confidence: 0 },
  ];
  const frame = { step: 3, passes: 2, open: 2, pieces };
  const told = { seed: 5, steps: 4, passes: 3 };
  const said = (content: string, unmask: typeof frame | typeof told): Reply => ({
    choices: [{ delta: { content }, unmask }],
  });
  const first = said("Once░░", frame);
  expect(readAll([first, said("Once upon a", told)])).toMatchObject({
    frames: [{ step: 3, passes: 2, open: 2, pieces, text: "Once░░" }],
    end: "Once upon a",
  });
  expect(readAll([first, said("", told)]).end).toBe("");
});

test.each([
  ["", "ab", ["+ab"]],
  ["a░░d", "a░cd", ["=a", "░1", "+c", "=d"]],
  ["the cat sat", "the old cat sat", ["=the ", "+old", "= cat sat"]],
  ["🐸가", "🐸나", ["=🐸", "+나"]],
])("from %j to %j", (before, after, expected) => {
  const shown = piecesBetween(before, after).map(({ text, places, open, changed }) =>
    open ? `░${places}` : (changed ? "+" : "=") + text,
  );
  expect(shown).toEqual(expected);
});
