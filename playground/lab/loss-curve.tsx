/**
 * The loss while a model is trained: of each step, and on text that it is not trained on.
 *
 * @module
 */
import type { JSX } from "preact";
import type { Point } from "./lab.ts";

const [width, height] = [640, 240];
const pad = { left: 40, right: 12, top: 10, bottom: 26 };

/** Points of the line at most: more are not told apart. */
const most = 400;

/** @param props.steps of the whole run */
export function LossCurve({
  losses,
  validations,
  steps,
}: {
  readonly losses: readonly Point[];
  readonly validations: readonly Point[];
  readonly steps: number;
}): JSX.Element {
  const top = Math.ceil(losses.slice(0, 10).reduce((high, { loss }) => Math.max(high, loss), 1));
  const x = (step: number): number =>
    pad.left + (step / Math.max(1, steps)) * (width - pad.left - pad.right);
  const y = (loss: number): number =>
    pad.top + (1 - Math.min(1, loss / top)) * (height - pad.top - pad.bottom);
  const line = (points: readonly Point[]): string =>
    points
      .map(
        ({ step, loss }, i) => `${i === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(loss).toFixed(1)}`,
      )
      .join("");
  const [first, last] = [losses[0], validations.at(-1) ?? losses.at(-1)];
  const label =
    first === undefined || last === undefined
      ? "Loss: nothing yet."
      : `Loss: from ${first.loss.toFixed(2)} nats a token at step ${first.step} to ${last.loss.toFixed(2)} at step ${last.step}.`;
  return (
    <figure class="curve loss">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        {[0, 0.5, 1].map((share) => (
          <g key={share} class="grid">
            <line x1={x(0)} x2={x(steps)} y1={y(share * top)} y2={y(share * top)} />
            <text x={pad.left - 6} y={y(share * top) + 4} text-anchor="end">
              {share * top}
            </text>
          </g>
        ))}
        {[0, 0.5, 1].map((share) => (
          <text
            key={share}
            class="tick"
            x={x(share * steps)}
            y={height - 6}
            text-anchor={share === 1 ? "end" : "middle"}
          >
            {Math.round(share * steps)}
          </text>
        ))}
        <path class="drawn" d={line(thinned(losses))} />
        <path class="expected" d={line(validations)} />
      </svg>
      <figcaption>
        Nats per token over steps: <b class="dashed">each batch</b>, and{" "}
        <b class="solid">text it is not trained on</b>
      </figcaption>
    </figure>
  );
}

/** Means of neighbours, where there are more points than can be drawn. */
function thinned(points: readonly Point[]): readonly Point[] {
  const group = Math.ceil(points.length / most);
  if (group <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / group) }, (_, i) => {
    const some = points.slice(i * group, (i + 1) * group);
    const loss = some.reduce((sum, one) => sum + one.loss, 0) / some.length;
    return { step: some.at(-1)!.step, loss };
  });
}
