/**
 * What trains in the server's folder of runs, looked at again and again.
 *
 * @module
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { UnmaskError } from "../../src/errors.ts";
import { modelList } from "../engine/site.ts";
import { troubleOf } from "../parts/trouble.tsx";
import { extended } from "./curves.ts";
import type { Metric } from "./curves.ts";
import { listReports, listRuns, metricsOf } from "./local-runs.ts";
import type { Report, Run } from "./local-runs.ts";

export interface LocalRuns {
  /** Undefined until they are known. */
  readonly runs: readonly Run[] | undefined;
  readonly reports: readonly Report[];
  /** The lines of the runs that are followed. */
  readonly metrics: ReadonlyMap<string, readonly Metric[]>;
  readonly trouble: string | undefined;
  /** Whether the server wants a key first. */
  readonly isLocked: boolean;
  /** Looks at once. */
  look(): void;
}

/** Milliseconds between two looks: while the page is seen, and while it is not. */
const pause = { seen: 1500, hidden: 15_000 };

/** Seconds for which a file may still have got lines after its last time stamp. */
const settling = 5;

interface Followed {
  readonly created: number;
  readonly updated: number;
  readonly lines: readonly Metric[];
}

/** @param isFollowed which runs to read the metrics of */
export function useRuns(isFollowed: (run: Run, all: readonly Run[]) => boolean): LocalRuns {
  const [state, set] = useState<Omit<LocalRuns, "look">>({
    runs: undefined,
    reports: [],
    metrics: new Map(),
    trouble: undefined,
    isLocked: false,
  });
  const wanted = useRef(isFollowed);
  wanted.current = isFollowed;
  const known = useRef(new Map<string, Followed>());
  const [visit, setVisit] = useState(0);
  const look = useCallback(() => setVisit((before) => before + 1), []);

  useEffect(() => {
    if (modelList() !== undefined) {
      set((before) => ({ ...before, trouble: "a static site has no server" }));
      return undefined;
    }
    const controller = new AbortController();
    const { signal } = controller;
    let timer: ReturnType<typeof setTimeout>;
    const once = async (): Promise<void> => {
      const [runs, reports] = await Promise.all([listRuns(signal), listReports(signal)]);
      for (const run of runs.filter((one) => wanted.current(one, runs)))
        known.current.set(run.id, await followed(run, known.current.get(run.id), signal));
      const metrics = new Map(Array.from(known.current, ([id, { lines }]) => [id, lines]));
      set({ runs, reports, metrics, trouble: undefined, isLocked: false });
    };
    const again = (): void => {
      once()
        .catch((error: unknown) => {
          if (signal.aborted) return;
          const isLocked = UnmaskError.is(error) && error.code === "missing";
          set((before) => ({ ...before, trouble: troubleOf(error), isLocked }));
        })
        .finally(() => {
          if (!signal.aborted)
            timer = setTimeout(again, document.hidden ? pause.hidden : pause.seen);
        });
    };
    again();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [visit]);
  return { ...state, look };
}

/** A run with the lines that have come since; one of the same name that began anew has none of the old. */
async function followed(
  run: Run,
  before: Followed | undefined,
  signal: AbortSignal,
): Promise<Followed> {
  const { created, updated } = run;
  const known = before?.created === created ? before : undefined;
  const isStill = Date.now() / 1000 - updated > settling;
  if (known !== undefined && known.updated === updated && isStill) return known;
  const from = known?.lines.at(-1)?.step ?? 0;
  const lines = extended(known?.lines ?? [], from, await metricsOf(run.id, from, signal));
  // As long as more may come, the next look shall ask again.
  return { created, updated: isStill ? updated : -1, lines };
}
