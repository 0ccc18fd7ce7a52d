/**
 * The text that is trained on: typed, pasted, or a file.
 *
 * @module
 */
import type { JSX } from "preact";
import { UnmaskError } from "../../src/errors.ts";
import { formatBytes, formatCount } from "../../src/report/number-format.ts";
import { TextField } from "../parts/fields.tsx";
import { FileButton } from "../parts/file-button.tsx";
import { troubleOf } from "../parts/trouble.tsx";

/** A text, and where it comes from. */
export interface Source {
  readonly text: string;
  /** A file's name; undefined for what stands in the field. */
  readonly file: string | undefined;
}

/** Bytes of a file at most: its tokens are in memory, and a tokenizer is trained on all of it. */
const mostBytes = 32 * 2 ** 20;

/**
 * The text of a file.
 *
 * @throws UnmaskError "usage" for one that is too large, "corrupt" for one that is not UTF-8
 */
export async function readTextFile(file: File): Promise<Source> {
  if (file.size > mostBytes)
    throw new UnmaskError(
      "usage",
      `${file.name}: a text in the tab has ${formatBytes(mostBytes)} at most, got ${formatBytes(file.size)}; cut it, or use unmask train`,
    );
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return { text: decoder.decode(await file.arrayBuffer()), file: file.name };
  } catch (cause) {
    throw new UnmaskError(
      "corrupt",
      `${file.name}: needs text in UTF-8, got other bytes; save it as plain text in UTF-8`,
      { cause },
    );
  }
}

export function TextSource({
  source,
  onChange,
  onTrouble,
}: {
  readonly source: Source;
  onChange(source: Source): void;
  onTrouble(message: string | undefined): void;
}): JSX.Element {
  const { text, file } = source;
  const open = (chosen: File): void => {
    readTextFile(chosen)
      .then((read) => {
        onChange(read);
        onTrouble(undefined);
      })
      .catch((error: unknown) => onTrouble(troubleOf(error)));
  };
  return (
    <>
      {file === undefined ? (
        <TextField
          label="Text"
          rows={6}
          value={text}
          onChange={(next) => onChange({ text: next, file: undefined })}
        />
      ) : (
        <p class="aside">
          {file}, {formatCount(text.length)} characters{" "}
          <button
            type="button"
            class="quiet"
            onClick={() => onChange({ text: "", file: undefined })}
          >
            Paste a text instead
          </button>
        </p>
      )}
      <FileButton
        label="Open a text file"
        accept=".txt,.md,text/*"
        onOpen={([chosen]) => open(chosen)}
      />
    </>
  );
}
