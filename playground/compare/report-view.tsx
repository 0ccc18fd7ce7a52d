/**
 * A report of `unmask compare`: verdict, models, all figures, and each task with its pictures. Words and tables are
 * those of the report's own page.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Html } from "../../src/report/html.ts";
import type { ComparedTask, Comparison } from "../../src/report/comparison/comparison.ts";
import { figureRows } from "../../src/report/comparison/figure-rows.ts";
import { findings, legend } from "../../src/report/comparison/findings.ts";
import { modelSection } from "../../src/report/comparison/model-section.ts";
import { pointsOf, referenceOf } from "../../src/report/comparison/points.ts";
import { seriesOf, swatch } from "../../src/report/comparison/series.ts";
import { verdictSection } from "../../src/report/comparison/verdict-section.ts";
import type { Plot } from "../../src/evaluate/tasks/task.ts";
import { Chart } from "./chart.tsx";
import { Dots } from "./dots.tsx";

/** The whole report. */
export function ReportView({ comparison }: { readonly comparison: Comparison }): JSX.Element {
  const { settings, made, machine, finished, tasks } = comparison;
  const { data, length, samples, seed } = settings;
  return (
    <div class="report">
      <p class="soft">
        Measured on {data} in canvases of {length} tokens, up to {samples} samples to a figure, seed{" "}
        {seed}. {made}, on {machine}.{!finished && " This report is not finished."}
      </p>
      <Markup of={verdictSection} comparison={comparison} />
      <Markup of={modelSection} comparison={comparison} />
      <FamilyTable comparison={comparison} />
      {tasks.map((task) => (
        <TaskView key={task.name} task={task} comparison={comparison} />
      ))}
    </div>
  );
}

/** Markup in which everything from the file is escaped. */
function Markup({
  of,
  comparison,
}: {
  readonly of: (comparison: Comparison) => Html;
  readonly comparison: Comparison;
}): JSX.Element {
  const markup = useMemo(() => of(comparison).markup, [comparison]);
  return <div dangerouslySetInnerHTML={{ __html: markup }} />;
}

/** A model's mark. */
export function Swatch({ index }: { readonly index: number }): JSX.Element {
  return <span class="swatch" dangerouslySetInnerHTML={{ __html: swatch(index).markup }} />;
}

/** All figures of all models. */
function FamilyTable({ comparison }: { readonly comparison: Comparison }): JSX.Element {
  const { models } = comparison;
  return (
    <section aria-labelledby="family">
      <h2 id="family">All figures</h2>
      <p class="soft">
        Value ± standard error, and n, the number of samples; of figures along an axis the last one.
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="All figures: table">
        <table>
          <thead>
            <tr>
              <th scope="col">figure</th>
              {models.map(({ name }, i) => (
                <th key={name} scope="col" class="names number">
                  <Swatch index={i} />
                  {name}
                </th>
              ))}
              <th scope="col" class="number">
                n
              </th>
            </tr>
          </thead>
          <tbody>
            {figureRows(comparison).map(({ label, cells, samples }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {cells.map((cell, i) => (
                  <td key={models[i]!.name} class="number">
                    {cell ?? "–"}
                  </td>
                ))}
                <td class="number">{samples ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function TaskView({
  task,
  comparison,
}: {
  readonly task: ComparedTask;
  readonly comparison: Comparison;
}): JSX.Element {
  const pictures = task.plots
    .map((plot) => ({ plot, points: pointsOf(plot, task, comparison) }))
    .filter(({ points }) => points.length > 0);
  const id = `task-${task.name}`;
  const below = useMemo(() => findings(task, comparison).markup, [task, comparison]);
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{task.title}</h2>
      <p>{task.question}</p>
      <p class="soft">{task.method}</p>
      {pictures.length > 0 && (
        <>
          <div dangerouslySetInnerHTML={{ __html: legend(task, comparison).markup }} />
          <div class="charts">
            {pictures.map(({ plot, points }) => (
              <figure key={plot.title}>
                <figcaption>{plot.title}</figcaption>
                <Picture plot={plot} points={points} task={task} comparison={comparison} />
              </figure>
            ))}
          </div>
        </>
      )}
      <div dangerouslySetInnerHTML={{ __html: below }} />
    </section>
  );
}

function Picture({
  plot,
  points,
  task,
  comparison,
}: {
  readonly plot: Plot;
  readonly points: ReturnType<typeof pointsOf>;
  readonly task: ComparedTask;
  readonly comparison: Comparison;
}): JSX.Element {
  const { figures, axis = "" } = task;
  const names = comparison.models.map(({ name }) => name);
  const label = `${plot.title}. The same figures are in the table below.`;
  if (plot.kind === "dots") {
    const isShare = plot.figures.every((figure) => figures[figure]!.share === true);
    return <Dots label={label} points={points} models={names} isShare={isShare} />;
  }
  const lines = names.map((name, i) => ({
    name,
    look: seriesOf(i),
    points: points.filter(({ model }) => model === name),
    isMarked: true,
  }));
  const docs = figures[plot.y]!;
  const places = [...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b);
  return (
    <Chart
      label={label}
      lines={lines}
      xTitle={plot.x === "axis" ? axis : figures[plot.x]!.label}
      {...(plot.x === "axis" && { xTicks: places })}
      height={250}
      isLog={{ x: plot.logX === true, y: plot.logY === true }}
      isShare={docs.share === true}
      hasZero={docs.share === true}
      reference={referenceOf(plot.reference, task)}
    />
  );
}
