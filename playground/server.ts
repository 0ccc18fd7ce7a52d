/**
 * The server behind the page: the models it has, and texts while they are written.
 *
 * @module
 */
import { UnmaskError } from "../src/errors.ts";
import type { Sampling, TextFrame } from "../src/generate/task.ts";
import { eventData } from "../src/remote/event-stream.ts";
import type { ErrorReply, TextLogprobs, Told } from "../src/serve/http/replies.ts";

/** A model as the server tells of it. */
export interface Model {
  readonly id: string;
  readonly unmask: {
    readonly system: string;
    readonly infills: boolean;
    readonly chats: boolean;
    readonly length: number;
  };
}

/** A text to have written: a route, and the fields of its request. */
export interface Request {
  readonly path: "v1/completions" | "v1/chat/completions" | "v1/infill" | "v1/edits";
  readonly body: object;
}

/** Characters that one event of a stream may have. */
const longestEvent = 2 ** 25;

const keyName = "unmask-key";

/** Keeps an API key until the tab is closed. */
export const keepKey = (key: string): void => window.sessionStorage.setItem(keyName, key);

/** The models that may be asked. */
export async function listModels(): Promise<readonly Model[]> {
  const response = await send("v1/models");
  const { data } = (await response.json()) as { data: readonly Model[] };
  return data;
}

/** A model by name and system. */
export const titleOf = ({ id, unmask: { system } }: Model): string =>
  id === system ? id : `${id} (${system})`;

/** Sampling as the fields of a request. */
export const samplingFields = (sampling: Sampling): object => ({
  steps: sampling.steps,
  rule: sampling.rule === "" ? undefined : sampling.rule,
  block_length: sampling.block,
  temperature: sampling.temperature,
  guidance: sampling.guidance,
});

/** A chunk of a stream of steps, of which this is read. */
interface Chunk {
  readonly error?: ErrorReply["error"];
  readonly choices?: readonly {
    readonly unmask?: Told | Omit<TextFrame, "text">;
    readonly logprobs?: TextLogprobs | null;
  }[];
}

/** What a text took. */
export interface Ended extends Told {
  /** For each token, in the order of the text, where they were asked for: the likeliest ones. */
  readonly likeliest: readonly Likeliest[];
}

/** Tokens by their text, with ln p. */
export type Likeliest = Readonly<Record<string, number>>;

/**
 * Has a text written and tells each step of it; returns what it took.
 *
 * @throws UnmaskError "usage" for what the server refuses, "unavailable" when it can't be reached or fails
 */
export async function* write(
  { path, body }: Request,
  signal: AbortSignal,
): AsyncGenerator<Omit<TextFrame, "text">, Ended> {
  const response = await send(path, { ...body, stream: true, diffusing: true }, signal);
  let ended: Ended | undefined;
  for await (const data of eventData(bytesOf(response), longestEvent)) {
    if (data === "[DONE]") break;
    const { error, choices } = JSON.parse(data) as Chunk;
    if (error !== undefined) throw new UnmaskError("unavailable", error.message);
    const { unmask, logprobs } = choices?.[0] ?? {};
    if (unmask === undefined) continue;
    if ("pieces" in unmask) yield unmask;
    else ended = { ...unmask, likeliest: (logprobs?.top_logprobs ?? []).map((row) => row ?? {}) };
  }
  if (ended === undefined)
    throw new UnmaskError("unavailable", "the server ended the text before it was finished");
  return ended;
}

async function send(path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  const key = window.sessionStorage.getItem(keyName);
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(key !== null && { authorization: `Bearer ${key}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: signal ?? null,
  }).catch((cause: unknown) => {
    if (signal?.aborted === true) throw cause;
    throw new UnmaskError("unavailable", "the server can't be reached; is unmask serve running?", {
      cause,
    });
  });
  if (response.ok) return response;
  const said = (await response.json().catch(() => undefined)) as Partial<ErrorReply> | undefined;
  const message = said?.error?.message ?? `the server answers with status ${response.status}`;
  const isRefusal = response.status < 500 && response.status !== 429;
  if (response.status === 401) throw new UnmaskError("missing", message);
  throw new UnmaskError(isRefusal ? "usage" : "unavailable", message);
}

async function* bytesOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body!.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}
