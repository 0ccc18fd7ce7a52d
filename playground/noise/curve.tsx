/**
 * The curve of a schedule with where one path of the noise really is.
 *
 * @module
 */
import type { JSX } from "preact";

const [width, height] = [320, 160];
const pad = { left: 44, right: 8, top: 10, bottom: 24 };

const x = (t: number): number => pad.left + t * (width - pad.left - pad.right);
const y = (share: number): number => pad.top + (1 - share) * (height - pad.top - pad.bottom);

const lineOf = (values: readonly number[]): string =>
  values
    .map(
      (value, i) =>
        `${i === 0 ? "M" : "L"}${x(i / (values.length - 1)).toFixed(1)} ${y(value).toFixed(1)}`,
    )
    .join("");

/** @param props.expected,props.drawn a value for each time from 0 to 1 */
export function Curve({
  expected,
  drawn,
  t,
}: {
  readonly expected: readonly number[];
  readonly drawn: readonly number[];
  readonly t: number;
}): JSX.Element {
  const at = Math.round(t * (expected.length - 1));
  const now = Math.round(100 * (expected[at] ?? 1));
  const label = `Share of tokens that are still their own: ${now} % expected at t = ${t.toFixed(2)}, falling from 100 % to ${Math.round(100 * (expected.at(-1) ?? 0))} %.`;
  return (
    <figure class="curve">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        {[0, 0.5, 1].map((share) => (
          <g key={share} class="grid">
            <line x1={x(0)} x2={x(1)} y1={y(share)} y2={y(share)} />
            <text x={pad.left - 6} y={y(share) + 4} text-anchor="end">
              {100 * share} %
            </text>
          </g>
        ))}
        {[0, 0.5, 1].map((time) => (
          <text key={time} class="tick" x={x(time)} y={height - 6} text-anchor="middle">
            {time === 0 ? "t = 0" : time}
          </text>
        ))}
        <path class="drawn" d={lineOf(drawn)} />
        <path class="expected" d={lineOf(expected)} />
        <line class="now" x1={x(t)} x2={x(t)} y1={y(0)} y2={y(1)} />
        <circle cx={x(t)} cy={y(expected[at] ?? 1)} r={4.5} />
      </svg>
      <figcaption>
        Tokens that are still their own: <b class="solid">expected</b>, and{" "}
        <b class="dashed">here</b>
      </figcaption>
    </figure>
  );
}
