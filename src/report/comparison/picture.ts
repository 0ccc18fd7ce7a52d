/**
 * The pictures of a task as one SVG that stands alone: with its legend and colours, for light and dark.
 *
 * @module
 */
import { html, trusted } from "../html.ts";
import type { Html } from "../html.ts";
import { wrap } from "../wrap.ts";
import type { DrawnPlot } from "./charts.ts";
import type { ComparedTask, Comparison } from "./comparison.ts";
import { seriesOf } from "./series.ts";
import { palette } from "./style.ts";

/** A drawn plot, with what it takes up. */
interface Drawn {
  /** In lines that are no wider than a column. */
  readonly title: readonly string[];
  readonly svg: string;
  readonly height: number;
}

/** Pictures stand in two columns of this width, in CSS pixels. */
const column = 376;
const columns = 2;
const margin = 16;
const line = 24;
/** What a character of a legend takes up, on the generous side. */
const character = 8.5;

/** The file's text, of a task with its plots; undefined where there are none. */
export function taskPicture(
  task: ComparedTask,
  comparison: Comparison,
  drawnPlots: readonly DrawnPlot[],
): string | undefined {
  if (drawnPlots.length === 0) return undefined;
  const drawn = drawnPlots.map(({ title, svg }): Drawn => {
    const height = Number(/^<svg[^>]*? height="([\d.]+)"/.exec(svg)?.[1]);
    return { title: wrap(title, Math.floor(column / character)), svg, height };
  });
  const width = Math.min(drawn.length, columns) * column + margin;
  const names = comparison.models.map(({ name }) => name);
  const legend = legendOf(names, width);
  const rows = Array.from({ length: Math.ceil(drawn.length / columns) }, (_, i) =>
    drawn.slice(i * columns, (i + 1) * columns),
  );
  let top = margin + legend.height;
  const plots: Html[] = [];
  for (const row of rows) {
    const headroom = line * Math.max(...row.map(({ title }) => title.length));
    row.forEach((one, i) => plots.push(placed(one, margin + i * column, top, headroom)));
    top += headroom + margin + Math.max(...row.map(({ height }) => height));
  }
  const about = `${task.title}: ${drawn.map(({ title }) => title.join(" ")).join("; ")}. Whiskers are two standard errors.`;
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${width}"
    height="${top}"
    viewBox="0 0 ${width} ${top}"
    role="img"
    aria-label="${about}"
    font-family="system-ui, sans-serif"
    font-size="14"
  >
    <style>
      ${trusted(palette)} svg {
        color: var(--ink);
      }
    </style>
    <rect width="${width}" height="${top}" rx="10" fill="var(--card)" />
    ${legend.marks} ${plots}
  </svg>`.markup;
}

const placed = ({ title, svg }: Drawn, x: number, y: number, headroom: number): Html =>
  html`${title.map(
      (words, i) =>
        html`<text x="${x}" y="${y + (i + 1) * line - 8}" font-weight="600" fill="var(--ink)">
          ${words}
        </text> `,
    )} <g transform="translate(${x} ${y + headroom})">${trusted(svg)}</g>`;

/** Whose mark is whose, in as many lines as it takes. */
function legendOf(
  names: readonly string[],
  width: number,
): { readonly marks: Html[]; readonly height: number } {
  let [x, y] = [margin, margin];
  const marks = names.map((name, i) => {
    const taken = 36 + character * Array.from(name).length + 12;
    if (x > margin && x + taken > width) [x, y] = [margin, y + line];
    const { colour, shape, dash } = seriesOf(i);
    const mark = html`<g transform="translate(${x + 13} ${y + 6})">
      <path
        d="M-13 0H13"
        stroke="${colour}"
        stroke-width="2"
        stroke-dasharray="${dash.join(" ")}"
      />
      <path d="${shape}" fill="${colour}" />
      <text x="20" y="5" fill="var(--ink)">${name}</text>
    </g>`;
    x += taken;
    return mark;
  });
  return { marks, height: y + line - margin };
}
