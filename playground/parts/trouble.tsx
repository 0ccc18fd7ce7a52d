/**
 * What went wrong, in one line.
 *
 * @module
 */
import type { JSX } from "preact";

/** Words for anything that was thrown; undefined for what the user stopped himself. */
export function troubleOf(error: unknown): string | undefined {
  if (error instanceof DOMException && error.name === "AbortError") return undefined;
  return error instanceof Error ? error.message : String(error);
}

/** An error that is read aloud when it comes. */
export function Trouble({ message }: { readonly message: string | undefined }): JSX.Element {
  return (
    <p class="trouble" role="alert" hidden={message === undefined}>
      {message}
    </p>
  );
}
