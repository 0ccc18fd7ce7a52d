/**
 * Paints the pictures of a film on a canvas, in the page's colours and fonts and at a size of its own: a film is the same
 * from a phone as from a wide window.
 *
 * @module
 */
import { wrapPieces } from "../../src/report/line-break.ts";
import { cellsOf, shadeOf, shades, shown } from "../board/cells.ts";
import type { Cell } from "../board/cells.ts";
import { colourIn } from "../parts/colours.ts";
import type { Column, Film, Picture } from "./film.ts";

export interface Painter {
  readonly canvas: HTMLCanvasElement;
  readonly width: number;
  readonly height: number;
  paint(picture: Picture): void;
}

/** Beside each other; more stand below. */
const mostColumns = 2;
/** Sizes in pixels. */
const columnWidth = 420;
const gap = 16;
const padding = 14;
const lineHeight = 31;
const captionHeight = 26;
const fontSize = 18;

/** Where a cell stands, once for the whole film: nothing moves. */
interface Place {
  readonly cell: Cell;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

interface Laid {
  readonly column: Column;
  readonly places: readonly Place[];
  readonly left: number;
  readonly top: number;
  /** Of the sheet on which the text stands. */
  readonly height: number;
}

/** A painter for a film, in the theme of the moment. */
export function painterOf(film: Film): Painter {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const style = styleOf();
  context.font = style.text;
  const laid = layOut(film, (text) => context.measureText(text).width);
  const across = Math.min(mostColumns, film.columns.length);
  canvas.width = across * columnWidth + (across + 1) * gap;
  canvas.height = Math.max(0, ...laid.map(({ top, height }) => top + height + captionHeight)) + gap;
  const { width, height } = canvas;
  return {
    canvas,
    width,
    height,
    paint({ views, captions }) {
      context.fillStyle = style.paper;
      context.fillRect(0, 0, width, height);
      context.textBaseline = "middle";
      laid.forEach((one, i) => paintColumn(context, style, one, views[i]!, captions[i]!));
    },
  };
}

function layOut({ columns }: Film, measure: (text: string) => number): Laid[] {
  const laid: Laid[] = [];
  let top = gap;
  for (let from = 0; from < columns.length; from += mostColumns) {
    const row = columns.slice(from, from + mostColumns).map((column) => {
      const lines = linesOf(column, measure);
      return { column, lines };
    });
    const lines = Math.max(2, ...row.map((one) => one.lines.length));
    const height = lines * lineHeight + 2 * padding;
    row.forEach(({ column, lines: own }, i) => {
      const left = gap + i * (columnWidth + gap);
      const places = own.flatMap((line, y) => line.map((place) => ({ ...place, y })));
      laid.push({ column, places, left, top: top + captionHeight, height });
    });
    top += height + 2 * captionHeight + gap;
  }
  return laid;
}

/** The cells of a text in lines; the space before a word is none of its box. */
function linesOf({ ahead }: Column, measure: (text: string) => number) {
  const items = cellsOf(ahead).flatMap((cell) => {
    const [, space = "", word = ""] = /^( (?=\S))?(.*)$/s.exec(cell.text.replaceAll("\n", "↵"))!;
    const ends = cell.text.includes("\n") ? [{ text: "\n", width: 0, cell: undefined }] : [];
    const own = { text: word, width: measure(shown(word)) + 2, cell };
    return [
      ...(space === "" ? [] : [{ text: " ", width: measure(" "), cell: undefined }]),
      own,
      ...ends,
    ];
  });
  return wrapPieces(items, columnWidth - 2 * padding).map((line) => {
    let x = 0;
    return line.flatMap(({ cell, width }) => {
      const left = x;
      x += width;
      return cell === undefined ? [] : [{ cell, x: left, width: width - 2 }];
    });
  });
}

type Look = ReturnType<typeof styleOf>;

function paintColumn(
  context: CanvasRenderingContext2D,
  style: Look,
  { column, places, left, top, height }: Laid,
  view: Picture["views"][number],
  caption: string,
): void {
  context.fillStyle = style.ink;
  context.font = style.title;
  context.fillText(column.title, left, top - captionHeight / 2, columnWidth);
  context.fillStyle = style.sheet;
  context.strokeStyle = style.line;
  context.beginPath();
  context.roundRect(left + 0.5, top + 0.5, columnWidth - 1, height - 1, 8);
  context.fill();
  context.stroke();
  context.font = style.text;
  const now = new Map<number, Cell>();
  for (const cell of cellsOf(view.stretches))
    for (let place = cell.place; place < cell.place + cell.places; place++) now.set(place, cell);
  for (const { cell, x, y, width } of places) {
    const middle = top + padding + (y + 0.5) * lineHeight;
    paintCell(context, style, {
      cell: currentOf(cell, now),
      view,
      steps: column.steps,
      box: { x: left + padding + x, y: middle, width },
    });
  }
  context.fillStyle = style.soft;
  context.font = style.caption;
  context.fillText(caption, left, top + height + captionHeight / 2, columnWidth);
}

/** What stands at a cell's places by now: open as long as one of them is. */
function currentOf(cell: Cell, now: ReadonlyMap<number, Cell>): Cell {
  const inside = Array.from({ length: cell.places }, (_, i) => now.get(cell.place + i));
  const open = inside.find((one) => one === undefined || one.kind === "open");
  const first = inside[0];
  if (first === undefined || open !== undefined) return { ...cell, kind: "open" };
  return first.places === cell.places && first.place === cell.place
    ? first
    : { ...cell, kind: first.kind, step: Math.max(...inside.map((one) => one!.step)) };
}

function paintCell(
  context: CanvasRenderingContext2D,
  style: Look,
  {
    cell,
    view,
    steps,
    box: { x, y, width },
  }: {
    readonly cell: Cell;
    readonly view: Picture["views"][number];
    readonly steps: number;
    readonly box: { readonly x: number; readonly y: number; readonly width: number };
  },
): void {
  const { kind, step } = cell;
  if (kind === "open") {
    context.fillStyle = style.edge;
    // Whole pixels, so that dots are sharp, and the file small.
    for (let dy = -9; dy <= 9; dy += 6)
      for (let dx = 3; dx < width; dx += 6)
        context.fillRect(Math.round(x + dx), Math.round(y + dy), 1, 1);
    return;
  }
  const isDecided = kind === "decided" || (kind === "end" && step > 0);
  const shade = isDecided ? style.shades[shadeOf(step, steps)]! : undefined;
  if (shade !== undefined) {
    context.fillStyle = shade.paper;
    context.beginPath();
    context.roundRect(x - 1, y - 12, width + 2, 25, 3);
    context.fill();
  }
  context.fillStyle = shade?.ink ?? (kind === "given" ? style.ink : style.soft);
  const text = shown(cell.text)
    .replaceAll("\n", "")
    .replace(/^ (?=\S)/, "");
  // What is wider than what will stand there is squeezed into its room.
  context.fillText(text, x, y, Math.max(4, width));
  if (isDecided && step === view.step) context.fillRect(x, y + 10, width, 2);
}

/** Colours and fonts of the page. */
function styleOf() {
  const colour = colourIn(document.body);
  const root = getComputedStyle(document.documentElement);
  const family = (name: string): string => root.getPropertyValue(name).trim();
  return {
    paper: colour("var(--paper)"),
    sheet: colour("var(--sheet)"),
    ink: colour("var(--ink)"),
    soft: colour("var(--soft)"),
    line: colour("var(--line)"),
    edge: colour("var(--edge)"),
    shades: Array.from({ length: shades }, (_, i) => ({
      paper: colour(`var(--shade-${i})`),
      ink: colour(`var(--on-${i})`),
    })),
    text: `${fontSize}px ${family("--text")}`,
    title: `600 15px ${family("--sans")}`,
    caption: `14px ${family("--sans")}`,
  };
}
