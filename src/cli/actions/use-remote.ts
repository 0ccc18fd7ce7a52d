/**
 * `--model http(s)://host/v1#name` and its environment as a remote model.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import type { Environment } from "../../report/terminal.ts";
import { remoteAddress } from "../../remote/address.ts";
import { patience } from "../../remote/connection.ts";
import type { Key, Patience } from "../../remote/connection.ts";
import { remoteModel } from "../../remote/remote-model.ts";
import type { RemoteModel } from "../../remote/remote-model.ts";
import { flagOf } from "../flag.ts";
import type { BaseContext } from "../verb.ts";

export interface RemoteValues {
  readonly model: string;
  /** More fields of each request, as JSON. */
  readonly fields?: string | undefined;
}

/** The model at an address. */
export async function useRemote(
  { model, fields }: RemoteValues,
  { env, signal, note }: Pick<BaseContext, "env" | "signal" | "note">,
): Promise<RemoteModel> {
  const address = remoteAddress(model);
  const more = fields === undefined ? {} : readFields(fields);
  const key = keyOf(env);
  if (key !== undefined && isOpen(new URL(address.url)))
    note(`${address.url}: the key in ${key.from} travels without encryption`);
  const connection = { url: address.url, key, signal, note, patience: patienceOf(env) };
  return remoteModel(address, connection, more);
}

function readFields(text: string): object {
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields === "object" && fields !== null && !Array.isArray(fields)) return fields;
  } catch {
    // Said below.
  }
  throw new UnmaskError("usage", `--fields must be a JSON object, {"name":value}, got "${text}"`);
}

/** What a model is called where it is watched. */
export const remoteTitle = ({ name, connection }: RemoteModel): string =>
  `${name} (${new URL(connection.url).host})`;

/** Whether what is sent there can be read on its way. */
const isOpen = ({ protocol, hostname }: URL): boolean =>
  protocol === "http:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

function keyOf(env: Environment): Key | undefined {
  const from = ["UNMASK_API_KEY", "OPENAI_API_KEY"].find((name) => env[name]?.trim());
  if (from === undefined) return undefined;
  const value = env[from]!.trim();
  if (/^[\u0021-\u007E]+$/.test(value)) return { value, from };
  throw new UnmaskError(
    "usage",
    `${from}: a key must be printable ASCII without spaces, got other characters; set it anew`,
  );
}

function patienceOf(env: Environment): Patience {
  const most = patience.silence / 1000;
  const silence = numberIn(env, "UNMASK_TIMEOUT", {
    fits: (value) => value > 0 && value <= most,
    what: `seconds above 0 and at most ${most}`,
  });
  const retries = numberIn(env, "UNMASK_RETRIES", {
    fits: (value) => Number.isInteger(value) && value >= 0 && value <= 10,
    what: "an integer from 0 to 10",
  });
  return {
    ...patience,
    ...(silence !== undefined && { silence: silence * 1000 }),
    ...(retries !== undefined && { pauses: pausesOf(retries) }),
  };
}

/** Each pause is twice the one before, up to a limit. */
const pausesOf = (retries: number): number[] =>
  Array.from({ length: retries }, (_, i) => Math.min(patience.pauses[0]! * 2 ** i, 60_000));

function numberIn(
  env: Environment,
  name: string,
  { fits, what }: { readonly fits: (value: number) => boolean; readonly what: string },
): number | undefined {
  const text = env[name]?.trim();
  if (!text) return undefined;
  if (fits(Number(text))) return Number(text);
  throw new UnmaskError("usage", `${name} must be ${what}, got "${text}"`);
}

/** Options that mean something only where the model is on this machine. */
const localOptions = ["as", "tokenizer", "cache", "device", "threads"];

/** Refuses flags that a remote model has no use for. */
export function refuseLocalOptions(verb: string, given: ReadonlySet<string>): void {
  const stray = localOptions.find((name) => given.has(name));
  if (stray === undefined) return;
  throw new UnmaskError(
    "usage",
    `${verb}: ${flagOf(stray)} is for a model on this machine, got it with a remote one; leave it out`,
  );
}
