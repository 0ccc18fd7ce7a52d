/**
 * Files of the user's.
 *
 * @module
 */
import type { JSX } from "preact";
import type { Picked } from "../engine/open-files.ts";

/** A button by which files are picked; what is done with them, and told of them, is the caller's. */
export function FileButton({
  label,
  accept,
  multiple = false,
  onOpen,
}: {
  readonly label: string;
  /** Endings and media types, with commas between. */
  readonly accept: string;
  readonly multiple?: boolean;
  onOpen(files: Picked): void;
}): JSX.Element {
  return (
    <label class="file">
      <span>{label}</span>
      <input
        type="file"
        accept={accept}
        multiple={multiple}
        onChange={({ currentTarget: input }) => {
          const [first, ...others] = input.files ?? [];
          // So that the same file can be picked again.
          input.value = "";
          if (first !== undefined) onOpen([first, ...others]);
        }}
      />
    </label>
  );
}
