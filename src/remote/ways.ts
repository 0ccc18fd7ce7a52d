/**
 * Which requests ask a server for a text: the first way that it knows is taken.
 *
 * @module
 */
import type { Opened, Sampling, Start } from "../generate/task.ts";
import { parseHoles } from "../sample/canvas.ts";
import type { Segment } from "../sample/canvas.ts";

/** A request that may be what a server offers. */
export interface Way {
  readonly path: string;
  readonly fields: object;
  /** Given text around what the server writes: it sends back only the latter. */
  readonly before: string;
  readonly after: string;
  /** What to say when this way had to be taken. */
  readonly note?: string;
}

/** The ways to have a text written, the best one first. */
export function waysOf(start: Start): readonly Way[] {
  switch (start.kind) {
    case "continue": {
      const { prompt, length } = start;
      const before = typeof prompt === "string" ? prompt : "";
      const complete = way("/completions", { prompt, max_tokens: length }, before);
      // Nothing is no message.
      return before === "" ? [complete] : [complete, { ...chat(before, length), note: chatNote }];
    }
    case "answer":
      return [way("/chat/completions", { messages: start.messages, max_tokens: start.length })];
    case "between":
      return between(start.before, start.after, start.length);
    case "fill": {
      const { text, longest } = start;
      return [way("/infill", { text, max_hole: longest }), ...middle(parseHoles(text), longest)];
    }
    case "edit":
      return [way("/edits", { text: start.text, ...openedFields(start.opened) })];
    case "revise":
      return [];
  }
}

function openedFields(opened: Opened): object {
  if (typeof opened === "number") return { strength: opened };
  if ("doubts" in opened) return opened;
  return { spans: opened.map(({ start, end }) => [start, end]) };
}

function way(path: string, fields: object, before = "", after = ""): Way {
  return { path, fields, before, after };
}

const chatNote = "the server only chats: the prompt is a message, and the text an answer to it";

const chat = (message: string, length: number): Way =>
  way("/chat/completions", {
    messages: [{ role: "user", content: message }],
    max_tokens: length,
  });

/** Fill-in-the-middle: a path of its own with Mistral and Inception, a field with OpenAI. */
function between(prompt: string, suffix: string, length: number): readonly Way[] {
  const fields = { prompt, suffix, max_tokens: length };
  return ["/fim/completions", "/completions"].map((path) => way(path, fields, prompt, suffix));
}

/** One hole with text on both sides is a middle. */
function middle(segments: readonly Segment[], longest: number): readonly Way[] {
  const [before, hole, after] = segments;
  if (segments.length !== 3 || before?.kind !== "text" || after?.kind !== "text") return [];
  return between(before.text, after.text, (hole?.kind === "hole" && hole.length) || longest);
}

/** What to say where a server knows none of them. */
export function noWay({ kind }: Start): string {
  switch (kind) {
    case "continue":
      return "it may only chat: then give it a prompt. The address of an API mostly ends in /v1";
    case "answer":
      return "the address of an API mostly ends in /v1";
    case "between":
    case "fill":
      return (
        "a server of unmask fills any holes; others that fill the middle do it for one hole with text " +
        "on both sides"
      );
    case "edit":
      return "a server of unmask edits; or cut a hole and use infill";
    case "revise":
      return "none revises a text; use --doubts, or --revise with a model's folder";
  }
}

/** What options are called in requests. Those of diffusion are ours; servers ignore or refuse what they don't know. */
const fieldOf: Readonly<Record<keyof Sampling, string>> = {
  steps: "steps",
  rule: "rule",
  block: "block_length",
  temperature: "temperature",
  topK: "top_k",
  topP: "top_p",
  minP: "min_p",
  repetitionPenalty: "repetition_penalty",
  noRepeat: "no_repeat_ngram_size",
  guidance: "guidance",
};

/** The fields of what was asked for; what was not is undefined, which JSON leaves out. */
export function samplingFields(sampling: Sampling, seed: number | undefined): object {
  const fields: Record<string, unknown> = { seed };
  for (const [name, field] of Object.entries(fieldOf))
    fields[field] = sampling[name as keyof Sampling];
  return fields;
}
