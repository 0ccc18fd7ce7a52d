/**
 * What everything that asks other machines over HTTP has to know: which answers may be better next
 * time, and what fetch's errors mean.
 *
 * @module
 */

/** Whether a server may answer otherwise in a while: 408, 429, 5xx. */
export const isBusy = (status: number): boolean =>
  status === 408 || status === 429 || status >= 500;

/** Milliseconds after which a server wants to be asked again (seconds or a date), where it says so. */
export function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const wait = /^\s*\d+(\.\d+)?\s*$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no such server",
  EAI_AGAIN: "the server's name can't be looked up",
  ECONNREFUSED: "the server takes no connection",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the connection was cut",
  ETIMEDOUT: "the server can't be reached",
  UND_ERR_CONNECT_TIMEOUT: "the server can't be reached",
  ENETUNREACH: "there is no network",
  UND_ERR_HEADERS_TIMEOUT: "no answer for 300 s",
  UND_ERR_BODY_TIMEOUT: "nothing came for 300 s",
};

/** What fetch's error means: the system's own code is somewhere down its causes. */
export function reasonOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const found = "code" in cause ? reasons[String(cause.code)] : undefined;
    if (found !== undefined) return found;
    if (!(cause.cause instanceof Error)) return `the connection failed (${cause.message})`;
  }
  return "the connection failed";
}
