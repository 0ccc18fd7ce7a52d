import { expect, test } from "vitest";
import { frameLine, plainLook, renderFrame, textOf } from "./render-canvas.ts";
import { styleOf } from "./terminal.ts";
import { emptyTextView, followText, settled } from "./text-view.ts";
import type { PieceFrame } from "./text-view.ts";

type PieceOfFrame = PieceFrame["pieces"][number];
const given = (text: string, places = 1): PieceOfFrame => ({
  text,
  places,
  open: false,
  changed: false,
  confidence: 1,
});
const fresh = (text: string, places = 1): PieceOfFrame => ({
  ...given(text, places),
  changed: true,
});
const open = (places: number): PieceOfFrame => ({ ...given("", places), open: true });

const frames: readonly PieceFrame[] = [
  { step: 0, passes: 0, open: 4, pieces: [given("Once"), open(4)] },
  { step: 1, passes: 1, open: 3, pieces: [given("Once"), open(2), fresh(" time"), open(1)] },
  {
    step: 2,
    passes: 2,
    open: 1,
    pieces: [given("Once"), fresh(" upon a", 2), given(" time"), open(1)],
  },
  // What was decided in two steps comes as one piece.
  { step: 3, passes: 3, open: 0, pieces: [given("Once upon a time", 4), fresh(".")] },
];
const viewAfter = (count: number) =>
  frames
    .slice(0, count)
    .reduce((view, frame) => followText(view, frame, frame.step), emptyTextView("mdlm"));

test("looks as a canvas of tokens does", () => {
  expect(renderFrame(viewAfter(2), 60, plainLook)).toEqual([
    "mdlm",
    "Once░░ time░",
    "step 1 · 1 pass · 1/4 tokens · 1.0 tokens/pass · 1.0s",
  ]);
  expect(frameLine(viewAfter(3))).toBe("mdlm  step 2  passes 2  1 open  Once upon a time░");
  expect(frameLine(settled(viewAfter(4)))).toBe("mdlm  step 3  passes 3  done  Once upon a time.");
});

test("stretches keep the step that decided them, also within one piece", () => {
  const shaded = renderFrame(settled(viewAfter(4)), 60, {
    style: { ...plainLook.style, shade: (text, age) => `<${age.toFixed(1)}${text}>` },
    unicode: true,
  });
  expect(shaded[1]).toBe("Once<0.5 upon a><0.0 time><1.0.>");
});

test("marks what is new", () => {
  const style = styleOf({ ansi: true, colour: 0 });
  expect(renderFrame(viewAfter(2), 60, { style, unicode: true })[1]).toContain(
    "\u001B[1m\u001B[4m time\u001B[24m\u001B[22m",
  );
});

test("a given text behind the open places stays apart from them", () => {
  const around = (middle: PieceOfFrame, step: number): PieceFrame => ({
    step,
    passes: step,
    open: 0,
    pieces: [given("a ", 2), middle, given(" z", 2)],
  });
  const views = [open(1), fresh("b"), given("b")].map((piece, step) => around(piece, step));
  const last = views.reduce((view, frame) => followText(view, frame, 1), emptyTextView("x"));
  expect(last.stretches.map(({ decidedAt }) => decidedAt)).toEqual([0, 1, 0]);
  expect(last.written).toBe(1);
});

test("drafts stand in open places, and ends have a sign", () => {
  const style = { ...plainLook.style, dim: (text: string) => `(${text})` };
  const pieces = [{ ...open(1), text: "dra" }, fresh("ft"), open(2), given("")];
  const view = followText(emptyTextView("m"), { step: 1, passes: 1, open: 3, pieces }, 1);
  expect(renderFrame(view, 60, { style, unicode: true })[1]).toBe("(dra)ft(░░)(∎)");
  expect(textOf(view)).toBe("draft░░");
});

test("counts characters where passes are not told, and shows no control characters", () => {
  const pieces = [fresh("가나\u001B[2J", 6)];
  const view = followText(emptyTextView("m"), { step: 2, passes: undefined, open: 0, pieces }, 1);
  expect(renderFrame(view, 60, plainLook).slice(1)).toEqual([
    "가나␛[2J",
    "step 2 · 6 characters · 1.0s",
  ]);
  expect(frameLine(view)).toBe("m  step 2  가나␛[2J");
  expect(textOf(settled(view))).toBe("가나␛[2J");
});
