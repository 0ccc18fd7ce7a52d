/**
 * Dialogues from files: `.jsonl`, gzipped or not, and folders of these.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { corpusFiles, isLines, readLines } from "./corpus-files.ts";
import { isDialogue, parseTurns } from "./dialogue.ts";
import type { Turn } from "./dialogue.ts";

/**
 * Whether a file or a folder holds dialogues, by the first line of each file; text otherwise.
 *
 * @throws UnmaskError "usage" for a folder with files of both kinds.
 */
export async function holdsDialogues(path: string): Promise<boolean> {
  const files: Record<"dialogues" | "text", string[]> = { dialogues: [], text: [] };
  for (const file of await corpusFiles(path)) {
    const line = isLines(file) ? await firstLine(file) : undefined;
    files[line !== undefined && isDialogue(line) ? "dialogues" : "text"].push(file);
  }
  const [dialogue] = files.dialogues;
  const [text] = files.text;
  if (dialogue !== undefined && text !== undefined)
    throw new UnmaskError(
      "usage",
      `corpus: ${path} must hold text or dialogues, got both: ${text} and ${dialogue}; keep them apart`,
    );
  return dialogue !== undefined;
}

/** The turns of each dialogue of a file or a folder, in the order of its files and lines. */
export async function* readDialogues(path: string): AsyncGenerator<readonly Turn[]> {
  for (const file of await corpusFiles(path)) {
    let number = 0;
    for await (const line of readLines(file)) {
      const turns = parseTurns(line, `${file}:${++number}`);
      if (turns) yield turns;
    }
  }
}

/** The first line that is not blank. */
async function firstLine(file: string): Promise<string | undefined> {
  for await (const line of readLines(file)) if (line.trim() !== "") return line;
  return undefined;
}
