/**
 * A folder of runs, to be read: what trains or has trained there, its metrics, and reports of `unmask compare`.
 *
 * A name is a path below the folder, `demo/mdlm`. It is followed entry by entry through the listings of folders,
 * which name neither `..` nor anything outside, and links are not followed.
 *
 * @module
 */
import type { Dirent } from "node:fs";
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readSettings } from "../../train/run-folder.ts";
import { refused } from "./failure.ts";

/** A training, finished or not. */
export interface Training {
  readonly id: string;
  readonly object: "run";
  /** Unix seconds: when it was begun, and when it last wrote a metric. */
  readonly created: number;
  readonly updated: number;
  /** Steps that it is to take. */
  readonly steps: number;
}

/** A report of `unmask compare`. */
export interface ReportFile {
  readonly id: string;
  readonly object: "report";
  readonly created: number;
}

/** One line of a run's metrics: numbers by name, of which `step` is always there. */
export type MetricLine = Readonly<Record<string, unknown>> & { readonly step: number };

export interface Runs {
  trainings(): Promise<readonly Training[]>;
  /** Lines from a step on. @throws 404 for a name that is none */
  metrics(name: string, from: number): Promise<readonly MetricLine[]>;
  reports(): Promise<readonly ReportFile[]>;
  /** The content of a `report.json`. @throws 404 for a name that is none */
  report(name: string): Promise<object>;
}

/** Files that tell what a folder is. */
const files = { run: "run.json", metrics: "metrics.jsonl", report: "report.json" } as const;

/** Folders in folders: a stage of a run that lies in a folder of runs. */
const deepest = 3;

/** The runs in a folder; in none there are none. */
export function runsIn(root: string | undefined): Runs {
  const foldersWith = (file: string): Promise<Found[]> =>
    root === undefined ? Promise.resolve([]) : search(root, file);
  const fileOf = async (name: string, file: string, what: string): Promise<string> => {
    const folder = root === undefined ? undefined : await follow(root, name.split("/"));
    if (folder !== undefined && holds(await entriesIn(folder), file)) return join(folder, file);
    throw refused(404, `there is no ${what} "${name.slice(0, 100)}" in the folder of runs`, {
      code: `${what}_not_found`,
      param: "name",
    });
  };
  return {
    async trainings() {
      const found = await foldersWith(files.run);
      const all = await Promise.all(found.map(trainingOf));
      return all.filter((one) => one !== undefined);
    },
    async metrics(name, from) {
      const run = await fileOf(name, files.run, "run");
      // One that has just begun has none yet.
      const text = await readFile(join(run, "..", files.metrics), "utf8").catch(() => "");
      return linesOf(text).filter(({ step }) => step >= from);
    },
    async reports() {
      const found = await foldersWith(files.report);
      return Promise.all(
        found.map(async ({ id, folder }) => {
          const created = await secondsOf(join(folder, files.report));
          return { id, object: "report" as const, created };
        }),
      );
    },
    async report(name) {
      const file = await fileOf(name, files.report, "report");
      try {
        return JSON.parse(await readFile(file, "utf8")) as object;
      } catch {
        throw refused(404, `the report "${name.slice(0, 100)}" is no JSON`, { param: "name" });
      }
    },
  };
}

interface Found {
  readonly id: string;
  readonly folder: string;
}

/** All folders at a place that hold a file, down to the deepest. */
async function search(
  folder: string,
  file: string,
  path: readonly string[] = [],
): Promise<Found[]> {
  const entries = await entriesIn(folder);
  const own = path.length > 0 && holds(entries, file) ? [{ id: path.join("/"), folder }] : [];
  if (path.length === deepest) return own;
  const below = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => search(join(folder, name), file, [...path, name])),
  );
  return [...own, ...below.flat()];
}

/** The folder that names lead to; undefined where a listing doesn't have one. */
async function follow(root: string, names: readonly string[]): Promise<string | undefined> {
  let folder = root;
  for (const name of names) {
    const entries = await entriesIn(folder);
    if (!entries.some((entry) => entry.isDirectory() && entry.name === name)) return undefined;
    folder = join(folder, name);
  }
  return folder;
}

/** What lies in a folder; nothing where it can't be read, or is gone meanwhile. */
const entriesIn = (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch(() => []);

const holds = (entries: readonly Dirent[], file: string): boolean =>
  entries.some((entry) => entry.isFile() && entry.name === file);

/** A run, if its settings can be read. */
async function trainingOf({ id, folder }: Found): Promise<Training | undefined> {
  try {
    const { steps } = await readSettings(folder);
    const created = await secondsOf(join(folder, files.run));
    const updated = await secondsOf(join(folder, files.metrics)).catch(() => created);
    return { id, object: "run", created, updated, steps };
  } catch {
    return undefined;
  }
}

const secondsOf = async (file: string): Promise<number> =>
  Math.floor((await stat(file)).mtimeMs / 1000);

/** Whole lines: the last one may just be being written. */
function linesOf(text: string): MetricLine[] {
  return text
    .split("\n")
    .slice(0, -1)
    .flatMap((line) => {
      try {
        const value = JSON.parse(line) as MetricLine | null;
        return typeof value?.step === "number" ? [value] : [];
      } catch {
        return [];
      }
    });
}
