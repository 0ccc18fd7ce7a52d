/**
 * A canvas of tokens while it is being written: what is still masked, what was decided and in which
 * order, and what it cost so far.
 *
 * `follow` folds frames into a {@link CanvasView}, `renderFrame` turns a view into lines. Both are
 * pure; `live-view.ts` redraws the lines in place.
 *
 * @module
 */

import { wrapPieces } from "./line-break.ts";
import type { Piece } from "./line-break.ts";
import { formatDuration } from "./number-format.ts";
import { plainStyle, printable } from "./terminal.ts";
import type { Style } from "./terminal.ts";
import { pad, pieces, truncate, widthOf } from "./wrap.ts";

/** What a view needs of a sampler's frame. */
export interface CanvasFrame {
  readonly step: number;
  readonly canvas: Int32Array;
  readonly passes: number;
  readonly open: number;
  readonly changed: readonly {
    readonly place: number;
    readonly token: number;
    readonly confidence: number;
  }[];
  readonly done: boolean;
}

/** How token ids are shown. A tokenizer is one. */
export interface Vocabulary {
  readonly maskId: number;
  /** Shown as a small mark instead of its spelling. */
  readonly endIds?: readonly number[];
  /** The text of one token; "\uFFFD" where it is only part of a character. */
  token(id: number): string;
  /** The text of several: joins parts of characters. */
  decode?(ids: ArrayLike<number>): string;
  /** Cells that a masked token takes; about the mean width of a token. Default 1. */
  readonly maskWidth?: number;
}

/** One canvas and its history. Plain data. */
export interface CanvasView {
  readonly title: string;
  readonly vocabulary: Vocabulary;
  readonly canvas: Int32Array;
  /** The step in which each place got its token; 0: it was given, -1: it is open. */
  readonly decidedAt: Int32Array;
  readonly step: number;
  readonly passes: number;
  readonly open: number;
  readonly seconds: number;
  readonly done: boolean;
}

/** How to draw: `renderFrame(view, 80, { style: styleOf(terminal), unicode: true })`. */
export interface Look {
  readonly style: Style;
  readonly unicode: boolean;
  /** At most so many lines: the part of the canvas where something happens is shown. */
  readonly rows?: number | undefined;
}

/** Text only: no escape sequences, order of decision not shown. */
export const plainLook: Look = { style: plainStyle, unicode: true };

/** A view before its first frame. */
export function emptyView(title: string, vocabulary: Vocabulary): CanvasView {
  return {
    title,
    vocabulary,
    canvas: new Int32Array(0),
    decidedAt: new Int32Array(0),
    step: 0,
    passes: 0,
    open: 0,
    seconds: 0,
    done: false,
  };
}

/**
 * The view after one more frame. Canvases may grow; places may open again or change their token.
 *
 * @param seconds since the start of this canvas
 */
export function follow(view: CanvasView, frame: CanvasFrame, seconds: number): CanvasView {
  const { canvas, step } = frame;
  const decidedAt = Int32Array.from(canvas, (token, place) => {
    if (token === view.vocabulary.maskId) return -1;
    const before = view.decidedAt[place] ?? -1;
    // Not open, and no step is known for it: it was there from the start.
    return before >= 0 && view.canvas[place] === token ? before : step;
  });
  for (const { place, token } of frame.changed) {
    if (canvas[place] === token && token !== view.vocabulary.maskId) decidedAt[place] = step;
  }
  const { passes, open, done } = frame;
  return { ...view, canvas, decidedAt, step, passes, open, seconds, done };
}

/** A piece of the canvas as it is drawn. */
interface Mark extends Piece {
  readonly kind: "mask" | "given" | "decided" | "sign";
  /** 0 decided first, 1 decided last. */
  readonly age: number;
  readonly fresh: boolean;
}

