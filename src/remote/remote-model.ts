/**
 * A model behind any OpenAI-compatible server: it is given tasks, as a model on this machine is.
 *
 * @module
 */
import { UnmaskError, unknownName } from "../errors.ts";
import type { Piece, Task } from "../generate/task.ts";
import type { RemoteAddress } from "./address.ts";
import { ask, cutOff, isRefusal, mostText } from "./connection.ts";
import type { Answer, Connection, Refusal } from "./connection.ts";
import { eventData } from "./event-stream.ts";
import { streamReader } from "./frames.ts";
import type { RemoteFrame, StreamState } from "./frames.ts";
import { noWay, samplingFields, waysOf } from "./ways.ts";
import type { Way } from "./ways.ts";
import { chunk, completion, models, parse, readJson, textOf } from "./wire.ts";

/** One text to write; without a seed the server takes one of its own. */
export type RemoteTask = Pick<Task, "start" | "sampling" | "frames"> & {
  readonly seed?: number | undefined;
};

/** What was written; what a server doesn't tell is undefined. */
export interface RemoteText {
  /** The whole text, with what was given before and after it. */
  readonly text: string;
  /** Why it ended, in the server's words: `stop`, `length`. */
  readonly reason: string | undefined;
  /** The one that gives this text again. */
  readonly seed: number | undefined;
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
  /** Forward passes. */
  readonly passes: number | undefined;
  readonly steps: number | undefined;
}

/** `done` is the last. */
export type RemoteEvent =
  | { readonly kind: "frame"; readonly frame: RemoteFrame }
  | { readonly kind: "done"; readonly result: RemoteText };

export interface RemoteModel {
  /** What the server calls it. */
  readonly name: string;
  readonly connection: Connection;
  /**
   * Has a text written. Frames come with `frames`, from servers that send any.
   *
   * @throws UnmaskError "usage" for what the server refuses, "missing" for what it doesn't offer,
   * "unavailable" when it can't be reached or falls silent, "corrupt" for answers of no such API
   */
  write(task: RemoteTask): AsyncGenerator<RemoteEvent>;
  /** The error for a refused request; undefined when the server knows no such path. */
  explain(refusal: Refusal): Promise<UnmaskError | undefined>;
}

/**
 * A model at an address. A name is believed; without one the server is asked for its only model.
 *
 * @param more fields of each request for a text, in place of others of the same name
 * @example
 * ```ts
 * const model = await remoteModel(remoteAddress("http://127.0.0.1:8080/v1#book"), connection);
 * const { text } = await finishText(model.write({ start, sampling: {}, frames: false }));
 * ```
 */
export async function remoteModel(
  { model }: RemoteAddress,
  connection: Connection,
  more: object = {},
): Promise<RemoteModel> {
  const { url } = connection;
  const name = model ?? (await onlyModel(connection));
  const missing = new Set<string>();
  const noted = new Set<string>();

  const explain = async (refusal: Refusal): Promise<UnmaskError | undefined> => {
    const { status, message, code } = refusal;
    const words = message === "" ? "" : `: ${message}`;
    if (status === 401 || status === 403) return keyRefused(connection, status, words);
    if (status !== 404 && status !== 405 && status !== 501)
      return new UnmaskError(
        "usage",
        `${url}: the server refuses the request (status ${status}${words})`,
      );
    const names = await modelNames(connection);
    if (names === undefined ? code === "model_not_found" : !names.includes(name))
      return noModel(url, name, names ?? []);
    return undefined;
  };

  const take = async (way: Way, task: RemoteTask): Promise<Answer | Refusal> => {
    const sampling = samplingFields(task.sampling, task.seed);
    const plain = { model: name, ...way.fields, ...sampling, ...more };
    if (!task.frames) return ask(connection, way.path, plain);
    const stream = { ...plain, stream: true };
    const asked = { stream_options: { include_usage: true }, diffusing: true };
    const answer = await ask(connection, way.path, { ...stream, ...asked });
    // A strict server refuses fields that it doesn't know.
    const strict =
      isRefusal(answer) && /diffusing|stream_options|include_usage|extra/i.test(answer.message);
    return strict ? ask(connection, way.path, stream) : answer;
  };

  /** The first way that the server knows. */
  const begin = async (task: RemoteTask): Promise<{ way: Way; answer: Answer }> => {
    const ways = waysOf(task.start);
    for (const way of ways) {
      // Two ways may share a path and differ in their fields; only a path can be missing.
      if (missing.has(way.path)) continue;
      const answer = await take(way, task);
      if (!isRefusal(answer)) {
        if (way.note !== undefined && !noted.has(way.note)) connection.note?.(way.note);
        if (way.note !== undefined) noted.add(way.note);
        return { way, answer };
      }
      const error = await explain(answer);
      if (error !== undefined) throw error;
      missing.add(way.path);
    }
    const paths = [...new Set(ways.map(({ path }) => path))].join(", ") || "request for it";
    throw new UnmaskError("missing", `${url}: the server has no ${paths}; ${noWay(task.start)}`);
  };

  return {
    name,
    connection,
    explain,
    async *write(task) {
      const { way, answer } = await begin(task);
      if (answer.type !== "text/event-stream") {
        const { choices, usage } = await readJson(connection, answer, completion);
        const [choice] = choices;
        if (choice === undefined)
          throw new UnmaskError("corrupt", `${url}: needed a text of the server, got none`);
        const text = textOf(choice) ?? "";
        const reason = choice.finish_reason ?? undefined;
        const { unmask } = choice;
        const told = unmask && "seed" in unmask ? unmask : undefined;
        yield { kind: "done", result: resultOf(way, { text, reason, told, usage }) };
        return;
      }
      const reader = streamReader(task.frames);
      let ended = false;
      for await (const data of eventData(answer.chunks(), mostText)) {
        if ((ended = data === "[DONE]")) break;
        const frame = reader.read(parse(connection, data, chunk));
        if (frame !== undefined) yield { kind: "frame", frame: within(way, frame) };
      }
      const state = reader.state();
      if (!ended && state.reason === undefined)
        throw cutOff(connection, `the stream ended after ${state.text.length} characters`);
      yield { kind: "done", result: resultOf(way, state) };
    },
  };
}

