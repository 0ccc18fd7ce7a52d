/**
 * Chat templates: how a published model reads a conversation, as a small program in Jinja's language.
 *
 * ```
 * {% for message in messages %}<|im_start|>{{ message.role }}
 * {{ message.content }}<|im_end|>
 * {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
 * {% endif %}
 * ```
 *
 * A template comes with a checkpoint and is not trusted. It reaches nothing but the messages: the
 * interpreter has no files and no network. Loops and macros are counted, so that it ends; what it
 * writes is bounded.
 *
 * @module
 */
import { Template as Jinja } from "@huggingface/jinja";
import { UnmaskError } from "../errors.ts";
import { shownMessage } from "../shown.ts";
import { dialoguePrompt } from "./dialogue.ts";
import type { Message, PromptOptions } from "./dialogue.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A template and what it may write, plain data. */
export interface ChatTemplate {
  readonly template: string;
  /** The spelling of what begins a text, `bos_token` of the template. */
  readonly bosToken?: string | undefined;
  /** The spelling of what ends a text, `eos_token` of the template. */
  readonly eosToken?: string | undefined;
  /** How errors name it. Default: `chat template`. */
  readonly name?: string | undefined;
}

/** Writes the prompt of the next answer of a conversation. */
export type WritePrompt = (messages: readonly Message[], options?: PromptOptions) => string;

// Templates in use have a few thousand characters, and go through the messages a few times.
const longestTemplate = 2 ** 18;
const mostTurns = 2 ** 17;
const longestRange = 2 ** 12;
const longestPrompt = 2 ** 24;

/**
 * Reads a template.
 *
 * @throws UnmaskError "corrupt" for a template that cannot be read; what it returns throws "usage" for
 * a conversation that the template does not take, and for one that takes it too long.
 * @example
 * ```ts
 * const write = chatTemplate({ template });
 * write([{ role: "user", content: "2 + 2?" }]);
 * // "<|im_start|>user\n2 + 2?<|im_end|>\n<|im_start|>assistant\n"
 * ```
 */
export function chatTemplate(source: ChatTemplate): WritePrompt {
  const { template, bosToken = "", eosToken = "", name = "chat template" } = source;
  if (template.length > longestTemplate)
    throw new UnmaskError(
      "corrupt",
      `${name}: must have at most ${longestTemplate} characters, got ${template.length}; it is no template`,
    );
  const jinja = reading(name, () => counted(new Jinja(template)));
  return (messages, { continueAnswer = false } = {}) => {
    const last = messages.at(-1);
    if (continueAnswer && last?.role !== "assistant")
      throw new UnmaskError(
        "usage",
        `${name}: the last message must be the assistant's to go on with, got ${last?.role ?? "none"}`,
      );
    const shown = continueAnswer ? [...messages.slice(0, -1), markEnd(last!)] : messages;
    let turns = 0;
    const text = writing(name, () =>
      jinja.render({
        messages: shown,
        add_generation_prompt: !continueAnswer,
        bos_token: bosToken,
        eos_token: eosToken,
        // Templates ask whether these are none, and nothing there is not none.
        tools: null,
        documents: null,
        [turnName]: () => {
          if ((turns += 1) > mostTurns)
            throw new Error(`more than ${mostTurns} turns of its loops`);
          return "";
        },
        [rangeName]: boundedRange,
      }),
    );
    if (text.length > longestPrompt)
      throw refused(name, `it writes ${text.length} characters, more than ${longestPrompt}`);
    if (!continueAnswer) return text;
    const end = text.lastIndexOf(endMark);
    if (end < 0) throw refused(name, "it does not write the answer that is to be continued");
    return text.slice(0, end);
  };
}

/**
 * The ids of a prompt. Special tokens are those that the template writes: what is spelled like one in
 * a message stays ordinary text (see `Tokenizer.encodeTemplate`). The template sees the messages
 * themselves, so it may trim or split them, and is encoded together with them, as its model was
 * trained.
 */
