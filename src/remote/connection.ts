/**
 * Requests to an API: with a time limit for everything, again after what may pass, and with a key that
 * reaches nobody but the server that was named.
 *
 * @module
 */
import { isBusy, reasonOf, retryAfter } from "../checkpoint/hub/http.ts";
import { UnmaskError } from "../errors.ts";

/** How long to wait for what, in milliseconds. */
export interface Patience {
  /** For an answer to begin, and for the next bytes of it. */
  readonly silence: number;
  /** For a whole answer. */
  readonly whole: number;
  /** Before each further try; each is shortened at random by up to a half. */
  readonly pauses: readonly number[];
  /** The longest pause that a server may ask for. */
  readonly longestPause: number;
}

export const patience: Patience = {
  // Node's own fetch waits no longer than this.
  silence: 300_000,
  whole: 3_600_000,
  pauses: [500, 1000, 2000, 4000],
  longestPause: 120_000,
};

export interface Key {
  readonly value: string;
  /** The environment variable that holds it. */
  readonly from: string;
}

export interface Connection {
  /** Of the API, without a slash at its end: `https://host/v1`. */
  readonly url: string;
  readonly key?: Key | undefined;
  readonly signal: AbortSignal;
  /** Told of what goes wrong and will be tried again. */
  readonly note?: ((text: string) => void) | undefined;
  readonly patience: Patience;
}

/** The beginning of an answer. Whoever has it reads it, by one of its two functions. */
export interface Answer {
  readonly path: string;
  /** The media type, in lower case: `text/event-stream`. */
  readonly type: string;
  /** Whoever stops early closes the connection. */
  chunks(): AsyncGenerator<Uint8Array>;
  text(): Promise<string>;
}

/** What a server said instead of doing it. */
export interface Refusal {
  readonly path: string;
  readonly status: number;
  /** In the server's words, cut short; may be empty. */
  readonly message: string;
  /** The code of OpenAI's error shape: `model_not_found`. */
  readonly code: string | undefined;
}

export const isRefusal = (value: Answer | Refusal): value is Refusal => "status" in value;

/** A failure that may pass. */
interface Setback {
  readonly error: UnmaskError;
  /** Milliseconds that the server asks us to wait. */
  readonly pause?: number | undefined;
}

/**
 * Asks: with a body by POST, else by GET.
 *
 * @param path behind the connection's address: `/models`
 * @throws UnmaskError "unavailable" when there is no server, or none that answers
 */
export async function ask(
  connection: Connection,
  path: string,
  body?: object,
): Promise<Answer | Refusal> {
  for (let tries = 1; ; tries++) {
    const outcome = await askOnce(connection, path, body);
    if (!("error" in outcome)) return outcome;
    await pauseAfter(outcome, tries, connection);
  }
}

async function askOnce(
  connection: Connection,
  path: string,
  body: object | undefined,
): Promise<Answer | Refusal | Setback> {
  const { signal, patience: limits } = connection;
  signal.throwIfAborted();
  const watch = watchdog(limits, signal);
  let response: Response;
  try {
    watch.listen();
    response = await fetchHere(connection, path, body, watch.signal);
  } catch (cause) {
    watch.end();
    signal.throwIfAborted();
    if (UnmaskError.is(cause)) throw cause;
    // A server that was silent once for minutes is not asked again.
    if (watch.expired() !== undefined) throw lost(connection, watch.expired()!, cause);
    return { error: lost(connection, reasonOf(cause), cause) };
  }
  const answer = answerOf(connection, path, response, watch);
  if (response.ok) return answer;
  const refusal = await refusalOf(connection, response.status, answer);
  // 501 is said of what an API lacks, which waiting doesn't bring.
  if (!isBusy(response.status) || response.status === 501) return refusal;
  const error = busy(connection, refusal);
  // Set by servers of OpenAI's kind where it would take as long again.
  if (response.headers.get("x-should-retry") === "false") throw error;
  return { error, pause: retryAfter(response.headers) };
}

