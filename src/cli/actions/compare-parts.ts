/**
 * The parts of a comparison: what one task found out about one model, each in a file of its own, so that a
 * comparison which was stopped goes on, and one with more models or tasks measures only what is new.
 *
 * A part is known by a digest of all that it depends on: the task, the settings, and the files of the model,
 * the data and the judge, by their names, sizes and times.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomic } from "../../checkpoint/write-atomic.ts";
import type { Outcome } from "../../evaluate/tasks/task.ts";
import { corpusFiles } from "../../text/corpus-files.ts";

/** To be raised when a task comes to measure something else: older parts are then not taken up. */
const edition = 1;

const figure = z.object({ figure: z.string(), at: z.number().optional() });
const schema = z.object({
  seconds: z.number(),
  outcome: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("inapplicable"), reason: z.string() }),
    z.object({
      kind: z.literal("measured"),
      measurements: z.array(
        figure.extend({
          value: z.number(),
          error: z.number(),
          samples: z.number(),
          atMost: z.literal(true).optional(),
          each: z.array(z.number()).optional(),
          on: z.string().optional(),
        }),
      ),
      missing: z.array(figure.extend({ reason: z.string() })),
    }),
  ]),
});

/** What a task found out about a model, and what that took. */
export interface Part {
  readonly outcome: Outcome;
  readonly seconds: number;
}

/** Where parts are kept. */
export interface PartStore {
  /** The part that depends on these, if it was measured before. */
  read(depends: object): Promise<Part | undefined>;
  write(depends: object, part: Part): Promise<void>;
}

export async function openParts(folder: string): Promise<PartStore> {
  await mkdir(folder, { recursive: true });
  const fileOf = (depends: object): string => {
    const text = JSON.stringify({ edition, ...depends });
    return join(folder, `${createHash("sha256").update(text).digest("hex").slice(0, 24)}.json`);
  };
  return {
    async read(depends) {
      const text = await readFile(fileOf(depends), "utf8").catch(() => undefined);
      // A damaged one is measured again.
      return text === undefined ? undefined : schema.safeParse(jsonOf(text)).data;
    },
    write: (depends, part) =>
      writeAtomic(fileOf(depends), `${JSON.stringify({ depends, ...part })}\n`),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What tells whether a folder of a model is still the same. */
export async function modelMark(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return marksOf(names.toSorted().map((name) => join(folder, name)));
}

/** What tells whether a text is still the same. */
export const dataMark = async (path: string): Promise<readonly string[]> =>
  marksOf(await corpusFiles(path));

const marksOf = (paths: readonly string[]): Promise<string[]> =>
  Promise.all(
    paths.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return `${path} ${size} ${mtimeMs}`;
    }),
  );
