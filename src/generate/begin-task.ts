/**
 * From what somebody wants written to the canvas that is filled.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { canvasWithHoles, openCanvas, parseHoles } from "../sample/canvas.ts";
import type { Segment, Span } from "../sample/canvas.ts";
import { reopenDoubtful, reopenShare, reopenSpans } from "../sample/edit.ts";
import { chooseLengths } from "../sample/infill.ts";
import { sample } from "../sample/sample.ts";
import { randomKey, randomStream, splitKey } from "../tensor/random.ts";
import { answerEnd, encodePrompt, promptWriter } from "../text/chat-template.ts";
import { nextTurn } from "../text/index.ts";
import { doubtsOf } from "./doubts.ts";
import { needBothSides, promptTokens } from "./model.ts";
import type { UsableModel } from "./model.ts";
import { samplingOptions } from "./sampling.ts";
import type { Start, Task } from "./task.ts";

/** What is given and what is open, and where the text ends. */
export interface Beginning {
  /** Token ids; open places hold the mask. */
  readonly canvas: Int32Array;
  /** Places whose tokens are given, but may be rewritten. Default: none. */
  readonly revise?: Int32Array | undefined;
  /** The places that are told as the written text: without the prompt, or all of an infilled text. */
  readonly told: Span;
  /** What ends the text. */
  readonly endIds: readonly number[];
  /** Strings that end it, beside those that were asked for. */
  readonly strings: readonly string[];
  /** Whether white space at both ends belongs to the form, not to the text. */
  readonly trims: boolean;
  /** Forward passes that it took to get here. */
  readonly passes: number;
}

/** Places that one canvas may leave open. */
const mostOpen = 65_536;

/**
 * Refuses a canvas before it is made. Any length that fits is written: models see a window of it at a
 * time.
 */
function checkOpen(places: number): void {
  if (places <= mostOpen) return;
  throw new UnmaskError(
    "usage",
    `sample: a canvas must have at most ${mostOpen} open places, got ${places}; use smaller holes`,
  );
}

/** What a beginning may depend on, beside the text. */
export type TaskOfBeginning = Pick<Task, "start" | "sampling" | "seed">;

/**
 * Makes the canvas of a task.
 *
 * @throws UnmaskError "usage" for what makes no sense, or not for this model
 */
export function beginTask(
  model: UsableModel,
  task: TaskOfBeginning,
  signal?: AbortSignal,
): Promise<Beginning> {
  const { start } = task;
  switch (start.kind) {
    case "continue":
      return Promise.resolve(continuation(model, start));
    case "answer":
      return Promise.resolve(answer(model, start));
    case "between":
      return holes(model, between(start), { task, longest: start.length, signal, told: "hole" });
    case "fill":
      return holes(model, parseHoles(start.text), {
        task,
        longest: start.longest,
        signal,
        told: "all",
      });
    case "edit":
      return edited(model, start, task.seed, signal);
    case "revise":
      return Promise.resolve(revised(model, start));
  }
}

type StartOf<K extends Start["kind"]> = Extract<Start, { kind: K }>;

function continuation(model: UsableModel, { prompt, length }: StartOf<"continue">): Beginning {
  const { tokenizer } = model;
  const given = typeof prompt === "string" ? promptTokens(model, prompt) : Int32Array.from(prompt);
  return behind(model, given, { length, endIds: tokenizer.endIds, strings: [], trims: false });
}

function answer(model: UsableModel, { messages, length }: StartOf<"answer">): Beginning {
  const { tokenizer, chatTemplate } = model;
  const write = promptWriter(chatTemplate);
  const given = encodePrompt(tokenizer, write, messages);
  // An answer ends as a text does, or with the token that the template writes behind it.
  const end = answerEnd(tokenizer, write);
  return behind(model, given, {
    length,
    endIds: end === undefined ? tokenizer.endIds : [...tokenizer.endIds, end],
    // Plain text has no mark of its own for the end of a turn.
    strings: chatTemplate === undefined ? [nextTurn] : [],
    trims: true,
  });
}

