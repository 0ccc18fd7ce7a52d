/**
 * Carries a task out: from what somebody wants written to what they are told, event by event.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { Frame, Reason } from "../sample/frame.ts";
import { sample } from "../sample/sample.ts";
import { endOfText, maxPasses, stopStrings } from "../sample/stop.ts";
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
export async function* write(
  model: UsableModel,
  task: Task,
  signal: AbortSignal,
): AsyncGenerator<TaskEvent, void, undefined> {
  const { tokenizer } = model;
  const beginning = await beginTask(model, task, signal);
  const { canvas, told } = beginning;
  const promptTokens = canvas.filter((token) => token !== tokenizer.maskId).length;
  yield { kind: "begun", promptTokens };

  const written: WrittenToken[] = [];
  const given = task.echo ? await echoed(model, task, beginning) : undefined;
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
  for await (const frame of framesOf(model, task, { beginning, strings, signal })) {
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

/** The sampling of a task. */
function framesOf(
  model: UsableModel,
  { sampling, seed, alternatives, passes }: Task,
  options: { beginning: Beginning; strings: readonly string[]; signal: AbortSignal },
): AsyncIterable<Frame> {
  const { beginning, strings, signal } = options;
  const { canvas, revise, endIds, told } = beginning;
  // Where given text follows, all of the hole is filled, and a stop string only cuts what is told.
  const open = told.end === canvas.length;
  const { decode } = model.tokenizer;
  return sample({
    ...samplingOptions(model, sampling, { seed, index: 0, canvas, revise }),
    stop: [
      ...(open ? [endOfText(endIds)] : []),
      ...(open && strings.length > 0 ? [stopStrings({ strings, decode })] : []),
      ...(passes === undefined ? [] : [maxPasses(passes)]),
    ],
    // A choice of nothing is still a choice: the written token's own probability.
    alternatives: alternatives === undefined || alternatives === 0 ? undefined : alternatives,
    signal,
  });
}

function endingOf(reason: Reason | undefined, text: SettledText): Ending {
  if (text.stopped || reason === "stopped") return "stop";
  return reason === "steps" ? "passes" : "length";
}

/** The given text of a continuation, with what the model thinks of it where that is wanted. */
async function echoed(
  model: UsableModel,
  { start, alternatives }: Task,
  { canvas, told }: Beginning,
): Promise<{ text: string; written: readonly WrittenToken[] }> {
  if (start.kind !== "continue")
    throw new UnmaskError(
      "usage",
      `echo: is for a text that is continued, got one to ${start.kind}`,
    );
  const prompt = canvas.subarray(0, told.start);
  const written = alternatives === undefined ? [] : await givenTokens(model, prompt, alternatives);
  return { text: model.tokenizer.decode(prompt), written };
}