/**
 * The lines of one canvas: title, text, counters; none wider than `columns`.
 *
 * Masks are blocks. Decided tokens are shaded by their order, light for early and dark for late; what
 * the last step decided is bold and underlined, so nothing depends on colour alone.
 */
export function renderFrame(view: CanvasView, columns: number, look: Look): string[] {
  const { style, unicode } = look;
  const lines = wrapPieces(marksOf(view, unicode), columns);
  const room = look.rows === undefined ? lines.length : Math.max(1, look.rows - 2);
  const shown = lines.length <= room ? lines : windowOf(lines, room);
  return [
    style.bold(truncate(view.title, columns, unicode ? "…" : "~")),
    ...shown.map((line) => drawLine(line, style)),
    style.dim(counters(view, columns, unicode)),
  ];
}

/** The lines around the last place where the last step decided something. */
function windowOf(lines: readonly Mark[][], room: number): Mark[][] {
  const action = lines.findLastIndex((line) => line.some((mark) => mark.fresh));
  const start = Math.min(Math.max(0, action - Math.floor(room / 2)), lines.length - room);
  return lines.slice(start, start + room);
}

/** Several canvases: side by side where each gets at least 32 cells, else one above the other. */
export function renderViews(views: readonly CanvasView[], columns: number, look: Look): string[] {
  const gap = 3;
  const width = Math.floor((columns - gap * (views.length - 1)) / views.length);
  if (views.length > 1 && width < 32) {
    const rows =
      look.rows === undefined
        ? undefined
        : Math.max(3, Math.floor((look.rows - views.length + 1) / views.length));
    return views.flatMap((view, index) => [
      ...(index > 0 ? [""] : []),
      ...renderFrame(view, columns, { ...look, rows }),
    ]);
  }
  const blocks = views.map((view) => renderFrame(view, width, look));
  const height = Math.max(0, ...blocks.map((block) => block.length));
  // The counters stay in one line below the longest canvas.
  const level = blocks.map((block) => [
    ...block.slice(0, -1),
    ...Array.from({ length: height - block.length }, () => ""),
    block.at(-1)!,
  ]);
  return Array.from({ length: height }, (_, row) =>
    level
      .map((block, column) => (column === level.length - 1 ? block[row]! : pad(block[row]!, width)))
      .join(" ".repeat(gap)),
  );
}

/** The text of a canvas, open places as blocks. Safe to show. */
export function textOf(view: CanvasView): string {
  return marksOf(view, true)
    .filter((mark) => mark.kind !== "sign")
    .map((mark) => mark.text)
    .join("");
}

/** One line about a frame, for logs: `mdlm  step 3  passes 3  12 open  Once ░░░ a time`. */
export function frameLine(view: CanvasView): string {
  const text = textOf(view).replaceAll("\n", "↵");
  return [
    view.title,
    `step ${view.step}`,
    `passes ${view.passes}`,
    view.done ? "done" : `${view.open} open`,
    text,
  ].join("  ");
}

/** The counters in full where there is room, else in short. */
function counters(view: CanvasView, columns: number, unicode: boolean): string {
  let written = 0;
  for (const step of view.decidedAt) if (step > 0) written += 1;
  const amount = `${written}/${written + view.open}`;
  const speed = view.passes > 0 ? (written / view.passes).toFixed(1) : "0";
  const passes = `${view.passes} ${view.passes === 1 ? "pass" : "passes"}`;
  const time = formatDuration(view.seconds);
  const full = [`step ${view.step}`, passes, `${amount} tokens`, `${speed} tokens/pass`, time];
  const short = [passes, amount, `${speed}/pass`, time];
  const [long, brief] = [full, short].map((facts) => facts.join(unicode ? " · " : " | "));
  return widthOf(long!) <= columns ? long! : truncate(brief!, columns, unicode ? "…" : "~");
}

