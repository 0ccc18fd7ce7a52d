/**
 * Where a remote model is: `http(s)://host/v1#name`.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";

export interface RemoteAddress {
  /** Of the API, without a slash at its end: `https://host/v1`. */
  readonly url: string;
  /** What the server calls the model; undefined: the only one that it has. */
  readonly model: string | undefined;
}

/** Whether `--model` names a server and not a folder. */
export const isRemote = (model: string): boolean => /^https?:\/\//i.test(model);

/**
 * Takes an address apart.
 *
 * @throws UnmaskError "usage"
 * @example
 * ```ts
 * remoteAddress("http://127.0.0.1:8080/v1#book"); // { url: "http://127.0.0.1:8080/v1", model: "book" }
 * ```
 */
export function remoteAddress(text: string): RemoteAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // A password would be shown by every message that names the server.
  const bare = url?.username === "" && url.password === "" && url.search === "";
  if (url === undefined || !bare || !isRemote(text))
    throw new UnmaskError(
      "usage",
      `model: an address must be http(s)://host/v1#name, without user, password or query, got ` +
        `"${text.replace(/\/\/[^/]*@/, "//***@")}"`,
    );
  const name = url.hash.slice(1);
  return {
    url: url.origin + url.pathname.replace(/\/+$/, ""),
    model: name === "" ? undefined : decoded(name),
  };
}

/** Names may hold anything, a lone % included. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
