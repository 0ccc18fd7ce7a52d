/**
 * An engine without a model: it writes what a script says, as slowly and as badly as the script wants, and
 * keeps count of its places.
 */
import { parseHoles } from "../../src/sample/canvas.ts";
import { engineError } from "../../src/serve/engine/engine.ts";
import type { Engine, EngineTotals, ServedModel } from "../../src/serve/engine/engine.ts";
import type { Task, TaskEvent, TextFrame, WrittenToken } from "../../src/generate/task.ts";

export interface Script {
  /** What it writes: texts, or bytes for tokens that hold part of a character. */
  readonly tokens: readonly (string | readonly number[])[];
  /** Waited for before each token, and before the end. */
  readonly wait?: ((index: number) => Promise<unknown> | undefined) | undefined;
  /** Thrown instead of token number `at`; at -1 instead of being taken up. */
  readonly fail?: { readonly at: number; readonly error: Error } | undefined;
}

export interface ScriptedEngine extends Engine {
  /** Every task that came, in order. */
  readonly tasks: Task[];
  /** How many are being carried out now. */
  readonly running: () => number;
  /** Events that readers have taken. */
  readonly taken: () => number;
  readonly closed: () => boolean;
}

export const scriptedModel: ServedModel = {
  id: "tiny",
  created: 1_700_000_000,
  system: "mdlm",
  infills: true,
  paced: true,
  chats: false,
  length: 128,
  vocabulary: 50_000,
  state: "ready",
  active: 0,
  waiting: 0,
};

const story = [" The", " cat", " sat", " on", " the", " 방석", " and", " played", " 🧶", "."];

/** The story, told from another place for another seed. */
export const usualScript = ({ seed }: Task): Script => {
  const from = seed % story.length;
  return { tokens: [...story.slice(from), ...story.slice(0, from)] };
};

const split = (text: string): string[] => text.match(/\s*\S+|\s+$/gu) ?? [];

const bytesOf = (token: string | readonly number[]): readonly number[] =>
  typeof token === "string" ? [...new TextEncoder().encode(token)] : token;
const textOf = (bytes: readonly number[]): string =>
  new TextDecoder().decode(Uint8Array.from(bytes));

function written(text: string, logProb: number | null, alternatives: number): WrittenToken {
  const likeliest = [
    { text, logProb: -0.25 },
    { text: " dog", logProb: -2.5 },
    { text: " unheard", logProb: -Infinity },
  ];
  return { text, logProb, alternatives: likeliest.slice(0, alternatives) };
}

export function scriptedEngine({
  models = [scriptedModel],
  script = usualScript,
}: {
  readonly models?: readonly ServedModel[];
  readonly script?: (task: Task) => Script;
} = {}): ScriptedEngine {
  const tasks: Task[] = [];
  const total = { finished: 0, failed: 0, cancelled: 0, refused: 0, promptTokens: 0, tokens: 0 };
  let running = 0;
  let taken = 0;
  let closed = false;

  async function* run(model: string, task: Task, signal: AbortSignal): AsyncGenerator<TaskEvent> {
    tasks.push(task);
    if (closed) throw engineError("closing", "the server is shutting down");
    if (models.every(({ id }) => id !== model))
      throw engineError("unknown-model", `there is no model "${model}"`);
    const said = script(task);
    if (said.fail?.at === -1) {
      total.refused++;
      throw said.fail.error;
    }
    running++;
    try {
      for await (const event of events(task, said, signal)) {
        taken++;
        yield event;
        if (event.kind === "done") {
          total.finished++;
          total.promptTokens += event.result.promptTokens;
          total.tokens += event.result.tokens;
        }
      }
    } catch (error) {
      if (signal.aborted) total.cancelled++;
      else total.failed++;
      throw error;
    } finally {
      running--;
    }
  }

  return {
    tasks,
    running: () => running,
    taken: () => taken,
    closed: () => closed,
    models: () => models.map((model) => ({ ...model, active: running })),
    run,
    totals: (): EngineTotals => ({
      ...total,
      tasks: tasks.length,
      passes: total.tokens,
      restarts: 0,
    }),
    async close(seconds) {
      closed = true;
      const end = Date.now() + seconds * 1000;
      while (running > 0 && Date.now() < end) await new Promise((done) => setTimeout(done, 5));
    },
  };
}

