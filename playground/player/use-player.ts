/**
 * A position that moves with time: playing, standing, or led by hand.
 *
 * @module
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export interface Player {
  readonly position: number;
  readonly playing: boolean;
  play(): void;
  pause(): void;
  /** Moves to a position, and stays there; what lies beyond the end is the end. */
  seek(position: number): void;
}

/**
 * A player from 0 to `length`.
 *
 * @param speed positions a second
 */
export function usePlayer(length: number, speed: number): Player {
  const [position, setPosition] = useState(0);
  const [playing, setPlaying] = useState(false);
  const at = useRef(0);
  const move = useCallback((to: number) => setPosition((at.current = to)), []);

  useEffect(() => {
    if (!playing) return undefined;
    let before: number | undefined;
    let request = requestAnimationFrame(function step(now) {
      const elapsed = before === undefined ? 0 : (now - before) / 1000;
      before = now;
      const next = Math.min(length, at.current + elapsed * speed);
      move(next);
      if (next === length && elapsed > 0) setPlaying(false);
      else request = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(request);
  }, [playing, length, speed, move]);

  return {
    position: Math.min(position, length),
    playing,
    play() {
      if (at.current >= length) move(0);
      setPlaying(true);
    },
    pause: () => setPlaying(false),
    seek(to) {
      setPlaying(false);
      move(to);
    },
  };
}

/** Whether the user has asked for pages that don't move by themselves. */
export const prefersStillness = (): boolean =>
  window.matchMedia("(prefers-reduced-motion: reduce)").matches;
