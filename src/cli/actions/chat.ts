/**
 * A conversation: each message is answered by filling a canvas that begins with all that was said.
 *
 * @module
 */
import { printable } from "../../report/terminal.ts";
import { finish } from "../../sample/frame.ts";
import type { Frame } from "../../sample/frame.ts";
import { sample } from "../../sample/sample.ts";
import { cutText, endOfText, stopStrings } from "../../sample/stop.ts";
import type { Message } from "../../text/index.ts";
import { beginTask } from "../../generate/begin-task.ts";
import type { UsableModel } from "../../generate/model.ts";
import { samplingOptions } from "../../generate/sampling.ts";
import type { Sampling } from "../../generate/task.ts";
import { watchFrames } from "./watch-frames.ts";
import { lengthNote, summary, titleOf } from "./write-texts.ts";
import type { BaseContext } from "../verb.ts";

export interface Chat {
  readonly model: UsableModel;
  readonly seed: number;
  /** What the user says, or commands. */
  readonly lines: AsyncIterable<string>;
  readonly values: Sampling & {
    /** Tokens that an answer may have. */
    readonly length: number;
    readonly watch: boolean;
    /** A message of the system, before all others. */
    readonly system?: string | undefined;
    /** The first message of the user, before the lines. */
    readonly prompt?: string | undefined;
  };
}

/** A message of the assistant, as `--json` tells it. */
export interface Answer extends Message {
  readonly role: "assistant";
  readonly tokens: number[];
  readonly steps: number;
  readonly passes: number;
  readonly reason: string;
}

export interface Conversation {
  readonly model: string;
  readonly seed: number;
  readonly seconds: number;
  readonly messages: readonly (Message | Answer)[];
}

const help = [
  "A line is a message; an empty line or ctrl-D ends the conversation.",
  "/reset  begins a new one",
  "/help   shows this",
].join("\n");

/** A conversation with a model on this machine. */
export async function chat(context: BaseContext, options: Chat): Promise<Conversation> {
  const { model, seed } = options;
  const talk = { ...options, answer: answerer(context, options) };
  const { messages, answers, seconds } = await converse(context, talk);
  if (answers.length > 0)
    context.note(
      summary(
        answers.map(({ passes }) => passes),
        seconds,
        seed,
      ),
    );
  return { model: model.name, seed, seconds, messages };
}

/** Answers line by line, until they end or one is empty. */
export async function converse<A extends Message>(
  { note }: Pick<BaseContext, "note">,
  {
    lines,
    values,
    answer,
  }: Pick<Chat, "lines"> & {
    readonly values: Pick<Chat["values"], "system" | "prompt">;
    /** Writes and shows the answer number `index` to what was said. */
    readonly answer: (messages: readonly Message[], index: number) => Promise<A>;
  },
): Promise<{ messages: readonly (Message | A)[]; answers: readonly A[]; seconds: number }> {
  const begin: readonly Message[] =
    values.system === undefined ? [] : [{ role: "system", content: values.system }];
  let messages: readonly (Message | A)[] = begin;
  const answers: A[] = [];
  let seconds = 0;

  for await (const line of withFirst(values.prompt, lines)) {
    if (line.trim() === "") break;
    const command = /^\/([a-z]+)\s*$/.exec(line)?.[1];
    if (command === "reset") {
      messages = begin;
      note("a new conversation");
    } else if (command !== undefined) {
      note(command === "help" ? help : `no command /${command}\n${help}`);
    } else {
      const asked: readonly Message[] = [...messages, { role: "user", content: line }];
      const started = performance.now();
      const given = await answer(asked, answers.length);
      seconds += (performance.now() - started) / 1000;
      answers.push(given);
      messages = [...asked, given];
    }
  }
  return { messages, answers, seconds };
}

/** A function that writes and shows the answer to a conversation. */
function answerer(context: BaseContext, { model, seed, values }: Chat) {
  const { tokenizer } = model;
  const { terminal, signal } = context;
  const { decode } = tokenizer;
  let warned = false;
  return async (messages: readonly Message[], index: number): Promise<Answer> => {
    const start = { kind: "answer", messages, length: values.length } as const;
    const beginning = await beginTask(model, { start, sampling: values, seed });
    const { canvas, endIds, strings, told } = beginning;
    const stop = [
      endOfText(endIds),
      ...(strings.length > 0 ? [stopStrings({ strings, decode })] : []),
    ];
    const long = warned ? undefined : lengthNote(canvas, model);
    if (long !== undefined) context.note(long);
    warned ||= long !== undefined;
    const frames = behind(
      told.start,
      sample({ ...samplingOptions(model, values, { seed, index, canvas }), stop, signal }),
    );
    const watching = { terminal, title: titleOf(model), vocabulary: { ...tokenizer, endIds } };
    const last = await (values.watch ? watchFrames(frames, watching) : finish(frames));
    const content = cutText(decode(last.canvas), strings).trim();
    if (!values.watch) context.out(printable(content));
    const { canvas: tokens, step, passes, reason = "filled" } = last;
    return { role: "assistant", content, tokens: [...tokens], steps: step, passes, reason };
  };
}

/** Frames of what stands behind the first `start` places: an answer without its prompt. */
async function* behind(start: number, frames: AsyncIterable<Frame>): AsyncGenerator<Frame> {
  for await (const frame of frames)
    yield {
      ...frame,
      canvas: frame.canvas.subarray(start),
      settled: frame.settled - start,
      changed: frame.changed.map((change) => ({ ...change, place: change.place - start })),
    };
}

async function* withFirst(
  first: string | undefined,
  lines: AsyncIterable<string>,
): AsyncGenerator<string> {
  if (first !== undefined) yield first;
  yield* lines;
}
