/**
 * What is on record of a model that was imported: `import.json` in its folder says where every file
 * came from. While it is under way, `unfinished.json` says what it will be.
 *
 * @module
 */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UnmaskError } from "../errors.ts";
import { parseJson } from "./fields.ts";
import { namesIn } from "./new-folder.ts";
import { writeAtomic } from "./write-atomic.ts";

const names = { record: "import.json", unfinished: "unfinished.json" } as const;

/** A file as it was when it was imported. */
export interface FileRecord {
  readonly bytes: number;
  readonly sha256: string;
}

/** What bringing a model's files tells while it works. */
export type BringEvent =
  | { readonly kind: "plan"; readonly files: number; readonly bytes: number }
  /** `done` bytes of all files are there; the last ones were `file`'s. */
  | { readonly kind: "bytes"; readonly file: string; readonly done: number };

export interface BringOptions {
  /** Where to. */
  readonly folder: string;
  /** That the model's own tokenizer is not wanted. */
  readonly ownTokenizer: boolean;
}

const sourceSchema = z.union([
  z.strictObject({ hub: z.string(), id: z.string(), revision: z.string() }),
  z.strictObject({ folder: z.string() }),
]);

/** Where a model comes from: a hub, or a folder on disk. */
export type ImportSource = Readonly<z.infer<typeof sourceSchema>>;

const unfinishedSchema = z.strictObject({
  source: sourceSchema,
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
});

/** An import under way: of what, and of which commit if it's from a hub. */
export type Unfinished = Readonly<z.infer<typeof unfinishedSchema>>;

export interface ImportRecord extends Unfinished {
  readonly files: Readonly<Record<string, FileRecord>>;
}

/**
 * Makes sure that a folder is new, empty, or holds an unfinished import of the same source.
 *
 * @returns what is on record of the unfinished one
 * @throws UnmaskError `exists` otherwise: what is there is never touched
 */
export async function findUnfinished(
  folder: string,
  source: ImportSource,
): Promise<Unfinished | undefined> {
  const inside = await namesIn(folder, "import: --out");
  if (inside.length === 0) return undefined;
  const refused = (what: string): UnmaskError =>
    new UnmaskError(
      "exists",
      `import: --out "${folder}" ${what}; choose another name, or remove it`,
    );
  if (inside.includes(names.record)) throw refused("holds a model that was imported already");
  if (!inside.includes(names.unfinished))
    throw refused(`must be new or empty, it holds ${inside.length} files`);
  const path = join(folder, names.unfinished);
  const parsed = unfinishedSchema.safeParse(parseJson(await readFile(path, "utf8"), path));
  if (!parsed.success) throw refused(`holds a ${names.unfinished} that can't be read`);
  if (JSON.stringify(parsed.data.source) !== JSON.stringify(source))
    throw refused(`holds an unfinished import of ${sourceText(parsed.data.source)}`);
  return parsed.data;
}

/** Makes the folder, and puts on record what is begun. */
export async function beginImport(folder: string, unfinished: Unfinished): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeAtomic(join(folder, names.unfinished), encode(unfinished));
}

/** Puts on record what was imported. */
export async function finishImport(folder: string, record: ImportRecord): Promise<void> {
  await writeAtomic(join(folder, names.record), encode(record));
  await rm(join(folder, names.unfinished), { force: true });
}

/** A source as it is typed. */
export const sourceText = (source: ImportSource): string =>
  "folder" in source ? source.folder : `${source.id}@${source.revision} of ${source.hub}`;

const encode = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
