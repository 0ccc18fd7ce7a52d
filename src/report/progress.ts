/**
 * Progress of long work, on standard error: a bar for a person, a plain line now and then for a log.
 *
 * @module
 */

import { formatCount, formatDuration } from "./number-format.ts";
import type { Terminal } from "./terminal.ts";
import { truncate, widthOf } from "./wrap.ts";

export interface ProgressOptions {
  /** What is being done: "train". */
  readonly label: string;
  /** How much there is to do, in whatever unit `update` counts; unknown when left out. */
  readonly total?: number | undefined;
  /** Seconds between plain lines where there is no terminal. Default 0: none. */
  readonly plainEvery?: number;
  /** The clock, in milliseconds. For tests. */
  readonly now?: () => number;
}

/** Arbitrary figures to show beside the bar, in order: `{ loss: "2.31", speed: "41.2k tokens/s" }`. */
export type Fields = Readonly<Record<string, string>>;

export interface Progress {
  /** Tells how much is done. Cheap: draws at most ten times a second. */
  update(done: number, fields?: Fields): void;
  /** Removes the bar. Call it in a `finally`. */
  finish(): void;
}

const drawEvery = 100;

/**
 * Progress on a terminal.
 *
 * @example
 * ```ts
 * const bar = progress(context.errorTerminal, { label: "train", total: steps });
 * try {
 *   for (...) bar.update(step, { loss: loss.toFixed(3) });
 * } finally {
 *   bar.finish();
 * }
 * ```
 */
export function progress(terminal: Terminal, options: ProgressOptions): Progress {
  const now = options.now ?? (() => performance.now());
  const plainEvery = (options.plainEvery ?? 0) * 1000;
  const start = now();
  let last = terminal.isTTY ? -Infinity : start;
  const describe = (done: number, fields: Fields): ProgressState => ({
    label: options.label,
    done,
    total: options.total,
    seconds: (now() - start) / 1000,
    fields,
  });
  return {
    update(done, fields = {}) {
      const time = now();
      const wait = terminal.isTTY ? drawEvery : plainEvery;
      if (wait <= 0 || time - last < wait) return;
      last = time;
      const state = describe(done, fields);
      if (terminal.isTTY)
        terminal.status(renderProgress(state, terminal.columns, terminal.unicode));
      else terminal.write(plainLine(state) + "\n");
    },
    finish: () => terminal.status(undefined),
  };
}

export interface ProgressState {
  readonly label: string;
  readonly done: number;
  readonly total?: number | undefined;
  readonly seconds: number;
  readonly fields: Fields;
}

/**
 * One line of at most `columns - 1` cells (the last one makes some terminals wrap). What does not
 * fit goes in this order: the bar, then the fields from the last, then the rest is cut.
 */
export function renderProgress(state: ProgressState, columns: number, unicode: boolean): string {
  const room = columns - 1;
  const facts = factsOf(state);
  const fits = (parts: readonly string[]): boolean => widthOf(parts.join("  ")) <= room;
  while (facts.length > 2 && !fits(facts)) facts.pop();
  const used = widthOf(facts.join("  "));
  const barWidth = Math.min(30, room - used - 2);
  const fraction = fractionOf(state);
  if (fraction !== undefined && barWidth >= 6) facts.splice(1, 0, bar(fraction, barWidth, unicode));
  return truncate(facts.join("  "), room, unicode ? "…" : "~");
}

function plainLine(state: ProgressState): string {
  return factsOf(state).join("  ");
}

function factsOf(state: ProgressState): string[] {
  const fraction = fractionOf(state);
  const amount =
    state.total === undefined
      ? formatCount(state.done)
      : `${formatCount(state.done)}/${formatCount(state.total)}`;
  const facts = [state.label, fraction === undefined ? amount : `${Math.floor(fraction * 100)}%`];
  if (fraction !== undefined && fraction > 0 && fraction < 1) {
    facts.push(`${formatDuration((state.seconds / fraction) * (1 - fraction))} left`);
  } else facts.push(formatDuration(state.seconds));
  for (const [name, value] of Object.entries(state.fields)) facts.push(`${name} ${value}`);
  if (fraction !== undefined) facts.push(amount);
  return facts;
}

function fractionOf({ done, total }: ProgressState): number | undefined {
  return total !== undefined && total > 0 ? Math.min(1, Math.max(0, done / total)) : undefined;
}

function bar(fraction: number, width: number, unicode: boolean): string {
  const full = Math.round(fraction * width);
  const [on, off] = unicode ? ["█", "░"] : ["#", "."];
  return on.repeat(full) + off.repeat(width - full);
}
