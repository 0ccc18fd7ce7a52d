/**
 * The places of one model: how many tasks it carries out at a time, and who waits, in the order in which
 * they came.
 *
 * @module
 */
import { engineError } from "./engine.ts";

export interface Places {
  readonly active: number;
  readonly waiting: number;
  /**
   * Waits for a place; what it resolves to gives it back.
   *
   * @throws EngineError "busy" if too many wait already; the signal's reason if it is aborted meanwhile
   */
  take(signal: AbortSignal): Promise<() => void>;
}

export interface PlacesOptions {
  /** Tasks at a time. */
  readonly places: number;
  /** Tasks that may wait. */
  readonly queue: number;
}

/** Seconds of a task that nothing is known of yet. */
const firstGuess = 1;

export function createPlaces({ places, queue }: PlacesOptions): Places {
  const waiting: (() => void)[] = [];
  let active = 0;
  /** How long a task takes, the last ones counting most, in seconds. */
  let usual = firstGuess;

  const begin = (): (() => void) => {
    active += 1;
    const since = performance.now();
    let given = false;
    return () => {
      if (given) return;
      given = true;
      active -= 1;
      usual += 0.2 * ((performance.now() - since) / 1000 - usual);
      waiting.shift()?.();
    };
  };
  return {
    get active() {
      return active;
    },
    get waiting() {
      return waiting.length;
    },
    async take(signal) {
      signal.throwIfAborted();
      if (active < places && waiting.length === 0) return begin();
      if (waiting.length >= queue) {
        const seconds = Math.ceil((usual * (waiting.length + active)) / places);
        throw engineError(
          "busy",
          `all places are taken and ${waiting.length} requests wait, as many as may; try again in ${seconds} s`,
          Math.max(1, seconds),
        );
      }
      return new Promise((resolve, reject) => {
        const enter = (): void => {
          signal.removeEventListener("abort", leave);
          resolve(begin());
        };
        const leave = (): void => {
          waiting.splice(waiting.indexOf(enter), 1);
          reject(signal.reason as Error);
        };
        signal.addEventListener("abort", leave, { once: true });
        waiting.push(enter);
      });
    },
  };
}
