/**
 * Play, pause, scrub, step and speed.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Choice } from "../parts/fields.tsx";
import type { Player } from "./use-player.ts";

export interface PlayerBarProps {
  readonly player: Player;
  readonly length: number;
  /** Positions at which something changes, rising. */
  readonly marks: readonly number[];
  /** A position in words. */
  readonly tell: (position: number) => string;
  readonly speed: number;
  readonly speeds: readonly { readonly value: number; readonly name: string }[];
  onSpeed(speed: number): void;
  readonly disabled?: boolean;
}

/** The bar; while it is there, the space bar and the arrow keys move the player from anywhere else on the page. */
export function PlayerBar(props: PlayerBarProps): JSX.Element {
  const { player, length, marks, tell, speed, speeds, onSpeed, disabled = false } = props;
  const { position, playing, play, pause, seek } = player;
  const step = (direction: 1 | -1): void => {
    const next =
      direction > 0
        ? marks.find((mark) => mark > position + tiny)
        : marks.findLast((mark) => mark < position - tiny);
    if (next !== undefined) seek(next);
  };
  const toggle = (): void => (playing ? pause() : play());

  useEffect(() => {
    if (disabled) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      const isElsewhere = event.target instanceof Element && event.target.closest(controls);
      if (isElsewhere !== null || event.ctrlKey || event.metaKey || event.altKey) return;
      const act = keys({ toggle, step })[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });

  return (
    <div class="player" role="group" aria-label="Playback">
      <button type="button" class="primary play" disabled={disabled} onClick={toggle}>
        {playing ? "Pause" : "Play"}
      </button>
      <button
        type="button"
        class="quiet"
        aria-label="One step back"
        disabled={disabled}
        onClick={() => step(-1)}
      >
        ‹
      </button>
      <input
        type="range"
        aria-label="Position"
        aria-valuetext={tell(position)}
        min={0}
        max={length}
        step="any"
        value={position}
        disabled={disabled}
        onInput={(event) => seek(event.currentTarget.valueAsNumber)}
      />
      <button
        type="button"
        class="quiet"
        aria-label="One step on"
        disabled={disabled}
        onClick={() => step(1)}
      >
        ›
      </button>
      <output class="position">{tell(position)}</output>
      <Choice
        label="Speed"
        value={String(speed)}
        choices={speeds.map(({ value, name }) => ({ value: String(value), name }))}
        onChange={(value) => onSpeed(Number(value))}
      />
    </div>
  );
}

/** Rounding of positions. */
const tiny = 1e-9;

/** Where keys have a meaning of their own. */
const controls = "input, textarea, select, button, a, summary, [role=listbox]";

const keys = (act: {
  toggle(): void;
  step(direction: 1 | -1): void;
}): Readonly<Record<string, () => void>> => ({
  " ": () => act.toggle(),
  ArrowRight: () => act.step(1),
  ArrowLeft: () => act.step(-1),
});
