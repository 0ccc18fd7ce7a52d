/**
 * A chart of lines with marks and whiskers, drawn by uPlot, which is loaded with the first chart.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type UPlot from "uplot";
import { formatNumber } from "../../src/report/number-format.ts";
import type { Series } from "../../src/report/comparison/series.ts";
import { colourIn } from "../parts/colours.ts";
import type { CurvePoint } from "./curves.ts";
import { logTicks } from "./ticks.ts";

/** A line through points, or with `isMarked` also their marks and whiskers. */
export interface ChartLine {
  readonly name: string;
  readonly look: Series;
  readonly points: readonly CurvePoint[];
  readonly isMarked: boolean;
}

export interface ChartProps {
  /** What it shows, for those who can't see it. */
  readonly label: string;
  readonly lines: readonly ChartLine[];
  readonly xTitle: string;
  /** Where the axis of x is labelled, if not at round numbers. */
  readonly xTicks?: readonly number[];
  readonly height: number;
  readonly isLog: { readonly x: boolean; readonly y: boolean };
  /** Values along the axis of y are percentages. */
  readonly isShare?: boolean;
  /** Ends at 0. */
  readonly hasZero?: boolean;
  /** A rule across. */
  readonly reference?: number | undefined;
}

/** The chart, and below it the values under the pointer. */
export function Chart(props: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const [said, say] = useState("");
  const plot = useRef<UPlot>(undefined);
  const library = useRef<typeof UPlot>(undefined);
  const current = useRef(props);
  current.current = props;
  const { lines, label, isLog, height } = props;
  /** What a chart is made for; everything else is data that moves through it. */
  const make = JSON.stringify([lines.map(({ name, look }) => [name, look]), isLog, height]);

  useEffect(() => {
    let isOver = false;
    const parent = place.current!;
    const redraw = (): void => plot.current?.redraw(false);
    const theme = window.matchMedia("(prefers-color-scheme: dark)");
    const resize = new ResizeObserver(() =>
      plot.current?.setSize({ width: parent.clientWidth, height }),
    );
    void import("uplot").then(({ default: Plot }) => {
      if (isOver) return;
      library.current = Plot;
      plot.current = new Plot(
        optionsOf(Plot, parent, () => current.current, say),
        dataOf(Plot, current.current.lines),
        parent,
      );
      resize.observe(parent);
      theme.addEventListener("change", redraw);
    });
    return () => {
      isOver = true;
      resize.disconnect();
      theme.removeEventListener("change", redraw);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [make]);
  useEffect(() => {
    if (library.current !== undefined) plot.current?.setData(dataOf(library.current, lines));
  }, [lines]);

  return (
    <div class="chart">
      <div ref={place} role="img" aria-label={label} style={{ minHeight: `${height}px` }} />
      <p class="readout">{said}</p>
    </div>
  );
}

/** All lines over the places that any of them has. */
const dataOf = (Plot: typeof UPlot, lines: readonly ChartLine[]): UPlot.AlignedData =>
  lines.length === 0
    ? [[]]
    : Plot.join(
        lines.map(({ points }) => {
          const sorted = points.toSorted((a, b) => a.x - b.x);
          return [sorted.map(({ x }) => x), sorted.map(({ y }) => y)];
        }),
      );

function optionsOf(
  Plot: typeof UPlot,
  parent: HTMLElement,
  props: () => ChartProps,
  say: (words: string) => void,
): UPlot.Options {
  const { lines, xTitle, xTicks, height, isLog, isShare = false, hasZero = false } = props();
  const colour = colourIn(parent);
  const axis = {
    stroke: () => colour("var(--soft)"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: () => colour("var(--line)"), width: 1 },
    ticks: { show: false },
  };
  // uPlot's own begin logarithms at the end of the axis, and leave most without a label.
  const logarithmic = {
    splits: (_: UPlot, __: number, low: number, high: number) => logTicks(low, high),
    filter: (_: UPlot, splits: number[]) => splits,
  };
  const places = xTicks && { splits: () => [...xTicks], filter: logarithmic.filter };
  const shown = isShare ? percent : formatTick;
  return {
    width: parent.clientWidth,
    height,
    legend: { show: false },
    cursor: { points: { show: false }, y: false, drag: { x: false, y: false } },
    scales: {
      x: {
        time: false,
        distr: distribution(isLog.x),
        range: (_, low, high) => padded(low, high, isLog.x),
      },
      y: {
        distr: distribution(isLog.y),
        range: (_, low, high) => {
          const [least, most] = extentOf(props(), low, high);
          return isLog.y
            ? padded(least, most, true)
            : Plot.rangeNum(hasZero ? 0 : least, most, 0.1, true);
        },
      },
    },
    padding: [8, 12, 0, 0],
    axes: [
      {
        ...axis,
        ...(isLog.x && logarithmic),
        ...places,
        label: xTitle,
        labelFont: axis.font,
        labelSize: 18,
        size: 26,
        values: (_, values) => values.map(formatTick),
      },
      { ...axis, ...(isLog.y && logarithmic), size: 52, values: (_, values) => values.map(shown) },
    ],
    series: [
      {},
      ...lines.map(({ look, isMarked }) => ({
        stroke: () => colour(look.colour),
        width: isMarked ? 2 : 1.25,
        dash: isMarked ? [...look.dash] : [],
        spanGaps: true,
        points: { show: false },
      })),
    ],
    hooks: {
      draw: [(plot: UPlot) => drawMarks(plot, props(), colour)],
      setCursor: [(plot: UPlot) => say(valuesAt(plot, props(), shown))],
    },
  };
}

/** Linear and logarithmic scales by uPlot's numbers, whose names exist for its types only. */
const distribution = (isLog: boolean): UPlot.Scale.Distr =>
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
  isLog ? 3 : 1;

/** A little more than what is there. */
function padded(low: number, high: number, isLog: boolean): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return isLog ? [1, 10] : [0, 1];
  if (isLog) {
    const room = Math.max(1.06, (high / low) ** 0.06);
    return [low / room, high * room];
  }
  const room = high === low ? 1 : (high - low) * 0.03;
  return [low - room, high + room];
}

/** From where to where the values reach, with their whiskers and the rule across. */
function extentOf(
  { lines, reference, isLog }: ChartProps,
  low: number,
  high: number,
): [number, number] {
  const ends = lines.flatMap(({ points, isMarked }) =>
    isMarked ? points.flatMap(({ y, low: least = y, high: most = y }) => [least, most]) : [],
  );
  const all = [low, high, ...ends, ...(reference === undefined ? [] : [reference])].filter(
    (value) => Number.isFinite(value) && (!isLog.y || value > 0),
  );
  return all.length === 0 ? [0, 1] : [Math.min(...all), Math.max(...all)];
}

const percent = (value: number): string => `${Number((100 * value).toFixed(1))} %`;

/** A number at an axis, without zeros that say nothing. */
const formatTick = (value: number): string =>
  Math.abs(value) >= 10_000
    ? value.toExponential(0).replace("e+", "e")
    : String(Number(value.toPrecision(4)));

/** Whiskers and shapes of the marked lines, and the rule across. */
function drawMarks(
  plot: UPlot,
  { lines, reference }: ChartProps,
  colour: (name: string) => string,
): void {
  const { ctx: context, bbox } = plot;
  const pixels = window.devicePixelRatio;
  context.save();
  context.beginPath();
  context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  context.clip();
  context.lineWidth = 1.5 * pixels;
  context.setLineDash([]);
  if (reference !== undefined) {
    const y = plot.valToPos(reference, "y", true);
    context.strokeStyle = colour("var(--soft)");
    context.setLineDash([3 * pixels, 3 * pixels]);
    context.stroke(new Path2D(`M${bbox.left} ${y}H${bbox.left + bbox.width}`));
    context.setLineDash([]);
  }
  for (const { points, look } of lines.filter(({ isMarked }) => isMarked)) {
    context.fillStyle = context.strokeStyle = colour(look.colour);
    const shape = new Path2D(look.shape);
    for (const { x, y, low = y, high = y } of points) {
      const [left, top] = [plot.valToPos(x, "x", true), plot.valToPos(y, "y", true)];
      const ends = [low, high].map((end) => plot.valToPos(end, "y", true));
      context.stroke(new Path2D(`M${left} ${ends[0]!}V${ends[1]!}`));
      context.save();
      context.translate(left, top);
      context.scale(pixels, pixels);
      // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a canvas, no array
      context.fill(shape);
      context.restore();
    }
  }
  context.restore();
}

/** What stands under the pointer: of each line its last value up to there. */
function valuesAt(
  plot: UPlot,
  { lines, xTitle }: ChartProps,
  shown: (value: number) => string,
): string {
  const { idx } = plot.cursor;
  const x = idx === null || idx === undefined ? undefined : plot.data[0][idx];
  if (x === undefined) return "";
  const values = lines.flatMap(({ name, points }) => {
    const last = points.filter((point) => point.x <= x).at(-1);
    return last === undefined ? [] : [`${name} ${shown(Number(formatNumber(last.y)))}`];
  });
  return `${xTitle} ${formatNumber(x)}: ${values.join(", ")}`;
}
