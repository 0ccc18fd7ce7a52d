/**
 * A model from a hub into a folder.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UnmaskError } from "../../errors.ts";
import { checkSpace } from "../free-space.ts";
import type { BringEvent, BringOptions, FileRecord } from "../import-record.ts";
import { partEnding } from "../part-file.ts";
import { readIndexFile } from "../shards.ts";
import { wantedFiles } from "../wanted-files.ts";
import { longestIndex, shardsOf, weightFiles } from "../weight-files.ts";
import type { HubConnection } from "./connection.ts";
import { listRepository } from "./repository.ts";
import type { ListedFile, Repository } from "./repository.ts";
import { transfer } from "./transfer.ts";

/**
 * Downloads what is needed of a model, one file after the other, into a folder that exists. Files
 * that are there already are checked and kept; unfinished ones are gone on with.
 *
 * @returns each file's size and SHA-256
 * @throws UnmaskError whatever goes wrong, in one line; calling it again goes on
 */
export async function* downloadModel(
  connection: HubConnection,
  repository: Repository,
  { folder, ownTokenizer }: BringOptions,
): AsyncGenerator<BringEvent, Readonly<Record<string, FileRecord>>> {
  const where = `${connection.url}: model "${repository.id}"`;
  const files = await listRepository(connection, repository);
  const wanted = wantedFiles(
    files.map(({ name }) => name),
    where,
    ownTokenizer,
  );
  // Only what `wantedFiles` lets through is ever looked up here.
  const listed = new Map(files.map((file) => [file.name, file]));
  const bring = (name: string): AsyncGenerator<number, string> =>
    transfer({ connection, repository, file: listed.get(name)! }, folder);

  const chosen = weightFiles(
    [...listed.keys()].filter((name) => !name.includes("/")),
    where,
  );
  const weights =
    chosen.kind === "single"
      ? [chosen.file]
      : await shardsIn(chosen.file, { listed, bring, folder, where });
  const names = [
    ...wanted.companions,
    ...(chosen.kind === "index" ? [chosen.file] : []),
    ...weights,
  ];
  const bytes = names.reduce((sum, name) => sum + listed.get(name)!.bytes, 0);
  yield { kind: "plan", files: names.length, bytes };
  await checkSpace(folder, bytes - (await present(folder, names)));

  const records: Record<string, FileRecord> = {};
  let before = 0;
  for (const name of names) {
    const { bytes: size } = listed.get(name)!;
    const steps = bring(name);
    let step = await steps.next();
    for (; step.done !== true; step = await steps.next())
      yield { kind: "bytes", file: name, done: before + step.value };
    records[name] = { bytes: size, sha256: step.value };
    before += size;
    yield { kind: "bytes", file: name, done: before };
  }
  return records;
}

interface IndexedModel {
  readonly listed: ReadonlyMap<string, ListedFile>;
  readonly bring: (name: string) => AsyncGenerator<number, string>;
  readonly folder: string;
  readonly where: string;
}

/** Brings the index, and finds its shards in the list. */
async function shardsIn(
  index: string,
  { listed, bring, folder, where }: IndexedModel,
): Promise<readonly string[]> {
  if (listed.get(index)!.bytes > longestIndex)
    throw new UnmaskError("corrupt", `${where}: ${index} has more than ${longestIndex} bytes`);
  for await (const _ of bring(index)) continue;
  const shards = shardsOf(await readIndexFile(folder, index));
  const missing = shards.find((name) => !listed.has(name));
  if (missing !== undefined)
    throw new UnmaskError(
      "missing",
      `${where}: lacks the shard ${missing} that its index names; ask its owner, or try another revision`,
    );
  return shards;
}

/** Bytes that an earlier try has left. */
async function present(folder: string, names: readonly string[]): Promise<number> {
  const paths = names.flatMap((name) => [join(folder, name), join(folder, name + partEnding)]);
  const sizes = await Promise.all(
    paths.map(async (path) => (await stat(path).catch(() => undefined))?.size ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
