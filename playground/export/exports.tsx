/**
 * The buttons that hand out what a room shows.
 *
 * @module
 */
import type { JSX, RefObject } from "preact";
import { useState } from "preact/hooks";
import { keep, unkeep } from "../recording.ts";
import type { Recording } from "../recording.ts";
import { FileButton } from "../parts/file-button.tsx";
import { troubleOf } from "../parts/trouble.tsx";
import { useTask } from "../parts/use-task.ts";
import { filmOf } from "./film.ts";
import type { Film } from "./film.ts";
import { gifOf } from "./gif.ts";
import type { Making } from "./gif.ts";
import { save, savePng, saveSvg, saveText } from "./save.ts";
import { videoKind, videoOf } from "./video.ts";

export interface ExportsProps {
  /** What files are called. */
  readonly name: string;
  /** The part of the page that is drawn. */
  readonly part: RefObject<HTMLElement | null>;
  readonly recordings: readonly Recording[];
  /** What moves; by default the recordings beside each other. */
  readonly film?: () => Film;
  /** Takes what a file holds; without it no files are opened. */
  readonly onOpen?: (recordings: Recording[]) => void;
  onTrouble(message: string | undefined): void;
}

/** JSON, SVG, PNG, GIF, a video, and a link that restores the settings. */
export function Exports(props: ExportsProps): JSX.Element {
  const { name, part, recordings, film = () => filmOf(recordings), onOpen, onTrouble } = props;
  const [said, say] = useState("");
  const [done, setDone] = useState(0);
  const task = useTask();
  const video = videoKind();
  const make = (ending: string, content: (making: Making) => Promise<Blob>): void =>
    task.run(async (signal) => {
      setDone(0);
      save(`${name}.${ending}`, await content({ signal, onProgress: setDone }));
    });
  const nothing = recordings.every(({ frames }) => frames.length === 0);
  const share = (): void => {
    const copied = navigator.clipboard?.writeText(window.location.href);
    Promise.resolve(copied ?? Promise.reject(new Error("no clipboard"))).then(
      () => say("The link is copied."),
      () => say("Copy the link from the address bar."),
    );
  };
  const open = (file: File): void => {
    file
      .text()
      .then((content) => {
        onOpen?.(unkeep(content));
        onTrouble(undefined);
      })
      .catch((error: unknown) => onTrouble(troubleOf(error)));
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
      <button
        type="button"
        class="quiet"
        disabled={nothing || task.isRunning}
        onClick={() => make("gif", (making) => gifOf(film(), making))}
      >
        GIF
      </button>
      {video && (
        <button
          type="button"
          class="quiet"
          disabled={nothing || task.isRunning}
          onClick={() => make(video.ending, (making) => videoOf(film(), video.type, making))}
        >
          {video.ending === "webm" ? "WebM" : "MP4"}
        </button>
      )}
      {task.isRunning && (
        <>
          <progress aria-label="Film" value={done} max={1} />
          <button type="button" class="quiet" onClick={task.stop}>
            Cancel
          </button>
        </>
      )}
      {onOpen !== undefined && (
        <FileButton
          label="Open frames"
          accept="application/json,.json"
          onOpen={([file]) => open(file)}
        />
      )}
      <output>{task.trouble ?? said}</output>
    </div>
  );
}
