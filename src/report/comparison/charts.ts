/**
 * The pictures of a comparison, as SVG: described for Vega-Lite, drawn by Vega, without a browser.
 *
 * Colours are the page's CSS variables, so that one picture serves light and dark.
 *
 * @module
 */
import { parse, View } from "vega";
import { compile } from "vega-lite";
import type { TopLevelSpec } from "vega-lite";
import type { Plot } from "../../evaluate/tasks/task.ts";
import { wrap } from "../wrap.ts";
import type { ComparedTask, Comparison } from "./comparison.ts";
import { pointsOf, referenceOf } from "./points.ts";
import type { Point } from "./points.ts";
import { seriesOf } from "./series.ts";

/** Width of every picture; they stand side by side where there is room. */
const width = 344;

/** A plot as it is drawn. */
export interface DrawnPlot {
  readonly title: string;
  readonly svg: string;
}

/** The plots of every task, by its name. */
export type DrawnTasks = ReadonlyMap<string, readonly DrawnPlot[]>;

/** Draws all there is to draw. */
export async function drawTasks(comparison: Comparison): Promise<DrawnTasks> {
  const drawn = new Map<string, readonly DrawnPlot[]>();
  for (const task of comparison.tasks) drawn.set(task.name, await drawPlots(task, comparison));
  return drawn;
}

/** The plots of a task, without those that have nothing to show. */
export async function drawPlots(task: ComparedTask, comparison: Comparison): Promise<DrawnPlot[]> {
  const drawn: DrawnPlot[] = [];
  for (const plot of task.plots) {
    const svg = await drawPlot(plot, task, comparison);
    if (svg !== undefined) drawn.push({ title: plot.title, svg });
  }
  return drawn;
}

/** A drawn picture; undefined where there is nothing to draw. */
async function drawPlot(
  plot: Plot,
  task: ComparedTask,
  comparison: Comparison,
): Promise<string | undefined> {
  const points = pointsOf(plot, task, comparison);
  if (points.length === 0) return undefined;
  const names = comparison.models.map(({ name }) => name);
  const spec =
    plot.kind === "lines"
      ? linesSpec(plot, task, points, names)
      : dotsSpec(plot, task, points, names);
  // Hints about the specification are for its author; the tests see the picture.
  const { spec: described } = compile(spec, { logger: silent });
  const view = new View(parse(described), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

const silent = {
  level: () => silent,
  error: () => silent,
  warn: () => silent,
  info: () => silent,
  debug: () => silent,
};

/** What all pictures have in common. */
const config = {
  background: "transparent",
  font: "system-ui, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif",
  aria: false,
  view: { stroke: null },
  axis: {
    labelColor: "var(--ink-soft)",
    titleColor: "var(--ink-soft)",
    gridColor: "var(--line)",
    domainColor: "var(--line-strong)",
    tickColor: "var(--line-strong)",
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 400,
    titlePadding: 8,
    labelOverlap: true,
  },
} as const;

function scales(names: readonly string[]) {
  const series = names.map((_, i) => seriesOf(i));
  return {
    color: {
      field: "model",
      type: "nominal",
      scale: { domain: [...names], range: series.map(({ colour }) => colour) },
      legend: null,
    },
    shape: {
      field: "model",
      type: "nominal",
      scale: { domain: [...names], range: series.map(({ shape }) => shape) },
      legend: null,
    },
    strokeDash: {
      field: "model",
      type: "nominal",
      scale: { domain: [...names], range: series.map(({ dash }) => [...dash]) },
      legend: null,
    },
  } as const;
}

function linesSpec(
  plot: Extract<Plot, { kind: "lines" }>,
  task: ComparedTask,
  points: readonly Point[],
  names: readonly string[],
): TopLevelSpec {
  const { color, shape, strokeDash } = scales(names);
  const docs = task.figures[plot.y]!;
  const places = [...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b);
  const xTitle = plot.x === "axis" ? (task.axis ?? "") : task.figures[plot.x]!.label;
  const x = {
    field: "x",
    type: "quantitative",
    scale: scaleOf(plot.logX, { zero: false, padding: 12 }),
    axis: {
      title: xTitle,
      grid: false,
      format: "~s",
      ...(plot.x === "axis" ? { values: places } : { tickCount: 5 }),
    },
  } as const;
  const y = {
    field: "y",
    type: "quantitative",
    scale: scaleOf(plot.logY, { zero: docs.share ?? false }),
    axis: { title: null, format: docs.share ? ".0%" : "~s", tickCount: 5 },
  } as const;
  const reference = referenceOf(plot.reference, task);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width,
    height: 230,
    autosize: { type: "fit", contains: "padding" },
    padding: 4,
    config,
    data: { values: points.map((point) => ({ ...point })) },
    layer: [
      ...(reference === undefined
        ? []
        : [
            {
              data: { values: [{ y: reference }] },
              mark: {
                type: "rule",
                strokeDash: Array.of(3, 3),
                color: "var(--ink-soft)",
                size: 1.5,
              },
              encoding: { y },
            } as const,
          ]),
      { mark: { type: "line", strokeWidth: 2 }, encoding: { x, y, color, strokeDash } },
      {
        mark: { type: "rule", strokeWidth: 1.5 },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
      },
      {
        mark: { type: "point", filled: true, opacity: 1, size: symbolSize },
        encoding: { x, y, color, shape },
      },
    ],
  };
}

/** A logarithmic scale, or a linear one. */
const scaleOf = (
  log: true | undefined,
  { zero, padding = 0 }: { readonly zero: boolean; readonly padding?: number },
) =>
  log ? ({ type: "log", nice: padding === 0, padding } as const) : ({ zero, padding } as const);

/** Draws the shapes at their own size: Vega scales paths by half the root of this. */
const symbolSize = 4;

function dotsSpec(
  plot: Extract<Plot, { kind: "dots" }>,
  task: ComparedTask,
  dots: readonly Point[],
  names: readonly string[],
): TopLevelSpec {
  const points = dots.map((dot) => ({ ...dot, figure: wrap(dot.figure, labelColumns).join("\n") }));
  const { color, shape } = scales(names);
  const figures = [...new Set(points.map(({ figure }) => figure))];
  const share = plot.figures.every((figure) => task.figures[figure]!.share);
  const y = {
    field: "figure",
    type: "nominal",
    sort: figures,
    axis: { title: null, labelLimit: 0, ticks: false, domain: false, labelExpr: brokenLabel },
  } as const;
  const yOffset = {
    field: "model",
    type: "nominal",
    sort: [...names],
    scale: { padding: 0.5 },
  } as const;
  const x = {
    field: "x",
    type: "quantitative",
    scale: { zero: share },
    axis: { title: null, format: share ? ".0%" : "~s", tickCount: 4 },
  } as const;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width,
    height: 44 + figures.length * Math.max(44, 18 + 14 * names.length),
    autosize: { type: "fit", contains: "padding" },
    padding: 4,
    config,
    data: { values: points },
    layer: [
      {
        mark: { type: "rule", strokeWidth: 1.5 },
        encoding: { y, yOffset, x: { ...x, field: "low" }, x2: { field: "high" }, color },
      },
      {
        mark: { type: "point", filled: true, opacity: 1, size: symbolSize },
        encoding: { y, yOffset, x, color, shape },
      },
    ],
  };
}

/** Labels stand in several short lines. */
const labelColumns = 16;
const brokenLabel = "split(datum.label, '\\n')";
