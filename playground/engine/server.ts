/**
 * The server behind the page: the models it has, and texts while they are written.
 *
 * @module
 */
import { UnmaskError } from "../../src/errors.ts";
import type { TextFrame } from "../../src/generate/task.ts";
import { eventData } from "../../src/remote/event-stream.ts";
import { samplingFields, waysOf } from "../../src/remote/ways.ts";
import type { ErrorReply, TextLogprobs, Told } from "../../src/serve/http/replies.ts";
import type { Ended, Engine, Model, Request, Step } from "./engine.ts";

/** Characters that one event of a stream may have. */
const longestEvent = 2 ** 25;

const keyName = "unmask-key";

/** Keeps an API key until the tab is closed. */
export const keepKey = (key: string): void => window.sessionStorage.setItem(keyName, key);

/** An `unmask serve` that the page comes from. */
export const serverEngine: Engine = { models, write };

async function models(): Promise<readonly Model[]> {
  const response = await send("v1/models");
  const { data } = (await response.json()) as {
    data: readonly { readonly id: string; readonly unmask: Omit<Model, "id"> }[];
  };
  return data.map(({ id, unmask }) => ({ id, ...unmask }));
}

/** A chunk of a stream of steps, of which this is read. */
interface Chunk {
  readonly error?: ErrorReply["error"];
  readonly choices?: readonly {
    readonly unmask?: Told | Omit<TextFrame, "text">;
    readonly logprobs?: TextLogprobs | null;
  }[];
}

async function* write(
  { model, start, sampling, seed, alternatives }: Request,
  signal: AbortSignal,
): AsyncGenerator<Step, Ended> {
  // A server of ours knows the best way of all.
  const { path, fields } = waysOf(start)[0]!;
  const asked = { ...samplingFields(sampling, seed), logprobs: alternatives };
  const body = { model, ...fields, ...asked, stream: true, diffusing: true };
  const response = await send(`v1${path}`, body, signal);
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

/**
 * Asks the server, with the key that the tab keeps.
 *
 * @param body of a POST; without one it is a GET
 * @throws UnmaskError "missing" where it wants a key, "usage" for what it refuses, "unavailable" when it can't be reached or
 * fails; the signal's reason when it is aborted
 */
export async function send(path: string, body?: object, signal?: AbortSignal): Promise<Response> {
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
