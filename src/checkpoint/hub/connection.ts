/**
 * Requests to a model hub: with a time limit for everything, and again after what may pass.
 *
 * What may pass (a lost connection, a busy server, silence) is *returned* as a {@link Setback}, so that
 * its caller can try again; what will not is thrown.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { UnmaskError } from "../../errors.ts";
import { isBusy, reasonOf, retryAfter } from "./http.ts";

/** How long to wait for what, in milliseconds. */
export interface Patience {
  /** For an answer to begin. */
  readonly answer: number;
  /** For the next bytes of an answer. */
  readonly bytes: number;
  /** Before each further try, as long as none gets further than the one before. */
  readonly pauses: readonly number[];
}

export interface HubConnection {
  /** Address without a slash at its end: `https://huggingface.co`. */
  readonly url: string;
  /** Sent to this hub alone, never to the servers that it sends us on to. */
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
  /** Told of every setback and of the pause after it, in milliseconds. */
  readonly note?: (setback: string, pause: number) => void;
  readonly patience: Patience;
}

export const patience: Patience = {
  answer: 30_000,
  bytes: 60_000,
  pauses: [1000, 2000, 4000, 8000, 16_000],
};

/** A failure that may pass. */
export interface Setback {
  readonly error: UnmaskError;
  /** Milliseconds that the server asks us to wait. */
  readonly pause?: number | undefined;
}

export const isSetback = (value: unknown): value is Setback =>
  typeof value === "object" && value !== null && "error" in value && UnmaskError.is(value.error);

/** The beginning of an answer; of a refusal, its status and headers are all there is. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The rest, as it comes in; returns a setback if it is cut. Whoever stops early closes the connection. */
  chunks(): AsyncGenerator<Uint8Array, Setback | undefined>;
}

/**
 * Asks once. Redirections are followed.
 *
 * @returns any answer that is not a setback, whatever its status
 */
export async function ask(
  connection: HubConnection,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer | Setback> {
  const { signal, token, patience: limits } = connection;
  signal.throwIfAborted();
  const own = new URL(url).origin === new URL(connection.url).origin;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limits.answer);
  try {
    const response = await fetch(url, {
      // A compressed body has no places to go on from.
      headers: {
        "accept-encoding": "identity",
        ...headers,
        // Fetch drops it by itself when it is redirected to another origin.
        ...(own && token !== undefined ? { authorization: `Bearer ${token}` } : {}),
      },
      signal: AbortSignal.any([signal, stop.signal]),
    });
    if (isBusy(response.status)) {
      stop.abort();
      return busy(connection, response);
    }
    const { status, headers: answered } = response;
    if (status >= 400) stop.abort(); // Nobody wants to read it.
    return { status, headers: answered, chunks: () => chunksOf(connection, response, stop) };
  } catch (cause) {
    signal.throwIfAborted();
    const silent = stop.signal.aborted ? `no answer for ${limits.answer / 1000} s` : undefined;
    return lost(connection, silent ?? reasonOf(cause), cause);
  } finally {
    clearTimeout(timer);
  }
}

async function* chunksOf(
  connection: HubConnection,
  response: Response,
  stop: AbortController,
): AsyncGenerator<Uint8Array, Setback | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return undefined;
  const { signal, patience: limits } = connection;
  try {
    for (;;) {
      const timer = setTimeout(() => stop.abort(), limits.bytes);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return undefined;
      yield value;
    }
  } catch (cause) {
    signal.throwIfAborted();
    const silent = stop.signal.aborted ? `nothing came for ${limits.bytes / 1000} s` : undefined;
    return lost(connection, silent ?? reasonOf(cause), cause);
  } finally {
    stop.abort();
  }
}

/**
 * Waits for the next try, or gives up.
 *
 * @param tries how many tries have failed since one got further
 * @throws UnmaskError the setback's, if there have been enough
 */
export async function pauseAfter(
  { error, pause = 0 }: Setback,
  tries: number,
  { patience: { pauses }, note, signal }: HubConnection,
): Promise<void> {
  const own = pauses[tries - 1];
  if (own === undefined) throw error;
  const wait = Math.max(own, Math.min(pause, 60_000));
  note?.(error.message, wait);
  await sleep(wait, undefined, { signal });
}

function busy({ url }: HubConnection, { status, headers }: Response): Setback {
  const what = status === 429 ? "asks to be asked less often" : "is out of order";
  return {
    error: new UnmaskError(
      "unavailable",
      `${url}: the server ${what} (status ${status}); try again later`,
    ),
    pause: retryAfter(headers),
  };
}

const lost = ({ url }: HubConnection, reason: string, cause: unknown): Setback => ({
  error: new UnmaskError(
    "unavailable",
    `${url}: ${reason}; check the network, and --hub or HF_ENDPOINT`,
    { cause },
  ),
});