function marksOf(view: CanvasView, unicode: boolean): Mark[] {
  const { canvas, decidedAt, vocabulary } = view;
  const marks: Mark[] = [];
  for (let place = 0; place < canvas.length;) {
    const id = canvas[place]!;
    if (id === vocabulary.maskId) {
      marks.push(...maskMarks(vocabulary.maskWidth ?? 1, unicode));
      place += 1;
      continue;
    }
    const end = endOfCharacter(view, place);
    const decided = Math.max(...decidedAt.subarray(place, end));
    const look = {
      kind: decided > 0 ? ("decided" as const) : ("given" as const),
      age: view.step > 1 ? Math.max(0, (decided - 1) / (view.step - 1)) : 1,
      fresh: decided > 0 && decided === view.step && !view.done,
    };
    if (vocabulary.endIds?.includes(id)) {
      marks.push({ ...look, text: unicode ? "∎" : "|", width: 1, kind: "sign" });
    } else
      pushText(
        marks,
        printable(spelling(view, place, end)).replaceAll("\t", "    "),
        look,
        unicode,
      );
    place = end;
  }
  return marks;
}

/** Where the run of tokens ends that together make whole characters: usually one token. */
function endOfCharacter(view: CanvasView, start: number): number {
  const { canvas, vocabulary } = view;
  const partial = (place: number): boolean =>
    place < canvas.length &&
    canvas[place] !== vocabulary.maskId &&
    vocabulary.endIds?.includes(canvas[place]!) !== true &&
    vocabulary.token(canvas[place]!).includes("\uFFFD");
  let end = start + 1;
  if (vocabulary.decode && partial(start)) while (partial(end)) end += 1;
  return end;
}

function spelling({ canvas, vocabulary }: CanvasView, start: number, end: number): string {
  return end - start > 1 && vocabulary.decode
    ? vocabulary.decode(canvas.subarray(start, end))
    : vocabulary.token(canvas[start]!);
}

/** A masked token. Longer ones end in a space, so that they can be counted and lines can break. */
function maskMarks(width: number, unicode: boolean): Mark[] {
  const block = unicode ? "░" : "_";
  return Array.from({ length: width }, (_, index) => ({
    text: width > 2 && index === width - 1 ? " " : block,
    width: 1,
    kind: "mask",
    age: 0,
    fresh: false,
  }));
}

function pushText(
  marks: Mark[],
  text: string,
  look: Pick<Mark, "kind" | "age" | "fresh">,
  unicode: boolean,
): void {
  for (const piece of pieces(text)) {
    if (piece.text === "\n" && unicode) marks.push({ ...look, text: "↵", width: 1, kind: "sign" });
    const last = marks.at(-1);
    if (piece.width === 0 && last && last.kind !== "mask" && last.text !== "\n") {
      // A combining mark belongs to the character before it, whichever token that came from.
      marks[marks.length - 1] = { ...last, text: last.text + piece.text };
    } else marks.push({ ...look, ...piece });
  }
}

function drawLine(line: readonly Mark[], style: Style): string {
  // Spaces at the end may hang over the edge, and the line break is the caller's.
  const length = line.findLastIndex((mark) => mark.text !== " " && mark.text !== "\n") + 1;
  let drawn = "";
  for (let start = 0; start < length;) {
    const first = line[start]!;
    let end = start + 1;
    while (end < length && alike(first, line[end]!)) end += 1;
    const run = line.slice(start, end).map((mark) => mark.text);
    drawn += drawRun(first, run.join(""), style);
    start = end;
  }
  return drawn;
}

function alike(a: Mark, b: Mark): boolean {
  return a.kind === b.kind && a.age === b.age && a.fresh === b.fresh;
}

function drawRun(mark: Mark, text: string, style: Style): string {
  if (mark.kind === "mask" || mark.kind === "sign") return style.dim(text);
  if (mark.kind === "given") return text;
  const shaded = style.shade(text, mark.age);
  return mark.fresh ? style.bold(style.underline(shaded)) : shaded;
}
