/**
 * The buttons that hand out what a room shows.
 *
 * @module
 */
import type { JSX, RefObject } from "preact";
import { useState } from "preact/hooks";
import { keep, unkeep } from "../recording.ts";
import type { Recording } from "../recording.ts";
import { troubleOf } from "../parts/trouble.tsx";
import { savePng, saveSvg, saveText } from "./save.ts";

export interface ExportsProps {
  /** What files are called. */
  readonly name: string;
  /** The part of the page that is drawn. */
  readonly part: RefObject<HTMLElement | null>;
  readonly recordings: readonly Recording[];
  /** Takes what a file holds; without it no files are opened. */
  readonly onOpen?: (recordings: Recording[]) => void;
  onTrouble(message: string | undefined): void;
}

/** JSON, SVG, PNG, and a link that restores the settings. */
export function Exports({ name, part, recordings, onOpen, onTrouble }: ExportsProps): JSX.Element {
  const [said, say] = useState("");
  const nothing = recordings.every(({ frames }) => frames.length === 0);
  const share = (): void => {
    const copied = navigator.clipboard?.writeText(window.location.href);
    Promise.resolve(copied ?? Promise.reject(new Error("no clipboard"))).then(
      () => say("The link is copied."),
      () => say("Copy the link from the address bar."),
    );
  };
  const open = (input: HTMLInputElement): void => {
    const [file] = input.files ?? [];
    if (file === undefined) return;
    file
      .text()
      .then((content) => {
        onOpen?.(unkeep(content));
        onTrouble(undefined);
      })
      .catch((error: unknown) => onTrouble(troubleOf(error)))
      .finally(() => (input.value = ""));
  };
  return (
    <div class="exports" role="group" aria-label="Share and save">
      <button type="button" class="quiet" onClick={share}>
        Copy link
      </button>
      <button
        type="button"
        class="quiet"
        disabled={nothing}
        onClick={() => saveText(`${name}.json`, keep(recordings), "application/json")}
      >
        Save frames
      </button>
      <button
        type="button"
        class="quiet"
        disabled={nothing}
        onClick={() => saveSvg(`${name}.svg`, part.current!)}
      >
        SVG
      </button>
      <button
        type="button"
        class="quiet"
        disabled={nothing}
        onClick={() => void savePng(`${name}.png`, part.current!)}
      >
        PNG
      </button>
      {onOpen !== undefined && (
        <label class="file">
          <span>Open frames</span>
          <input
            type="file"
            accept="application/json,.json"
            onChange={(event) => open(event.currentTarget)}
          />
        </label>
      )}
      <output>{said}</output>
    </div>
  );
}
