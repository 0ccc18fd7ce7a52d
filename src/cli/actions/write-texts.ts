/**
 * Fills canvases and shows them: what `generate`, `infill` and `edit` have in common.
 *
 * @module
 */
import { printable } from "../../report/terminal.ts";
import { finish } from "../../sample/frame.ts";
import type { Frame } from "../../sample/frame.ts";
import { sample } from "../../sample/sample.ts";
import { endOfText } from "../../sample/stop.ts";
import { beginTask } from "../../generate/begin-task.ts";
import type { UsableModel } from "../../generate/model.ts";
import { samplingOptions } from "../../generate/sampling.ts";
import type { Sampling, Start } from "../../generate/task.ts";
import type { Tokenizer } from "../../text/index.ts";
import { seedOf } from "./use-model.ts";
import { watchFrames } from "./watch-frames.ts";
import type { BaseContext } from "../verb.ts";

export interface WriteTexts {
  readonly model: UsableModel;
  readonly start: Start;
  readonly values: Sampling & {
    readonly seed?: number | undefined;
    readonly count: number;
    readonly watch: boolean;
  };
}

/** One text as `--json` tells it. */
export interface WrittenText {
  readonly text: string;
  readonly tokens: number[];
  readonly steps: number;
  /** Forward passes; the first text's include those of looking for what to write, which all texts go by. */
  readonly passes: number;
  readonly reason: string;
}

/** What `--json` prints. */
export interface WrittenTexts {
  readonly model: string;
  readonly seed: number;
  readonly seconds: number;
  readonly texts: readonly WrittenText[];
}

/** Writes `count` texts from one canvas. */
export async function writeTexts(
  context: BaseContext,
  { model, start, values }: WriteTexts,
): Promise<WrittenTexts> {
  const { signal } = context;
  const seed = seedOf(values);
  const { canvas, revise, endIds, passes } = await beginTask(
    model,
    { start, sampling: values, seed },
    signal,
  );
  for (const note of [sightNote(start, model), lengthNote(canvas, model)])
    if (note !== undefined) context.note(note);
  const { count, watch } = values;
  const begin = (index: number) =>
    sample({
      ...samplingOptions(model, values, { seed, index, canvas, revise }),
      stop: [endOfText(endIds)],
      signal,
    });
  return showTexts(context, { model, seed, count, watch, start: begin, looking: passes });
}

export interface ShowTexts {
  readonly model: {
    readonly name: string;
    readonly kind: { readonly name: string };
    readonly tokenizer: Tokenizer;
  };
  readonly seed: number;
  readonly count: number;
  readonly watch: boolean;
  /** Begins one text. */
  readonly start: (index: number) => AsyncIterable<Frame>;
  /** Forward passes that were made before. Default: none. */
  readonly looking?: number | undefined;
}

/**
 * Shows texts while or when they are written. Watched, they come one after the other; otherwise all at
 * once, sharing forward passes where the model can.
 */
export async function showTexts(
  context: BaseContext,
  { model, seed, count, watch, start, looking = 0 }: ShowTexts,
): Promise<WrittenTexts> {
  const { terminal } = context;
  const { tokenizer } = model;
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const indices = Array.from({ length: count }, (_, i) => i);
  let frames: Frame[];
  if (watch) {
    frames = [];
    for (const index of indices) {
      const title = titleOf(model, index, count);
      frames.push(await watchFrames(start(index), { terminal, title, vocabulary: tokenizer }));
    }
  } else {
    frames = await Promise.all(indices.map((index) => finish(start(index))));
    for (const [index, { canvas: tokens }] of frames.entries()) {
      if (count > 1) context.out(`--- ${index + 1}`);
      context.out(printable(tokenizer.decode(tokens)));
    }
  }
  const passes = frames.map((frame, index) => frame.passes + (index === 0 ? looking : 0));
  context.note(summary(passes, seconds(), seed));
  return {
    model: model.name,
    seed,
    seconds: seconds(),
    texts: frames.map(({ canvas: tokens, step, reason }, index) => ({
      text: tokenizer.decode(tokens),
      tokens: [...tokens],
      steps: step,
      passes: passes[index]!,
      reason: reason ?? "filled",
    })),
  };
}

/** What to say of a model that doesn't see all that stands behind a hole. */
function sightNote({ kind }: Start, { kind: { attention } }: UsableModel): string | undefined {
  if (kind !== "fill" || attention.kind !== "block") return undefined;
  return `a model of blocks sees to the right of a hole only to the end of its block of ${attention.size} tokens`;
}

/** What to say of a canvas that is longer than those of the model's training. */
export function lengthNote(
  canvas: Int32Array,
  { config: { length } }: Pick<UsableModel, "config">,
): string | undefined {
  if (canvas.length <= length) return undefined;
  return (
    `the canvas has ${canvas.length} tokens, the model was trained on ${length}: ` +
    `each place is written with at least ${Math.floor(length / 2)} tokens in view`
  );
}

/** The heading of a canvas that is watched. */
export function titleOf(
  { name, kind }: Pick<ShowTexts["model"], "name" | "kind">,
  index = 0,
  count = 1,
): string {
  return `${kind.name} (${name})${count > 1 ? ` ${index + 1}/${count}` : ""}`;
}

/** What it took, with the passes of each text. */
export function summary(texts: readonly number[], seconds: number, seed: number): string {
  const passes = texts.reduce((sum, count) => sum + count, 0);
  const plural = passes === 1 ? "pass" : "passes";
  return `${passes} forward ${plural} in ${seconds.toFixed(2)} s, seed ${seed}`;
}