/** Redirections are followed within the server: neither key nor text goes to another one. */
async function fetchHere(
  { url: base, key }: Connection,
  path: string,
  body: object | undefined,
  signal: AbortSignal,
): Promise<Response> {
  let url = new URL(base + path);
  for (let hops = 0; hops < 5; hops++) {
    const response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        accept: "application/json, text/event-stream",
        ...(body && { "content-type": "application/json" }),
        ...(key && { authorization: `Bearer ${key.value}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      redirect: "manual",
      signal,
    });
    const location = response.headers.get("location");
    if (![301, 302, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, url);
    if (next.origin !== url.origin)
      throw new UnmaskError(
        "unavailable",
        `${base}: the server sends us on to ${next.origin}, which gets neither the text nor the key; ` +
          `if that is the right one, name it in --model`,
      );
    url = next;
  }
  throw new UnmaskError("unavailable", `${base}: the server sends us round in circles`);
}

function answerOf(
  connection: Connection,
  path: string,
  response: Response,
  watch: Watchdog,
): Answer {
  const type = (response.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const reader = response.body?.getReader();
    try {
      for (;;) {
        watch.listen();
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        watch.rest();
        if (done) return;
        yield value;
      }
    } catch (cause) {
      connection.signal.throwIfAborted();
      throw cutOff(connection, watch.expired() ?? reasonOf(cause), cause);
    } finally {
      watch.end();
    }
  }
  return {
    path,
    type,
    chunks,
    async text() {
      const decoder = new TextDecoder();
      let text = "";
      for await (const bytes of chunks()) {
        text += decoder.decode(bytes, { stream: true });
        if (text.length > mostText) throw cutOff(connection, "it is endless");
      }
      return text + decoder.decode();
    },
  };
}

/** Characters of an answer, and of an event: more is no answer to anything that is asked here. */
export const mostText = 2 ** 26;

/** The error for an answer whose end never came. */
export const cutOff = (
  { url }: Pick<Connection, "url">,
  why: string,
  cause?: unknown,
): UnmaskError =>
  new UnmaskError("unavailable", `${url}: the answer broke off: ${why}; try again`, { cause });

/** Reads what a server says is wrong: OpenAI's shape, its relatives, or plain text. */
async function refusalOf(connection: Connection, status: number, answer: Answer): Promise<Refusal> {
  // Why a refusal can't be read is of no interest beside the refusal.
  const text = await answer.text().catch(() => "");
  connection.signal.throwIfAborted();
  const { message, code } = errorIn(text);
  return { path: answer.path, status, message: quoted(message, connection), code };
}

/** What a server calls an error: `{ error: { message, code } }`, `{ error }`, `{ message }`, `{ detail }`. */
export function errorIn(text: string): { message: string; code: string | undefined } {
  const plain = { message: text.trimStart().startsWith("<") ? "" : text, code: undefined };
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return plain;
  }
  const field = (of: unknown, name: string): unknown =>
    typeof of === "object" && of !== null && name in of
      ? (of as Record<string, unknown>)[name]
      : undefined;
  const inner = field(content, "error");
  const candidates = [inner, field(inner, "message"), field(content, "message")];
  const found = [...candidates, field(content, "detail")].find((one) => typeof one === "string");
  const code = field(inner, "code") ?? field(content, "code");
  return {
    message: typeof found === "string" ? found : plain.message,
    code: typeof code === "string" ? code : undefined,
  };
}

/** A server's words for a message of ours: short, in one line, and without the key. */
export function quoted(text: string, { key }: Pick<Connection, "key">): string {
  const open = key === undefined ? text : text.replaceAll(key.value, "***");
  const line = open.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

/** Waits for the next try, or gives up. */
async function pauseAfter(
  { error, pause = 0 }: Setback,
  tries: number,
  { patience: { pauses, longestPause }, note, signal }: Connection,
): Promise<void> {
  const own = pauses[tries - 1];
  if (own === undefined || pause > longestPause) throw error;
  // Clients that failed together should not come back together.
  const wait = Math.max(own * (1 - random() / 2), pause);
  note?.(`${error.message}; trying again in ${(wait / 1000).toFixed(1)} s`);
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, wait);
    signal.addEventListener("abort", stop, { once: true });
  });
}

const random = (): number => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;

function busy({ url }: Connection, { status, message }: Refusal): UnmaskError {
  const what = status === 429 ? "asks to be asked less often" : "is out of order";
  const words = message === "" ? "" : `: ${message}`;
  return new UnmaskError("unavailable", `${url}: the server ${what} (status ${status}${words})`);
}

const lost = ({ url }: Connection, reason: string, cause: unknown): UnmaskError =>
  new UnmaskError(
    "unavailable",
    `${url}: ${reason}; is the address right, and the server running?`,
    {
      cause,
    },
  );

/** Limits of one request: for silence, and for the whole. */
interface Watchdog {
  readonly signal: AbortSignal;
  /** From now on something must come. */
  listen(): void;
  /** Until `listen` nothing need come. */
  rest(): void;
  /** Closes the connection, if it is still open. */
  end(): void;
  /** Which limit has passed, in words. */
  expired(): string | undefined;
}

function watchdog({ silence, whole }: Patience, signal: AbortSignal): Watchdog {
  const stop = new AbortController();
  let why: string | undefined;
  const expire = (reason: string) => () => {
    why = reason;
    stop.abort();
  };
  const total = setTimeout(expire(`it took longer than ${whole / 1000} s`), whole);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const rest = (): void => clearTimeout(timer);
  return {
    signal: AbortSignal.any([signal, stop.signal]),
    listen() {
      rest();
      timer = setTimeout(expire(`nothing came for ${silence / 1000} s`), silence);
    },
    rest,
    end() {
      rest();
      clearTimeout(total);
      stop.abort();
    },
    expired: () => why,
  };
}
