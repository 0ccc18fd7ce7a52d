/**
 * What the pictures of a task show: its figures as points with whiskers of two standard errors to each side.
 *
 * @module
 */
import type { FigureDocs, Measurement, Plot } from "../../evaluate/tasks/task.ts";
import { measurementsOf } from "./comparison.ts";
import type { ComparedTask, Comparison } from "./comparison.ts";

/** A point of a picture. */
export interface Point {
  readonly model: string;
  /** Its figure, or in dots the words for it. */
  readonly figure: string;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

/** All points of a picture; those of lines in the order in which they are joined. */
export function pointsOf(plot: Plot, task: ComparedTask, { models }: Comparison): Point[] {
  return models.flatMap(({ name }) => {
    const all = measurementsOf(task.results.find(({ model }) => model === name));
    return plot.kind === "lines"
      ? linePoints(plot, all, name, task)
      : dotPoints(plot, all, name, task);
  });
}

function linePoints(
  { x, y, logY }: Extract<Plot, { kind: "lines" }>,
  all: readonly Measurement[],
  model: string,
  { figures }: ComparedTask,
): Point[] {
  return all
    .filter(({ figure }) => figure === y)
    .flatMap((one) => {
      const beside = all.find(({ figure, at }) => figure === x && at === one.at);
      const place = x === "axis" ? one.at : beside?.value;
      if (place === undefined || !Number.isFinite(one.value)) return [];
      const { low, high } = whiskers(one, figures[y]!);
      // Logarithms have no room for what reaches down to 0.
      const least = logY ? Math.max(low, one.value / 4) : low;
      return [{ model, figure: y, x: place, y: one.value, low: least, high }];
    });
}

function dotPoints(
  { figures }: Extract<Plot, { kind: "dots" }>,
  all: readonly Measurement[],
  model: string,
  task: ComparedTask,
): Point[] {
  return figures.flatMap((figure) =>
    all
      .filter((one) => one.figure === figure)
      .map((one) => {
        const docs = task.figures[figure]!;
        return { model, figure: docs.label, x: one.value, y: 0, ...whiskers(one, docs) };
      }),
  );
}

/** Two standard errors to each side; nothing is less than none of something. */
function whiskers({ value, error }: Measurement, { share }: FigureDocs) {
  const low = value - 2 * error;
  return { low: share ? Math.max(0, low) : low, high: value + 2 * error };
}

/** The value of a reference figure, of the first model that has it. */
export function referenceOf(
  figure: string | undefined,
  { results }: ComparedTask,
): number | undefined {
  return results.flatMap((result) => measurementsOf(result)).find((one) => one.figure === figure)
    ?.value;
}
