/**
 * A model that the user opens in the page: a folder's files, or a zip of them, as the Lab hands it out.
 *
 * @module
 */
import { unzipSync } from "fflate";
import { modelFiles, sourceOfBytes } from "../../src/checkpoint/model-contents.ts";
import { UnmaskError } from "../../src/errors.ts";
import { formatBytes } from "../../src/report/number-format.ts";
import { readServable } from "../../src/serve/engine/servable.ts";
import type { Picked } from "./open-files.ts";
import type { TabModel } from "./tab.ts";

/** Bytes that are opened at most: they are in memory, and their weights once more. */
const mostBytes = 2 ** 29;

/** A model's files by name, and what it is called where they say so. */
interface Opened {
  readonly name?: string | undefined;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** What `openFiles` promises, computed here. */
export async function openedModel(picked: Picked): Promise<TabModel> {
  const [first] = picked;
  checkSize(
    picked.reduce((sum, { size }) => sum + size, 0),
    first.name,
  );
  const { name, files } = /\.zip$/i.test(first.name) ? await unzipped(first) : await read(picked);
  const source = sourceOfBytes(name ?? "these files", (file) => Promise.resolve(files[file]));
  const model = await readServable(source);
  const facts = model.facts({ id: name ?? "", created: Math.floor(Date.now() / 1000) });
  return { ...facts, id: name ?? `${facts.system}-opened`, from: files };
}

const wanted: ReadonlySet<string> = new Set(Object.values(modelFiles));

async function read(picked: Picked): Promise<Opened> {
  const entries = picked
    .filter(({ name }) => wanted.has(name))
    .map(async (file) => [file.name, new Uint8Array(await file.arrayBuffer())] as const);
  return { files: Object.fromEntries(await Promise.all(entries)) };
}

/** The files of a zip that lie beside its uppermost `config.json`. */
async function unzipped(zip: File): Promise<Opened> {
  const bytes = new Uint8Array(await zip.arrayBuffer());
  let size = 0;
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, {
      filter({ name, originalSize }) {
        if (!wanted.has(baseOf(name))) return false;
        checkSize((size += originalSize), zip.name);
        return true;
      },
    });
  } catch (cause) {
    if (UnmaskError.is(cause)) throw cause;
    throw new UnmaskError(
      "corrupt",
      `${zip.name}: needed a zip of a model folder, got bytes that are none; save it again`,
      { cause },
    );
  }
  const [config = modelFiles.config] = Object.keys(entries)
    .filter((name) => baseOf(name) === modelFiles.config)
    .toSorted((a, b) => a.length - b.length);
  const folder = config.slice(0, -modelFiles.config.length);
  return {
    name: baseOf(folder.replace(/\/$/, "")) || zip.name.replace(/\.zip$/i, ""),
    files: Object.fromEntries(
      Object.entries(entries)
        .filter(([name]) => name === folder + baseOf(name))
        .map(([name, content]) => [baseOf(name), content]),
    ),
  };
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

function checkSize(bytes: number, name: string): void {
  if (bytes <= mostBytes) return;
  throw new UnmaskError(
    "usage",
    `${name}: a model that is opened in the tab has ${formatBytes(mostBytes)} at most, got ${formatBytes(bytes)}; use unmask serve`,
  );
}