/** Runs a text to its end. */
export async function finishText(
  events: AsyncIterable<RemoteEvent>,
  show?: (frame: RemoteFrame) => void,
): Promise<RemoteText> {
  for await (const event of events) {
    if (event.kind === "done") return event.result;
    show?.(event.frame);
  }
  throw new Error("finishText: a text without an end");
}

/** A frame with what was given around it. */
function within({ before, after }: Way, frame: RemoteFrame): RemoteFrame {
  const given = (text: string): Piece[] => {
    const places = Array.from(text).length;
    return places === 0 ? [] : [{ text, places, open: false, changed: false, confidence: 1 }];
  };
  return {
    ...frame,
    text: before + frame.text + after,
    pieces: [...given(before), ...frame.pieces, ...given(after)],
  };
}

function resultOf({ before, after }: Way, { text, reason, told, usage }: StreamState): RemoteText {
  return {
    text: before + text + after,
    reason,
    seed: told?.seed,
    promptTokens: usage?.prompt_tokens ?? undefined,
    completionTokens: usage?.completion_tokens ?? undefined,
    passes: usage?.forward_passes ?? told?.passes,
    steps: told?.steps,
  };
}

/** The names of a server's models, where it tells them. */
async function modelNames(connection: Connection): Promise<string[] | undefined> {
  const answer = await ask(connection, "/models");
  if (isRefusal(answer)) return undefined;
  try {
    return (await readJson(connection, answer, models)).data.map(({ id }) => id);
  } catch (error) {
    if (UnmaskError.is(error) && error.code === "corrupt") return undefined;
    throw error;
  }
}

async function onlyModel(connection: Connection): Promise<string> {
  const { url } = connection;
  const answer = await ask(connection, "/models");
  if (isRefusal(answer)) {
    const { status, message } = answer;
    if (status === 401 || status === 403)
      throw keyRefused(connection, status, message === "" ? "" : `: ${message}`);
    throw new UnmaskError("usage", `${url}: needs the model's name behind a #: ${url}#name`);
  }
  const { data } = await readJson(connection, answer, models);
  const names = data.map(({ id }) => id);
  if (names.length === 1) return names[0]!;
  throw new UnmaskError(
    "usage",
    `${url}: needs the model's name behind a #, ${url}#name; it has: ${names.join(", ") || "none"}`,
  );
}

function noModel(url: string, name: string, names: readonly string[]): UnmaskError {
  const few = names.length > 0 && names.length <= 30;
  const all = names.length === 0 ? "" : `; it has ${names.length}, ${url}/models lists them`;
  const what = few ? unknownName("model", name, names).message : `unknown model "${name}"${all}`;
  return new UnmaskError("missing", `${url}: ${what}`);
}

function keyRefused({ url, key }: Connection, status: number, words: string): UnmaskError {
  const remedy =
    key === undefined
      ? "it wants a key, put it into UNMASK_API_KEY"
      : `it doesn't take the key in ${key.from}`;
  return new UnmaskError("unavailable", `${url}: ${remedy} (status ${status}${words})`);
}
