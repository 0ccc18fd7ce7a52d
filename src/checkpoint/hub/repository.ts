/**
 * A model's repository on a hub, at one commit: which files it has, how large, with which hashes.
 *
 * The library knows the hub's addresses and pages; it is lent our way of asking, which has time limits
 * and never sends the token elsewhere. Nothing it hands over is trusted.
 *
 * @module
 */
import { listFiles, modelInfo } from "@huggingface/hub";
import { z } from "zod";
import { UnmaskError } from "../../errors.ts";
import { shown, shownIssue, shownText } from "../../shown.ts";
import { ask, isSetback, pauseAfter } from "./connection.ts";
import type { Answer, HubConnection, Setback } from "./connection.ts";

/** Where a model is, as it is written: `owner/name`, with or without `@revision`. */
export interface Reference {
  readonly id: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

/** A model at one commit. */
export interface Repository {
  readonly id: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
}

/** A file as the hub lists it. Its name is whatever the server says. */
export interface ListedFile {
  readonly name: string;
  readonly bytes: number;
  /** Of large files, which the hub keeps by their SHA-256. */
  readonly sha256?: string | undefined;
  /** Of small files, which Git keeps by the SHA-1 of `blob SIZE\0` and their bytes. */
  readonly gitBlob?: string | undefined;
}

const part = /^\w[\w.-]{0,95}$/;
const commitForm = /^[0-9a-f]{40}$/;

/**
 * Reads `owner/name@revision`.
 *
 * @example
 * ```ts
 * readReference("acme/tiny"); // { id: "acme/tiny", revision: "main" }
 * readReference("acme/tiny@v1.0"); // { id: "acme/tiny", revision: "v1.0" }
 * ```
 */
export function readReference(text: string): Reference {
  const [id = "", revision = "main", ...rest] = text.split("@");
  const parts = id.split("/");
  const named = parts.length <= 2 && parts.every((name) => part.test(name) && !name.includes(".."));
  if (!named || rest.length > 0)
    throw new UnmaskError(
      "usage",
      `a model of a hub is written OWNER/NAME or OWNER/NAME@REVISION, got ${shownText(text)}; ` +
        `a folder begins with ./ or /`,
    );
  // Git forbids these in names; with them the address would be another one.
  if (!/^[\w./+-]{1,200}$/.test(revision) || /(^|\/)\.|\.\.|\/\/|\/$/.test(revision))
    throw new UnmaskError(
      "usage",
      `a revision is a branch, a tag or a commit, got ${shownText(revision)}`,
    );
  return { id, revision };
}

/** Finds the commit that a revision means now. */
export async function resolveCommit(
  connection: HubConnection,
  { id, revision }: Reference,
): Promise<Repository> {
  // Nothing has worked yet, and a wrong address is likelier than bad luck: two more tries are enough.
  const { patience } = connection;
  const brief = { ...connection, patience: { ...patience, pauses: patience.pauses.slice(0, 2) } };
  const info: unknown = await inHub(connection, () =>
    modelInfo({
      name: id,
      revision,
      hubUrl: connection.url,
      additionalFields: ["sha"],
      fetch: lentFetch(brief, { id, revision }),
    }),
  );
  const commit = typeof info === "object" && info !== null && "sha" in info ? info.sha : undefined;
  if (typeof commit === "string" && commitForm.test(commit)) return { id, commit };
  throw new UnmaskError("corrupt", `${connection.url}: must name a commit, got ${shown(commit)}`);
}

const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size: z.int().min(0),
  oid: z.string().optional(),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().min(0) }).optional(),
});

/** Repositories have hundreds of files, on a page or two; a list may not go on without end. */
const most = { files: 20_000, pages: 200 } as const;

/** The files of a repository, those in its folders left out. */
export async function listRepository(
  connection: HubConnection,
  { id, commit }: Repository,
): Promise<readonly ListedFile[]> {
  const endless = (): UnmaskError =>
    new UnmaskError(
      "corrupt",
      `${connection.url}: model "${id}": must list ${most.files} files on ${most.pages} pages at most`,
    );
  const turn = lentFetch(connection, { id, revision: commit });
  let pages = 0;
  const found: ListedFile[] = [];
  await inHub(connection, async () => {
    const entries: AsyncIterable<unknown> = listFiles({
      repo: { type: "model", name: id },
      revision: commit,
      hubUrl: connection.url,
      fetch: async (...page) => {
        pages += 1;
        if (pages > most.pages) throw endless();
        return turn(...page);
      },
    });
    let count = 0;
    for await (const entry of entries) {
      count += 1;
      if (count > most.files) throw endless();
      const file = readEntry(entry, connection);
      if (file !== undefined) found.push(file);
    }
  });
  return found;
}

