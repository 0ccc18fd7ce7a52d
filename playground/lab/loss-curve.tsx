/**
 * The loss while a model is trained: of its batches, and on text that it is not trained on.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { seriesOf } from "../../src/report/comparison/series.ts";
import { Chart } from "../compare/chart.tsx";
import type { ChartLine } from "../compare/chart.tsx";
import { smoothed } from "../compare/curves.ts";
import type { Point } from "./lab.ts";

/** How much of the mean so far stays in the next: single batches of a small model say little. */
const memory = 0.9;

export function LossCurve({
  losses,
  validations,
}: {
  readonly losses: readonly Point[];
  readonly validations: readonly Point[];
}): JSX.Element {
  const lines = useMemo((): ChartLine[] => {
    const look = seriesOf(0);
    const means = smoothed(
      losses.map(({ loss }) => loss),
      memory,
    );
    return [
      {
        name: "batches",
        look,
        points: losses.map(({ step }, i) => ({ x: step, y: means[i]! })),
        isMarked: false,
      },
      {
        name: "validation",
        look,
        points: validations.map(({ step, loss }) => ({ x: step, y: loss })),
        isMarked: true,
      },
    ];
  }, [losses, validations]);
  return (
    <figure>
      <figcaption>
        Nats per token. Thin: the mean of its batches; with marks: text that it is not trained on.
      </figcaption>
      <Chart
        label={labelOf(losses, validations)}
        lines={lines}
        xTitle="step"
        height={260}
        isLog={{ x: false, y: false }}
      />
    </figure>
  );
}

function labelOf([first, ...more]: readonly Point[], validations: readonly Point[]): string {
  const last = validations.at(-1) ?? more.at(-1) ?? first;
  return first === undefined || last === undefined
    ? "Loss: nothing yet."
    : `Loss: from ${first.loss.toFixed(2)} nats a token at step ${first.step} to ${last.loss.toFixed(2)} at step ${last.step}.`;
}
