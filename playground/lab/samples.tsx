/**
 * What the model has written in the course of its training.
 *
 * @module
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Board } from "../board/board.tsx";
import type { Sample } from "./lab.ts";

/** The latest sample as it is written, and what was written before. */
export function Samples({ samples }: { readonly samples: readonly Sample[] }): JSX.Element {
  const [chosen, choose] = useState<number>();
  const at = chosen === undefined ? samples.length - 1 : Math.min(chosen, samples.length - 1);
  const sample = samples[at];
  return (
    <section aria-label="Samples">
      <h2>{sample === undefined ? "" : `After ${sample.after} steps`}</h2>
      <Board
        label={`What the model writes after ${sample?.after ?? 0} steps`}
        view={sample?.view ?? { stretches: [], step: 0 }}
        steps={sample?.view.step ?? 0}
        hint={sample === undefined ? "What the model writes appears here." : ""}
      />
      <input
        type="range"
        aria-label="Which sample"
        min={0}
        max={Math.max(0, samples.length - 1)}
        value={at}
        disabled={samples.length < 2}
        onInput={({ currentTarget: { valueAsNumber } }) =>
          // The newest one is followed.
          choose(valueAsNumber === samples.length - 1 ? undefined : valueAsNumber)
        }
      />
    </section>
  );
}