function readEntry(entry: unknown, { url }: HubConnection): ListedFile | undefined {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) {
    throw new UnmaskError(
      "corrupt",
      `${url}: lists a broken file: ${shownIssue(parsed.error.issues, entry)}`,
    );
  }
  const { type, path, size, oid, lfs } = parsed.data;
  if (type !== "file") return undefined;
  if (lfs !== undefined) return { name: path, bytes: lfs.size, sha256: lfs.oid };
  const gitBlob = oid !== undefined && commitForm.test(oid) ? oid : undefined;
  return { name: path, bytes: size, gitBlob };
}

/** Where a file's bytes are. */
export const addressOf = (
  { url }: HubConnection,
  { id, commit }: Repository,
  name: string,
): string => `${url}/${id}/resolve/${commit}/${encodeURIComponent(name)}`;

/** What the library itself throws means that a server is no hub: errors of ours pass it by. */
async function inHub<T>({ url, signal }: HubConnection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (UnmaskError.is(cause) || signal.aborted) throw cause;
    throw new UnmaskError(
      "corrupt",
      `${url}: doesn't answer as a model hub does; check --hub or HF_ENDPOINT`,
      { cause },
    );
  }
}

/** Longest answer about a repository, in bytes. */
const longestAnswer = 32_000_000;

/** Our way of asking in the form of `fetch`, for the library: whole answers, or an error. */
function lentFetch(connection: HubConnection, asked: Reference): typeof fetch {
  return async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    for (let tries = 1; ; tries++) {
      const answer = await askWhole(connection, asked, url);
      if (!isSetback(answer)) return answer;
      await pauseAfter(answer, tries, connection);
    }
  };
}

async function askWhole(
  connection: HubConnection,
  asked: Reference,
  url: string,
): Promise<Response | Setback> {
  const answer = await ask(connection, url, { accept: "application/json" });
  if (isSetback(answer)) return answer;
  checkAnswer(connection, asked, answer);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const chunks = answer.chunks();
  for (;;) {
    const { done, value } = await chunks.next();
    if (done === true) {
      if (value !== undefined) return value;
      return new Response(Buffer.concat(pieces), { headers: answer.headers });
    }
    bytes += value.length;
    pieces.push(value);
    if (bytes > longestAnswer) {
      await chunks.return(undefined);
      throw new UnmaskError(
        "corrupt",
        `${connection.url}: answers with more than ${longestAnswer} bytes`,
      );
    }
  }
}

/** Turns a refusal into its one line. The server's own words are not repeated. */
export function checkAnswer(
  { url, token }: HubConnection,
  { id, revision }: Reference,
  { status, headers }: Pick<Answer, "status" | "headers">,
): void {
  if (status < 400) return;
  const where = `${url}: model "${id}"`;
  const code = headers.get("x-error-code") ?? "";
  const accept = `accept its licence at ${url}/${id}, and set HF_TOKEN to a token of that account`;
  if (code === "GatedRepo") throw new UnmaskError("unavailable", `${where}: is gated: ${accept}`);
  if (status === 403)
    throw new UnmaskError("unavailable", `${where}: is forbidden; if it is gated, ${accept}`);
  if (code === "RevisionNotFound")
    throw new UnmaskError(
      "missing",
      `${where}: has no revision "${revision}"; its branches and tags are listed at ${url}/${id}/tree/main`,
    );
  if (status === 401 && token !== undefined && code === "")
    throw new UnmaskError("unavailable", `${where}: HF_TOKEN is not accepted; make a new one`);
  if (status === 401 || status === 404)
    throw new UnmaskError(
      "missing",
      `${where}: there is no such model or revision, or it is private; check the name, or ` +
        (token === undefined ? "set HF_TOKEN" : "use the HF_TOKEN of an account that may read it"),
    );
  throw new UnmaskError("unavailable", `${where}: the server refuses (status ${status})`);
}
