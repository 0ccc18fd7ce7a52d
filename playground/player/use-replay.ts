/**
 * A player for recordings that lie beside each other in some unit.
 *
 * @module
 */
import { useMemo, useState } from "preact/hooks";
import type { Recording } from "../recording.ts";
import { speedFor } from "./units.ts";
import type { Unit } from "./units.ts";
import { usePlayer } from "./use-player.ts";
import type { Player } from "./use-player.ts";

export interface Replay {
  readonly player: Player;
  /** Where the last frame lies. */
  readonly length: number;
  /** Where frames lie, rising. */
  readonly marks: readonly number[];
  readonly speed: number;
  onSpeed(speed: number): void;
}

/** Until the user chooses a speed, it is one at which the replay can be followed. */
export function useReplay(recordings: readonly Recording[], unit: Unit): Replay {
  const marks = useMemo(() => {
    const places = recordings.flatMap(({ views }) => views.map((view) => unit.of(view)));
    return [...new Set(places)].toSorted((a, b) => a - b);
  }, [recordings, unit]);
  const length = marks.at(-1) ?? 0;
  const [chosen, choose] = useState<{ readonly unit: Unit; readonly speed: number }>();
  const speed = chosen?.unit === unit ? chosen.speed : speedFor(unit, length);
  const player = usePlayer(length, speed);
  return { player, length, marks, speed, onSpeed: (value) => choose({ unit, speed: value }) };
}
