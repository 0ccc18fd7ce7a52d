/**
 * Carries a task out: from what somebody wants written to what they are told, event by event.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { Frame, Reason } from "../sample/frame.ts";
import { sample } from "../sample/sample.ts";
import { endOfText, maxPasses, stopStrings } from "../sample/stop.ts";
import type { Stop } from "../sample/stop.ts";
import type { Tokenizer } from "../text/index.ts";
import { beginTask } from "./begin-task.ts";
import type { Beginning } from "./begin-task.ts";
import { givenTokens } from "./given-tokens.ts";
import type { UsableModel } from "./model.ts";
import { samplingOptions } from "./sampling.ts";
import { settledText } from "./settled-text.ts";
import type { SettledText } from "./settled-text.ts";
import type { Ending, Task, TaskEvent, WrittenToken } from "./task.ts";
import { textFrames } from "./text-frame.ts";

/**
 * Writes one text.
 *
 * @throws UnmaskError "usage" for a task that makes no sense for this model; the signal's reason when it
 * is aborted, within one step
 *
 * @example
 * ```ts
 * for await (const event of write(model, task, signal))
 *   if (event.kind === "text") process.stdout.write(event.text);
 * ```
 */
export const write = (model: UsableModel, task: Task, signal: AbortSignal): TaskEvents =>
  carryOut(onCanvas(model), task, signal);

/** What is told of a task, until it is done. */
export type TaskEvents = AsyncGenerator<TaskEvent, void, undefined>;

/** What carries tasks out: a model of either kind. */
export interface Writer {
  readonly tokenizer: Tokenizer;
  /** Makes the canvas of a task. */
  begin(task: Task, signal: AbortSignal): Promise<Beginning>;
  /** Fills it. */
  frames(task: Task, filling: Filling): AsyncIterable<Frame>;
  /** How likely it finds given tokens, and which others at their places. */
  given(tokens: Int32Array, alternatives: number): Promise<readonly WrittenToken[]>;
}

/** How a canvas is filled. */
export interface Filling {
  readonly beginning: Beginning;
  /** Where the text ends early. */
  readonly stop: readonly Stop[];
  readonly signal: AbortSignal;
}

/** A model that fills canvases of tokens. */
const onCanvas = (model: UsableModel): Writer => ({
  tokenizer: model.tokenizer,
  begin: (task, signal) => beginTask(model, task, signal),
  frames: ({ sampling, seed, alternatives }, { beginning: { canvas, revise }, stop, signal }) =>
    sample({
      ...samplingOptions(model, sampling, { seed, index: 0, canvas, revise }),
      stop,
      // A choice of nothing is still a choice: the written token's own probability.
      alternatives: alternatives === undefined || alternatives === 0 ? undefined : alternatives,
      signal,
    }),
  given: (tokens, alternatives) => givenTokens(model, tokens, alternatives),
});

/** Has a writer carry out a task, and tells of it. */
export async function* carryOut(writer: Writer, task: Task, signal: AbortSignal): TaskEvents {
  const { tokenizer } = writer;
  const beginning = await writer.begin(task, signal);
  const { canvas, told } = beginning;
  const promptTokens = canvas.filter((token) => token !== tokenizer.maskId).length;
  yield { kind: "begun", promptTokens };

  const written: WrittenToken[] = [];
  const given = task.echo ? await echoed(writer, task, beginning) : undefined;
  if (given) {
    written.push(...given.written);
    yield { kind: "text", ...given };
  }
  const strings = [...task.stop, ...beginning.strings];
  const text = settledText({
    beginning,
    tokenizer,
    strings,
    tokens: task.alternatives !== undefined,
  });
  const frameOf = textFrames(beginning, tokenizer);
  let last: Frame | undefined;
  const stop = stopsOf(task, { beginning, strings, tokenizer });
  for await (const frame of writer.frames(task, { beginning, stop, signal })) {
    const more = text.take(frame);
    written.push(...more.written);
    if (more.text !== "" || more.written.length > 0) yield { kind: "text", ...more };
    if (task.frames) yield { kind: "frame", frame: frameOf(frame) };
    last = frame;
  }
  const { step: steps, passes, reason, canvas: filled } = last!;
  const open = canvas.length - promptTokens;
  yield {
    kind: "done",
    result: {
      text: (given?.text ?? "") + text.text,
      promptTokens,
      tokens: told.end === canvas.length ? open - (canvas.length - filled.length) : open,
      passes: passes + beginning.passes,
      steps,
      ending: endingOf(reason, text),
      ...(task.alternatives === undefined ? {} : { written }),
    },
  };
}

/** What ends a text early. */
function stopsOf(
  { passes }: Task,
  {
    beginning: { canvas, endIds, told },
    strings,
    tokenizer: { decode },
  }: { beginning: Beginning; strings: readonly string[]; tokenizer: Tokenizer },
): Stop[] {
  // Where given text follows, all of the hole is filled, and a stop string only cuts what is told.
  const open = told.end === canvas.length;
  return [
    ...(open ? [endOfText(endIds)] : []),
    ...(open && strings.length > 0 ? [stopStrings({ strings, decode })] : []),
    ...(passes === undefined ? [] : [maxPasses(passes)]),
  ];
}

function endingOf(reason: Reason | undefined, text: SettledText): Ending {
  if (text.stopped || reason === "stopped") return "stop";
  return reason === "steps" ? "passes" : "length";
}

/** The given text of a continuation, with what the model thinks of it where that is wanted. */
async function echoed(
  writer: Writer,
  { start, alternatives }: Task,
  { canvas, told }: Beginning,
): Promise<{ text: string; written: readonly WrittenToken[] }> {
  if (start.kind !== "continue")
    throw new UnmaskError(
      "usage",
      `echo: is for a text that is continued, got one to ${start.kind}`,
    );
  const prompt = canvas.subarray(0, told.start);
  const written = alternatives === undefined ? [] : await writer.given(prompt, alternatives);
  return { text: writer.tokenizer.decode(prompt), written };
}
