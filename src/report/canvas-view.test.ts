import { describe, expect, it } from "vitest";
import { emptyView, follow } from "./canvas-view.ts";
import type { CanvasFrame, TokenView, Vocabulary } from "./canvas-view.ts";
import { liveView } from "./live-view.ts";
import { frameLine, plainLook, renderFrame, renderViews, textOf } from "./render-canvas.ts";
import { styleOf, terminalOf } from "./terminal.ts";
import { widthOf } from "./wrap.ts";

const maskId = 0;
const endId = 1;

/** A vocabulary of the given tokens, from id 2 on. */
function vocabularyOf(tokens: readonly string[], more: Partial<Vocabulary> = {}): Vocabulary {
  return { maskId, endIds: [endId], token: (id) => tokens[id - 2] ?? "?", ...more };
}

/** Frames that decide the tokens of a text in the given order of places, some places per step. */
function framesOf(target: readonly number[], order: readonly (readonly number[])[]): CanvasFrame[] {
  const canvas = new Int32Array(target.length).fill(maskId);
  const open = new Set(order.flat());
  target.forEach((token, place) => open.has(place) || (canvas[place] = token));
  const frames = [];
  for (let step = 0; step <= order.length; step++) {
    const places = order[step - 1] ?? [];
    for (const place of places) {
      canvas[place] = target[place]!;
      open.delete(place);
    }
    frames.push({
      step,
      canvas: canvas.slice(),
      passes: step,
      open: open.size,
      changed: places.map((place) => ({ place, token: target[place]!, confidence: 0.9 })),
      done: open.size === 0,
    });
  }
  return frames;
}

function viewAfter(frames: readonly CanvasFrame[], vocabulary: Vocabulary, title = "mdlm") {
  return frames.reduce<TokenView>(
    (view, frame) => follow(view, frame, frame.step / 2),
    emptyView(title, vocabulary),
  );
}

const words = ["Once", " upon", " a", " time", "\n", "옛날", " 옛적에"];
const vocabulary = vocabularyOf(words);
const frames = framesOf([2, 3, 4, 5], [[3], [1], [2]]);

