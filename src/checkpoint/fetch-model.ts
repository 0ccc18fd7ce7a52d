/**
 * A model folder at an address.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { readOwnModel, sourceOfBytes } from "./model-contents.ts";
import type { ModelContents, ModelSource } from "./model-contents.ts";

/**
 * Fetches a model of ours from wherever its folder is served; its weights are at hand afterwards.
 *
 * @param address of the folder, in a page relative to it: `models/book`
 * @throws UnmaskError "missing" where there is no model, "unavailable" where the address can't be reached,
 * "corrupt" for damaged files; the signal's reason when it is aborted
 * @example
 * ```ts
 * const model = await openModel(await fetchModel("models/book"), { name: "book", runtime: await wasmRuntime() });
 * ```
 */
export const fetchModel = (
  address: string | URL,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ModelContents> => readOwnModel(sourceAt(address, options));

/** The files of a model folder at an address, fetched as they are read. */
export function sourceAt(
  address: string | URL,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): ModelSource {
  const folder = String(address).replace(/\/*$/, "");
  const at = (name: string): string => `${folder}/${name}`;
  return sourceOfBytes(folder, (name) => fetchFile(at(name), signal), at);
}

async function fetchFile(
  address: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  try {
    const response = await fetch(address, { signal: signal ?? null });
    if (response.status === 404) return undefined;
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    throw unavailable(address, `got status ${response.status}`);
  } catch (cause) {
    signal?.throwIfAborted();
    if (UnmaskError.is(cause)) throw cause;
    throw unavailable(address, "it can't be reached", cause);
  }
}

const unavailable = (address: string, why: string, cause?: unknown): UnmaskError =>
  new UnmaskError("unavailable", `${address}: needed a file, ${why}; try again`, { cause });
