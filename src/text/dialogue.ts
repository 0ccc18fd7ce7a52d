/**
 * Dialogues: lines of a file to fine-tune on, and the plain text that a model reads of them.
 *
 * A line is `{"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content":
 * "4"}]}`. Models without a template of their own read it as
 *
 * ```
 * User: 2 + 2?
 * Assistant: 4
 * ```
 *
 * Or it is a single turn whose text stands as it is, `{"prompt": "2 + 2 =", "completion": " 4"}`.
 *
 * Nothing in a prompt is a special token, so that a prompt can be typed.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { excerpt, jsonObject } from "./corpus.ts";

/** Who speaks, and what the template calls them. */
const speakers = { system: "System", user: "User", assistant: "Assistant" } as const;

export type Role = keyof typeof speakers;

/** What one of them says. */
export interface Message {
  readonly role: Role;
  readonly content: string;
}

/** One answer of the assistant, and everything before it. Together they are the text. */
export interface Turn {
  readonly prompt: string;
  readonly answer: string;
}

/**
 * The answers of a dialogue, each behind all that was said before it: a dialogue of n answers is n
 * examples, as in LLaDA (Nie et al. 2025, section 2.3).
 *
 * @example
 * ```ts
 * turnsOf([{ role: "user", content: "2 + 2?" }, { role: "assistant", content: "4" }]);
 * // [{ prompt: "User: 2 + 2?\nAssistant:", answer: " 4" }]
 * ```
 */
export function turnsOf(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  let before = "";
  for (const { role, content } of messages) {
    const prompt = `${before}${speakers[role]}:`;
    const answer = ` ${content}`;
    if (role === "assistant") turns.push({ prompt, answer });
    before = `${prompt}${answer}\n`;
  }
  return turns;
}

/** The whole of a dialogue as the template writes it. */
export const dialogueText = (messages: readonly Message[]): string =>
  messages.map(({ role, content }) => `${speakers[role]}: ${content}`).join("\n");

export interface PromptOptions {
  /** The last message is the assistant's, and to be continued. Default: a new answer begins. */
  readonly continueAnswer?: boolean | undefined;
}

/**
 * The prompt of the next answer, as {@link turnsOf} writes it for training.
 *
 * @example
 * ```ts
 * dialoguePrompt([{ role: "user", content: "2 + 2?" }]); // "User: 2 + 2?\nAssistant:"
 * ```
 */
export function dialoguePrompt(
  messages: readonly Message[],
  { continueAnswer = false }: PromptOptions = {},
): string {
  const text = dialogueText(messages);
  if (continueAnswer) return text;
  return `${text}${text === "" ? "" : "\n"}${speakers.assistant}:`;
}

/** What plain text writes where an answer is over and the user speaks again. */
export const nextTurn = `\n${speakers.user}:`;

/** Whether a line of a .jsonl file is that of a dialogue, and not of a text. */
export function isDialogue(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && (hasMessages(value) || isPair(value));
  } catch {
    return false;
  }
}

const hasMessages = (value: object): boolean => Object.hasOwn(value, "messages");
const isPair = (value: object): boolean =>
  Object.hasOwn(value, "prompt") && Object.hasOwn(value, "completion");

/**
 * What there is to learn from one line of a .jsonl file, at least one turn; `undefined` for a blank line.
 *
 * @param where file and line for errors, `chat.jsonl:12`
 * @throws UnmaskError "corrupt" for a line that is no dialogue, or has no answer to learn from.
 * @example
 * ```ts
 * parseTurns('{"prompt": "2 + 2 =", "completion": " 4"}', "sums.jsonl:1");
 * // [{ prompt: "2 + 2 =", answer: " 4" }]
 * ```
 */
export function parseTurns(line: string, where: string): readonly Turn[] | undefined {
  if (line.trim() === "") return undefined;
  const wrong: Wrong = (what) => new UnmaskError("corrupt", `corpus: ${where}: ${what}`);
  const value = jsonObject(line, where);
  if (hasMessages(value)) return turnsOf(parseMessages(value["messages"], wrong));
  if (isPair(value)) return [parsePair(value, wrong)];
  throw wrong(
    `needs a field "messages", or "prompt" and "completion", as the lines before it, got the fields ` +
      Object.keys(value).join(", "),
  );
}

type Wrong = (what: string) => UnmaskError;

function parsePair({ prompt, completion }: Readonly<Record<string, unknown>>, wrong: Wrong): Turn {
  if (typeof prompt !== "string") throw wrong(`prompt must be a text, got ${excerpt(prompt)}`);
  if (typeof completion !== "string" || completion === "")
    throw wrong(`completion must be a text, got ${excerpt(completion)}`);
  return { prompt, answer: completion };
}

function parseMessages(list: unknown, wrong: Wrong): readonly Message[] {
  if (!Array.isArray(list)) throw wrong(`messages must be a list, got ${excerpt(list)}`);
  const messages = list.map((item: unknown, i) => parseMessage(item, i, wrong));
  if (!messages.some(({ role }) => role === "assistant"))
    throw wrong(
      `needs a message of the assistant to learn from, got ` +
        (messages.map(({ role }) => role).join(", ") || "no messages"),
    );
  return messages;
}

function parseMessage(item: unknown, index: number, wrong: Wrong): Message {
  const name = `messages[${index}]`;
  if (typeof item !== "object" || item === null)
    throw wrong(`${name} must be {"role": ..., "content": ...}, got ${excerpt(item)}`);
  const { role, content } = item as Partial<Record<string, unknown>>;
  if (typeof role !== "string" || !Object.hasOwn(speakers, role))
    throw wrong(
      `${name}.role must be one of ${Object.keys(speakers).join(", ")}, got ${excerpt(role)}`,
    );
  if (role === "system" && index > 0)
    throw wrong(`${name}: the message of the system must come first`);
  if (typeof content !== "string" || content.trim() === "")
    throw wrong(`${name}.content must be a text, got ${excerpt(content)}`);
  return { role: role as Role, content };
}
