/**
 * Figures of several models as points with whiskers, a row for each figure.
 *
 * @module
 */
import type { JSX } from "preact";
import type { Point } from "../../src/report/comparison/points.ts";
import { seriesOf } from "../../src/report/comparison/series.ts";
import { ticks } from "./ticks.ts";

/** Pixels between the models of a row. */
const lane = 16;

/** @param props.models names, whose order gives each its look */
export function Dots({
  label,
  points,
  models,
  isShare,
}: {
  readonly label: string;
  readonly points: readonly Point[];
  readonly models: readonly string[];
  readonly isShare: boolean;
}): JSX.Element {
  const ends = points.flatMap(({ low, high }) => [low, high]);
  const [least, most] = [Math.min(...ends, ...(isShare ? [0] : [])), Math.max(...ends)];
  const room = (most - least || 1) * 0.06;
  const at = (value: number): string =>
    `${((100 * (value - least + room)) / (most - least + 2 * room || 1)).toFixed(2)}%`;
  const marks = ticks(least, most);
  const figures = [...new Set(points.map(({ figure }) => figure))];
  return (
    <div class="dots" role="img" aria-label={label}>
      {figures.map((figure) => {
        const own = models.flatMap((model, index) =>
          points
            .filter((point) => point.figure === figure && point.model === model)
            .map((point) => ({ ...point, look: seriesOf(index) })),
        );
        const height = lane * Math.max(2, own.length) + 8;
        return [
          <span key={`${figure} name`}>{figure}</span>,
          <svg key={figure} width="100%" height={height}>
            {marks.map((mark) => (
              <line key={mark} class="grid" x1={at(mark)} x2={at(mark)} y1={0} y2={height} />
            ))}
            {own.map(({ x, low, high, look }, i) => {
              const y = height / 2 + lane * (i - (own.length - 1) / 2);
              return (
                <g key={i} style={{ color: look.colour }}>
                  <line class="whisker" x1={at(low)} x2={at(high)} y1={y} y2={y} />
                  <svg x={at(x)} y={y} overflow="visible">
                    <path d={look.shape} fill="currentColor" />
                  </svg>
                </g>
              );
            })}
          </svg>,
        ];
      })}
      <span />
      <svg width="100%" height={18}>
        {marks.map((mark) => (
          <text key={mark} x={at(mark)} y={13} text-anchor="middle">
            {isShare ? `${Math.round(100 * mark)} %` : String(mark)}
          </text>
        ))}
      </svg>
    </div>
  );
}