async function* events(task: Task, script: Script, signal: AbortSignal): AsyncGenerator<TaskEvent> {
  const { start, stop, alternatives, frames, echo } = task;
  const given = givenText(task);
  const promptTokens =
    start.kind === "continue" && typeof start.prompt !== "string"
      ? start.prompt.length
      : split(given).length;
  yield { kind: "begun", promptTokens };
  const told: WrittenToken[] = [];
  let text = "";
  const tell = function* (more: string, tokens: readonly WrittenToken[]): Generator<TaskEvent> {
    text += more;
    told.push(...tokens);
    yield { kind: "text", text: more, written: alternatives === undefined ? [] : tokens };
  };
  if (echo)
    yield* tell(
      given,
      split(given).map((token, i) => written(token, i === 0 ? null : -1, alternatives ?? 0)),
    );

  const length = lengthOf(task);
  const tokens = script.tokens.slice(0, length);
  const decoder = new TextDecoder();
  let steps = 0;
  let held: WrittenToken[] = [];
  let stopped = script.tokens.length < length;
  const before = text;
  for (const [index, token] of tokens.entries()) {
    if (script.fail?.at === index) throw script.fail.error;
    await within(signal, script.wait?.(index));
    steps++;
    if (frames) yield { kind: "frame", frame: frameOf(tokens, steps) };
    const more = decoder.decode(Uint8Array.from(bytesOf(token)), { stream: true });
    held.push(written(more, -0.25, alternatives ?? 0));
    if (more === "") continue;
    const all = text + more;
    const cut = stop.map((each) => all.indexOf(each, before.length)).filter((at) => at >= 0);
    if (cut.length > 0) {
      yield* tell(all.slice(text.length, Math.max(text.length, Math.min(...cut))), held);
      text = all.slice(0, Math.min(...cut));
      stopped = true;
      break;
    }
    yield* tell(more, held);
    held = [];
  }
  await within(signal, script.wait?.(tokens.length));
  if (script.fail?.at === tokens.length) throw script.fail.error;
  const whole = start.kind === "fill" || start.kind === "edit" ? given : "";
  if (whole !== "") yield* tell(whole, []);
  yield {
    kind: "done",
    result: {
      text,
      promptTokens,
      tokens: steps,
      passes: steps,
      steps,
      ending: stopped ? "stop" : "length",
      ...(alternatives !== undefined && { written: told }),
    },
  };
}

/** What is given: the prompt, or, for holes and edits, the text with its places filled by "█". */
function givenText({ start }: Task): string {
  switch (start.kind) {
    case "continue":
      return typeof start.prompt === "string" ? start.prompt : `<${start.prompt.join(",")}>`;
    case "answer":
      return start.messages.map(({ role, content }) => `${role}: ${content}`).join("\n");
    case "between":
      return `${start.before}${start.after}`;
    case "fill":
      return parseHoles(start.text)
        .map((part) =>
          part.kind === "text" ? part.text : "█".repeat(part.length ?? start.longest),
        )
        .join("");
    case "edit":
      if (typeof start.opened === "number" || "doubts" in start.opened) return start.text;
      return start.opened.reduce(
        (text, { start: from, end }) =>
          text.slice(0, from) + "█".repeat(end - from) + text.slice(end),
        start.text,
      );
    case "revise":
      return start.text;
    default:
      return start satisfies never;
  }
}

const lengthOf = ({ start }: Task): number => ("length" in start ? start.length : 0);

/** The last tokens are decided first, as only diffusion can. */
function frameOf(tokens: readonly (string | readonly number[])[], step: number): TextFrame {
  const open = tokens.length - step;
  const decided = textOf(tokens.slice(open).flatMap(bytesOf));
  const pieces = [
    { text: "", places: open, open: true, changed: false, confidence: 0 },
    { text: decided, places: step, open: false, changed: true, confidence: 0.8 },
  ];
  return {
    step,
    passes: step,
    open,
    text: "░".repeat(open) + decided,
    pieces: pieces.filter(({ places }) => places > 0),
  };
}

/** Waits, but not longer than the signal lets it. */
async function within(signal: AbortSignal, wait: Promise<unknown> | undefined): Promise<void> {
  signal.throwIfAborted();
  if (wait === undefined) return;
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    await Promise.race([wait, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
