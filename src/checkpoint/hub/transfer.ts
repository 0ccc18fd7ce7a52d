/**
 * One file of a repository, from the hub to the disk: goes on where an earlier try ended, and gets its
 * name only when its size and its hash are as the hub lists them.
 *
 * @module
 */
import { lstat, rm } from "node:fs/promises";
import { join } from "node:path";
import { UnmaskError } from "../../errors.ts";
import { digestFile } from "../digest.ts";
import { openPart, partEnding } from "../part-file.ts";
import type { PartFile } from "../part-file.ts";
import { shownText } from "../../shown.ts";
import { ask, isSetback, pauseAfter } from "./connection.ts";
import type { Answer, HubConnection, Setback } from "./connection.ts";
import { addressOf, checkAnswer } from "./repository.ts";
import type { ListedFile, Repository } from "./repository.ts";

/** What it takes to bring a file. */
interface Transfer {
  readonly connection: HubConnection;
  readonly repository: Repository;
  /** Its name has been checked. */
  readonly file: ListedFile;
}

/** A try that brought as much as this got further: the count of failures begins anew. */
const headway = 2 ** 20;

/**
 * Brings a file into a folder. Yields how many of its bytes are there, which may become fewer.
 *
 * @returns its SHA-256
 * @throws UnmaskError `corrupt` if the bytes are not those that the hub lists: then nothing is left of
 * them. After any other error, `NAME.part` stays, and the next call goes on with it.
 */
export async function* transfer(
  transferred: Transfer,
  folder: string,
): AsyncGenerator<number, string> {
  const { connection, file } = transferred;
  const path = join(folder, file.name);
  const present = await finished(path, file, connection.signal);
  if (present !== undefined) return present;
  const part = await openPart(path, file, connection.signal);
  try {
    for (let inherited = part.bytes() > 0; ; inherited = false) {
      yield part.bytes();
      yield* fill(transferred, part);
      const { sha256, difference } = part.check();
      if (difference === undefined) {
        await part.finish();
        return sha256;
      }
      await part.restart();
      // An earlier try may have left wrong bytes; these all came just now.
      if (!inherited) {
        await rm(path + partEnding, { force: true });
        throw wrong(transferred, `${difference}; nothing of it was kept, try again`);
      }
    }
  } finally {
    await part.close();
  }
}

/** The SHA-256 of a file that an earlier run finished; undefined for anything else, which is replaced. */
async function finished(
  path: string,
  file: ListedFile,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isFile() || found.size !== file.bytes) return undefined;
  const { sha256, difference } = await digestFile(path, file, signal);
  return difference === undefined ? sha256 : undefined;
}

/** Asks for the rest until all bytes are there. */
async function* fill(transferred: Transfer, part: PartFile): AsyncGenerator<number> {
  const { connection, file } = transferred;
  for (let tries = 1; part.bytes() < file.bytes; tries++) {
    const before = part.bytes();
    const setback = yield* receive(transferred, part);
    if (part.bytes() - before >= headway) tries = 1;
    if (setback !== undefined) await pauseAfter(setback, tries, connection);
  }
}

/** One request, and what comes of it. */
async function* receive(
  transferred: Transfer,
  part: PartFile,
): AsyncGenerator<number, Setback | undefined> {
  const { connection, repository, file } = transferred;
  const from = part.bytes();
  const url = addressOf(connection, repository, file.name);
  const answer = await ask(connection, url, from > 0 ? { range: `bytes=${from}-` } : {});
  if (isSetback(answer)) return answer;
  if (beginning(transferred, answer, from) !== from) {
    await part.restart();
    yield 0;
  }
  const chunks = answer.chunks();
  try {
    for (;;) {
      const { done, value } = await chunks.next();
      if (done === true) {
        const cut = new UnmaskError("unavailable", `${connection.url}: ${file.name} was cut`);
        return value ?? (part.bytes() < file.bytes ? { error: cut } : undefined);
      }
      if (part.bytes() + value.length > file.bytes)
        throw wrong(transferred, `must have ${file.bytes} bytes, more are sent`);
      await part.append(value);
      yield part.bytes();
    }
  } finally {
    await chunks.return(undefined);
  }
}

/** At which byte of the file an answer begins. */
function beginning(transferred: Transfer, { status, headers }: Answer, from: number): number {
  const { connection, repository, file } = transferred;
  // There is nothing behind our part, so the server's file is another one: once more from the start.
  if (status === 416 && from > 0) return -1;
  if (status === 404)
    throw new UnmaskError(
      "missing",
      `${connection.url}: model "${repository.id}": ${shownText(file.name)} is listed at commit ` +
        `${repository.commit}, but is not there; ask its owner`,
    );
  checkAnswer(connection, { id: repository.id, revision: repository.commit }, { status, headers });
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
    if (
      range !== null &&
      Number(range[1]) === from &&
      ["*", String(file.bytes)].includes(range[2]!)
    )
      return from;
    throw wrong(transferred, `asked for bytes ${from} to ${file.bytes}, got others`);
  }
  const length = headers.get("content-length");
  if (status === 200 && (length === null || Number(length) === file.bytes)) return 0;
  throw wrong(
    transferred,
    `must have ${file.bytes} bytes, got an answer of ${length ?? "unknown"} (status ${status})`,
  );
}

const wrong = ({ connection, repository, file }: Transfer, what: string): UnmaskError =>
  new UnmaskError("corrupt", `${connection.url}: model "${repository.id}": ${file.name}: ${what}`);