describe("a canvas", () => {
  it("shows masks, text and counters", () => {
    expect(renderFrame(viewAfter(frames.slice(0, 2), vocabulary), 60, plainLook)).toEqual([
      "mdlm",
      "Once░░ time",
      "step 1 · 1 pass · 1/3 tokens · 1.0 tokens/pass · 0.5s",
    ]);
    expect(textOf(viewAfter(frames, vocabulary))).toBe("Once upon a time");
  });

  it("knows the order of decision: given, step, open", () => {
    expect([...viewAfter(frames.slice(0, 3), vocabulary).decidedAt]).toEqual([0, 2, -1, 1]);
  });

  it("forgets a place that opens again, and follows one that changes", () => {
    const [start, first] = frames;
    const reopened = { ...start!, step: 2, passes: 2 };
    const other = Int32Array.of(2, 3, 3, 3);
    const changed = { ...reopened, step: 3, canvas: other, changed: [], open: 0 };
    const view = viewAfter([start!, first!, reopened], vocabulary);
    expect([...view.decidedAt]).toEqual([0, -1, -1, -1]);
    expect([...follow(view, changed, 1).decidedAt]).toEqual([0, 3, 3, 3]);
  });

  it("marks what was just decided without relying on colour", () => {
    const style = styleOf({ ansi: true, colour: 0 });
    const view = viewAfter(frames.slice(0, 3), vocabulary);
    const [, line] = renderFrame(view, 60, { style, unicode: true });
    expect(line).toContain("\u001B[1m\u001B[4m upon\u001B[24m\u001B[22m");
    expect(line).toContain("\u001B[2m░\u001B[22m");
    expect(line).toContain("\u001B[2m time\u001B[22m"); // decided first: light
  });

  it("shades light to dark in the order of decision", () => {
    const shaded = renderFrame(viewAfter(frames, vocabulary), 60, {
      style: { ...plainLook.style, shade: (text, age) => `<${age.toFixed(1)}${text}>` },
      unicode: true,
    });
    expect(shaded[1]).toBe("Once<0.5 upon><1.0 a><0.0 time>");
  });

  it("shows newlines, ends and control characters", () => {
    const odd = vocabularyOf(["a", "\n", "\u001B[2J"]);
    const view = viewAfter(framesOf([2, 3, 2, 4, endId], [[0, 1, 2, 3, 4]]), odd);
    expect(renderFrame(view, 40, plainLook).slice(1, -1)).toEqual(["a↵", "a␛[2J∎"]);
    expect(textOf(view)).toBe("a\na␛[2J");
    expect(frameLine(view)).toBe("mdlm  step 1  passes 1  done  a↵a␛[2J");
  });

  it("joins the parts of a character", () => {
    const bytes = new TextEncoder().encode("가e");
    const decode = (ids: ArrayLike<number>) =>
      new TextDecoder().decode(Uint8Array.from(ids, (id) => bytes[id - 2]!));
    const partial = vocabularyOf(["\uFFFD", "\uFFFD", "\uFFFD", "e"], { decode });
    const target = [2, 3, 4, 5];
    const half = viewAfter(framesOf(target, [[0, 1, 3], [2]]).slice(0, 2), partial);
    expect(textOf(half)).toMatch(/^\uFFFD+░e$/);
    expect(textOf(viewAfter(framesOf(target, [[0, 1, 3], [2]]), partial))).toBe("가e");
  });

  it("keeps a combining mark with its character", () => {
    const marks = vocabularyOf(["e", "\u0301"]);
    const view = viewAfter(framesOf([2, 3, 2, 3], [[0, 1, 2, 3]]), marks);
    expect(renderFrame(view, 2, plainLook).slice(1, -1)).toEqual(["e\u0301e\u0301"]);
  });

  it("counts what a mark of the next token makes of a character", () => {
    // A heart takes one cell, a heart that is an emoji two; a family is one character of seven code points.
    const marks = vocabularyOf(["❤", "\uFE0F", "👩‍👩‍👧", "옛"]);
    const view = viewAfter(framesOf([2, 3, 2, 3, 4, 5], [[0, 1, 2, 3, 4, 5]]), marks);
    expect(renderFrame(view, 4, plainLook).slice(1, -1)).toEqual(["❤\uFE0F❤\uFE0F", "👩‍👩‍👧옛"]);
    expect(renderFrame(view, 3, plainLook).slice(1, -1)).toEqual([
      "❤\uFE0F",
      "❤\uFE0F",
      "👩‍👩‍👧",
      "옛",
    ]);
  });

  it("gives long masks the width of a token", () => {
    const view = viewAfter(frames.slice(0, 2), { ...vocabulary, maskWidth: 4 });
    expect(renderFrame(view, 60, plainLook)[1]).toBe("Once░░░ ░░░  time");
  });
});

describe("narrow windows", () => {
  const long = Array.from({ length: 60 }, (_, place) => 2 + (place % words.length));
  const order = Array.from({ length: 20 }, (_, step) => [step, step + 20, step + 40]);
  const story = framesOf(long, order);

  it.each([2, 7, 24, 79])("fits %i columns", (columns) => {
    for (const frame of [0, 7, 20]) {
      const view = viewAfter(story.slice(0, frame + 1), vocabulary, "제목이 긴 그림");
      for (const line of renderFrame(view, columns, plainLook)) {
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
      }
    }
  });

  it("shows the part where something happens when there are too few lines", () => {
    const view = viewAfter(story.slice(0, 11), vocabulary);
    const seen: string[] = [];
    const style = { ...plainLook.style, underline: (text: string) => (seen.push(text), text) };
    const lines = renderFrame(view, 12, { style, unicode: true, rows: 6 });
    expect(lines).toHaveLength(6);
    expect(seen.length).toBeGreaterThan(0);
  });

  it("puts two canvases side by side, or one above the other", () => {
    const views = [
      viewAfter(story, vocabulary, "mdlm"),
      viewAfter(frames, vocabulary, "autoregressive"),
    ];
    const wide = renderViews(views, 100, plainLook);
    expect(wide[0]).toMatch(/^mdlm {44,}autoregressive$/);
    expect(wide.at(-1)).toMatch(/^20 passes · 60\/60 · 3.0\/pass · 10s +3 passes · 3\/3 · /);
    for (const line of wide) expect(widthOf(line)).toBeLessThanOrEqual(100);
    const narrow = renderViews(views, 50, plainLook);
    expect(narrow.filter((line) => /^(step )?\d/.test(line))).toHaveLength(2);
  });
});

