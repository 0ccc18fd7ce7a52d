/**
 * Views of canvases as lines: what is still open, what was decided and in which order, and what it cost
 * so far. Pure; `live-view.ts` redraws the lines in place.
 *
 * @module
 */

import type { CanvasView } from "./canvas-view.ts";
import { wrapPieces } from "./line-break.ts";
import type { Piece } from "./line-break.ts";
import { formatDuration } from "./number-format.ts";
import { plainStyle, printable } from "./terminal.ts";
import type { Style } from "./terminal.ts";
import { pad, pieces, truncate, widthOf } from "./wrap.ts";

/** How to draw: `renderFrame(view, 80, { style: styleOf(terminal), unicode: true })`. */
export interface Look {
  readonly style: Style;
  readonly unicode: boolean;
  /** At most so many lines: the part of the canvas where something happens is shown. */
  readonly rows?: number | undefined;
}

/** Text only: no escape sequences, order of decision not shown. */
export const plainLook: Look = { style: plainStyle, unicode: true };

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
  const { title, step, passes, open, done } = view;
  const cost = passes === undefined ? [] : [`passes ${passes}`];
  const left = passes === undefined ? [] : [`${open} open`];
  return [title, `step ${step}`, ...cost, ...(done ? ["done"] : left), text].join("  ");
}

/** The counters in full where there is room, else in short. */
function counters(view: CanvasView, columns: number, unicode: boolean): string {
  const [full, short] = factsOf(view).map((facts) => facts.join(unicode ? " · " : " | "));
  return widthOf(full!) <= columns ? full! : truncate(short!, columns, unicode ? "…" : "~");
}

/** In full, and in short. */
function factsOf({ step, passes, open, written, seconds }: CanvasView): [string[], string[]] {
  const time = formatDuration(seconds);
  if (passes === undefined) {
    const amount = `${written + open} characters`;
    return [
      [`step ${step}`, amount, time],
      [amount, time],
    ];
  }
  const amount = `${written}/${written + open}`;
  const speed = passes > 0 ? (written / passes).toFixed(1) : "0";
  const cost = `${passes} ${passes === 1 ? "pass" : "passes"}`;
  return [
    [`step ${step}`, cost, `${amount} tokens`, `${speed} tokens/pass`, time],
    [cost, amount, `${speed}/pass`, time],
  ];
}

function marksOf(view: CanvasView, unicode: boolean): Mark[] {
  const marks: Mark[] = [];
  for (const run of view.runs()) {
    if (run.kind === "open") {
      for (let place = 0; place < run.places; place++) marks.push(...maskMarks(run.width, unicode));
      continue;
    }
    if (run.kind === "draft") {
      pushText(marks, shown(run.text), { kind: "mask", age: 0, fresh: false }, unicode);
      continue;
    }
    const { decidedAt } = run;
    const look = {
      kind: decidedAt > 0 ? ("decided" as const) : ("given" as const),
      age: view.step > 1 ? Math.max(0, (decidedAt - 1) / (view.step - 1)) : 1,
      fresh: decidedAt > 0 && decidedAt === view.step && !view.done,
    };
    if (run.kind === "end")
      marks.push({ ...look, text: unicode ? "∎" : "|", width: 1, kind: "sign" });
    else pushText(marks, shown(run.text), look, unicode);
  }
  return marks;
}

const shown = (text: string): string => printable(text).replaceAll("\t", "    ");

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
      // A combining mark belongs to the character before it, whichever token that came from, and may widen it.
      const joined = last.text + piece.text;
      marks[marks.length - 1] = { ...last, text: joined, width: widthOf(joined) };
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