/** Open places behind given ones. */
export function behind(
  { tokenizer: { maskId } }: Pick<UsableModel, "tokenizer">,
  prompt: Int32Array,
  { length, ...ends }: { length: number } & Pick<Beginning, "endIds" | "strings" | "trims">,
): Beginning {
  checkOpen(length);
  const canvas = openCanvas({ prompt, length, maskId });
  return { canvas, told: { start: prompt.length, end: canvas.length }, passes: 0, ...ends };
}

/** A hole between two texts, either of which may be empty. */
function between({ before, after, length }: StartOf<"between">): Segment[] {
  const text = (piece: string): Segment[] => (piece === "" ? [] : [{ kind: "text", text: piece }]);
  return [...text(before), { kind: "hole", length }, ...text(after)];
}

/** A text with holes; those of unknown length are tried first. */
async function holes(
  model: UsableModel,
  segments: readonly Segment[],
  options: {
    task: TaskOfBeginning;
    longest: number;
    signal?: AbortSignal | undefined;
    told: "hole" | "all";
  },
): Promise<Beginning> {
  const { task, longest, signal, told } = options;
  const { encode, maskId, endIds } = model.tokenizer;
  needBothSides("infill", "a hole", model);
  const lengths = segments.map((part) => (part.kind === "hole" ? (part.length ?? 1) : 0));
  checkOpen(lengths.reduce((sum, places) => sum + places, 0));
  const unknown = segments.some((part) => part.kind === "hole" && part.length === undefined);
  const chosen = unknown
    ? await chooseLengths({
        segments,
        encode,
        maskId,
        candidates: candidateLengths(longest),
        start: (canvas) =>
          sample({
            ...samplingOptions(model, task.sampling, { seed: task.seed, index: 0, canvas }),
            signal,
          }),
      })
    : { lengths: [], attempts: [] };
  const canvas = canvasWithHoles({ text: segments, encode, maskId, lengths: chosen.lengths });
  const first = canvas.indexOf(maskId);
  return {
    canvas,
    told:
      told === "hole"
        ? { start: first, end: canvas.lastIndexOf(maskId) + 1 }
        : { start: 0, end: canvas.length },
    endIds,
    strings: [],
    trims: false,
    passes: chosen.attempts.reduce((sum, { frames }) => sum + (frames.at(-1)?.passes ?? 0), 0),
  };
}

/** Lengths to try for a hole of the model's choice: every small one, then ever fewer. */
function candidateLengths(most: number): number[] {
  const lengths = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128].filter((n) => n < most);
  return [...lengths, most];
}

/** A text of which any token may be rewritten. */
function revised(model: UsableModel, { text }: StartOf<"revise">): Beginning {
  const canvas = finishedText(model, text);
  checkOpen(canvas.length);
  return {
    canvas,
    revise: Int32Array.from(canvas.keys()),
    told: { start: 0, end: canvas.length },
    // A finished text doesn't end where a rule puts an end into it.
    endIds: [],
    strings: [],
    trims: false,
    passes: 0,
  };
}

/** The tokens of a text to edit. */
function finishedText(model: UsableModel, text: string): Int32Array {
  needBothSides("edit", "a place", model);
  const tokens = model.tokenizer.encode(text);
  if (tokens.length === 0) throw new UnmaskError("usage", "edit: needs a text, got an empty one");
  return tokens;
}

async function edited(
  model: UsableModel,
  { text, opened }: StartOf<"edit">,
  seed: number,
  signal?: AbortSignal,
): Promise<Beginning> {
  const { encode, maskId, endIds } = model.tokenizer;
  const tokens = finishedText(model, text);
  let [canvas, passes] = [tokens, 0];
  if (typeof opened === "number") {
    const random = randomStream(splitKey(randomKey(seed), "edit"));
    canvas = reopenShare(text, opened, { encode, maskId, random });
  } else if ("doubts" in opened) {
    checkOpen(tokens.length);
    const share = opened.doubts;
    const doubts = await doubtsOf(model, tokens, { share, signal });
    canvas = reopenDoubtful(tokens, doubts.probabilities, { share, maskId });
    passes = doubts.passes;
  } else canvas = reopenSpans(text, opened, { encode, maskId });
  checkOpen(canvas.filter((token) => token === maskId).length);
  const told = { start: 0, end: canvas.length };
  return { canvas, told, endIds, strings: [], trims: false, passes };
}