describe("live", () => {
  function record(isTTY: boolean, rows = 24) {
    const stream = {
      text: "",
      isTTY,
      columns: 40,
      rows,
      write: (text: string) => (stream.text += text),
    };
    return stream;
  }

  it("redraws in place", () => {
    const stream = record(true);
    let time = 0;
    const live = liveView(terminalOf(stream, { TERM: "xterm" }), { now: () => (time += 40) });
    live.draw([viewAfter(frames.slice(0, 1), vocabulary)]);
    expect(stream.text).not.toContain("\u001B[3A");
    stream.text = "";
    live.draw([viewAfter(frames.slice(0, 2), vocabulary)]);
    expect(stream.text).toContain("\u001B[3A\u001B[2K\r");
    live.finish([viewAfter(frames, vocabulary)]);
    expect(stream.text.split("\u001B[?25l").length).toBe(stream.text.split("\u001B[?25h").length);
  });

  it.each([1, 2, 4, 8, 24])("never draws more than a window of %i lines has", (rows) => {
    const stream = record(true, rows);
    const terminal = terminalOf(stream, { TERM: "xterm" });
    const all = Array.from({ length: 3 }, () => viewAfter(frames, vocabulary));
    liveView(terminal, { now: () => 0 }).draw(all);
    const lines = stream.text.split("\n").length - 1;
    expect(lines).toBeGreaterThan(0);
    expect(lines).toBeLessThanOrEqual(Math.max(1, rows - 1));
  });

  it("with NO_COLOR has bold and underlined text, and no colours", () => {
    const stream = record(true);
    const terminal = terminalOf(stream, { TERM: "xterm-256color", NO_COLOR: "1" });
    liveView(terminal, { now: () => 0 }).draw([viewAfter(frames.slice(0, 3), vocabulary)]);
    expect(stream.text).toContain("\u001B[4m upon");
    const codes = stream.text.split("\u001B[").map((rest) => Number.parseInt(rest, 10));
    expect(codes.filter((code) => (code >= 30 && code < 50) || code >= 90)).toEqual([]);
  });

  it("skips frames that come too fast", () => {
    const stream = record(true);
    const live = liveView(terminalOf(stream, {}), { now: () => 0 });
    live.draw([viewAfter(frames.slice(0, 1), vocabulary)]);
    const before = stream.text;
    live.draw([viewAfter(frames.slice(0, 2), vocabulary)]);
    expect(stream.text).toBe(before);
  });

  it("is plain text where there is no terminal", () => {
    const show = (lines: boolean): string => {
      const stream = record(false);
      const live = liveView(terminalOf(stream, {}), { lines });
      const views = frames.map((_, at) => viewAfter(frames.slice(0, at + 1), vocabulary));
      for (const view of views) live.draw([view]);
      live.finish([views.at(-1)!]);
      return stream.text;
    };
    expect(show(false)).toBe("Once upon a time\n");
    expect(show(true)).toBe(
      "mdlm  step 0  passes 0  3 open  Once░░░\n" +
        "mdlm  step 1  passes 1  2 open  Once░░ time\n" +
        "mdlm  step 2  passes 2  1 open  Once upon░ time\n" +
        "mdlm  step 3  passes 3  done  Once upon a time\n" +
        "Once upon a time\n",
    );
  });
});