export function encodePrompt(
  tokenizer: Pick<Tokenizer, "encode" | "encodeTemplate">,
  write: WritePrompt,
  messages: readonly Message[],
  options?: PromptOptions,
): Int32Array {
  const { encode, encodeTemplate } = tokenizer;
  if (encodeTemplate === undefined) return encode(write(messages, options));
  return encodeTemplate((plain) =>
    write(
      messages.map(({ role, content }) => ({ role, content: plain(content) })),
      options,
    ),
  );
}

/**
 * The id of the special token that a template writes behind an answer, if there is one: `<|im_end|>`
 * of Qwen, `<|eot_id|>` of Llama 3 and LLaDA. Configs do not always list it among the ends of a text.
 */
export function answerEnd(
  tokenizer: Pick<Tokenizer, "encodeTemplate" | "decode">,
  write: WritePrompt,
): number | undefined {
  const question: Message = { role: "user", content: "?" };
  const answer = markEnd({ role: "assistant", content: "!" });
  try {
    const [, behind] = write([question, answer, question]).split(endMark);
    const first = tokenizer.encodeTemplate?.(behind ?? "")[0];
    return first !== undefined && tokenizer.decode([first]) === "" ? first : undefined;
  } catch (error) {
    // A template may refuse this very conversation; then it says nothing of its end.
    if (UnmaskError.is(error)) return undefined;
    throw error;
  }
}

/** How to write prompts for a model: by its template, or as the project's own dialogues are written. */
export function promptWriter(template: ChatTemplate | undefined): WritePrompt {
  return template === undefined ? dialoguePrompt : chatTemplate(template);
}

/** Unicode's second noncharacter; the first guards spellings (`huggingface.ts`). */
const endMark = "\uFDD1";

const markEnd = ({ role, content }: Message): Message => ({
  role,
  content: `${content.replaceAll(endMark, "\uFFFD")}${endMark}`,
});

// No template can spell names with a space, so none can set them or call them.
const turnName = "one turn";
const rangeName = "bounded range";

/** Python's `range`, for as many numbers as there are messages in a very long conversation. */
function boundedRange(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= longestRange)) throw new Error(`a range of more than ${longestRange} numbers`);
  return Array.from({ length }, (_, index) => start + index * step);
}

/**
 * The template with a call at the beginning of each body that may run again, and with a range of its
 * own. (The interpreter lets nobody else replace its globals.)
 */
function counted(template: Jinja): Jinja {
  const program: unknown = template.parsed;
  const call = renamed(new Jinja("{{ f() }}"), turnName);
  const range = renamed(new Jinja("{% set range = f %}"), rangeName);
  for (const node of nodesOf(program))
    if (node["type"] === "For" || node["type"] === "Macro" || node["type"] === "CallStatement")
      (node["body"] as unknown[]).unshift(...call);
  (program as { body: unknown[] }).body.unshift(...range);
  return template;
}

/** The statements of a template, with another name in place of `f`. */
function renamed(template: Jinja, name: string): readonly unknown[] {
  const program: unknown = template.parsed;
  for (const node of nodesOf(program)) if (node["value"] === "f") node["value"] = name;
  return (program as { body: unknown[] }).body;
}

/** All nodes of a syntax tree, collected before any is changed. */
function nodesOf(root: unknown): Record<string, unknown>[] {
  const nodes: Record<string, unknown>[] = [];
  const queue = [root];
  for (const value of queue) {
    if (typeof value !== "object" || value === null) continue;
    if (!Array.isArray(value)) nodes.push(value as Record<string, unknown>);
    for (const child of Object.values(value)) queue.push(child);
  }
  return nodes;
}

function reading<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new UnmaskError(
      "corrupt",
      `${name}: must be a template in Jinja's language, got one that cannot be read: ${reasonOf(cause)}; ` +
        `repair it, or remove it to chat in plain text`,
      { cause },
    );
  }
}

function writing<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw refused(name, reasonOf(cause), cause);
  }
}

function refused(name: string, reason: string, cause?: unknown): UnmaskError {
  return new UnmaskError("usage", `${name}: does not take this conversation: ${reason}`, { cause });
}

const reasonOf = (cause: unknown): string =>
  shownMessage(cause instanceof Error ? cause.message : String(cause));
