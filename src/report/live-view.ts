/**
 * Canvases redrawn in place: the thin, impure end of `render-canvas.ts`.
 *
 * @module
 */

import type { CanvasView } from "./canvas-view.ts";
import { frameLine, renderViews, textOf } from "./render-canvas.ts";
import { ansi, styleOf } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";
import { widthOf } from "./wrap.ts";

export interface LiveViewOptions {
  /** Where there is no terminal: write a line per frame. Default false: only the final text. */
  readonly lines?: boolean;
  /** The clock, in milliseconds. For tests. */
  readonly now?: () => number;
}

export interface LiveView {
  /** Shows the state of all canvases; skips frames that come faster than 30 per second. */
  draw(views: readonly CanvasView[]): void;
  /** Draws the end state, whole, and leaves it there. */
  finish(views: readonly CanvasView[]): void;
}

const drawEvery = 1000 / 30;

/**
 * A place on the terminal where canvases are shown, from here downwards.
 *
 * @example
 * ```ts
 * const screen = liveView(context.terminal, { lines: true });
 * let view = emptyView("mdlm", tokenizer);
 * for await (const frame of sample(...)) screen.draw([(view = follow(view, frame, seconds()))]);
 * screen.finish([view]);
 * ```
 */
export function liveView(terminal: Terminal, options: LiveViewOptions = {}): LiveView {
  return terminal.isTTY ? onTerminal(terminal, options) : offTerminal(terminal, options);
}

function onTerminal(terminal: Terminal, options: LiveViewOptions): LiveView {
  const now = options.now ?? (() => performance.now());
  let last = -Infinity;
  let widths: number[] = [];
  const redraw = (views: readonly CanvasView[], rows: number | undefined): void => {
    const { columns, unicode } = terminal;
    const drawing = renderViews(views, columns - 1, { style: styleOf(terminal), unicode, rows });
    // A window of a few lines has no room for the least of canvases: then their end is shown.
    const lines = rows === undefined ? drawing : drawing.slice(-Math.max(1, rows));
    // The window may have become narrower: then yesterday's lines take more than one row each.
    const drawn = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    const body = lines.map((line) => `${ansi.eraseLine}${line}\n`).join("");
    // Hidden only while drawing: nothing to restore when the program is interrupted.
    terminal.write(ansi.hideCursor + ansi.up(drawn) + body + ansi.eraseBelow + ansi.showCursor);
    widths = lines.map(widthOf);
  };
  return {
    draw(views) {
      const time = now();
      if (time - last < drawEvery) return;
      last = time;
      // What scrolled off the top could not be redrawn, so it must fit.
      redraw(views, terminal.rows - 1);
    },
    finish: (views) => redraw(views, undefined),
  };
}

function offTerminal(terminal: Terminal, options: LiveViewOptions): LiveView {
  const shown = new Map<string, number>();
  return {
    draw(views) {
      if (options.lines !== true) return;
      for (const view of views) {
        if (shown.get(view.title) === view.step) continue;
        shown.set(view.title, view.step);
        terminal.write(frameLine(view) + "\n");
      }
    },
    finish(views) {
      for (const view of views) {
        terminal.write((views.length > 1 ? `${view.title}:\n` : "") + textOf(view) + "\n");
      }
    },
  };
}
