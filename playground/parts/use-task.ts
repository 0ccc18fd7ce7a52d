/**
 * One thing at a time that the user waits for, and may stop.
 *
 * @module
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { troubleOf } from "./trouble.tsx";

export interface Task {
  readonly isRunning: boolean;
  readonly trouble: string | undefined;
  setTrouble(message: string | undefined): void;
  /** Runs something; what it throws becomes `trouble`. */
  run(work: (signal: AbortSignal) => Promise<void>): void;
  stop(): void;
}

/** A task of a component; it ends with the component. */
export function useTask(): Task {
  const [isRunning, setRunning] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const controller = useRef<AbortController>(undefined);
  const stop = useCallback(() => controller.current?.abort(), []);
  useEffect(() => stop, [stop]);
  const run = useCallback((work: (signal: AbortSignal) => Promise<void>) => {
    controller.current?.abort();
    const mine = (controller.current = new AbortController());
    setTrouble(undefined);
    setRunning(true);
    work(mine.signal)
      .catch((error: unknown) => setTrouble(troubleOf(error)))
      .finally(() => {
        if (controller.current === mine) setRunning(false);
      });
  }, []);
  return { isRunning, trouble, setTrouble, run, stop };
}
