/**
 * What a task found out, in words: the legend of its pictures, the table of its figures, what is missing, and the
 * commands.
 *
 * @module
 */
import type { FigureDocs, Measurement } from "../../evaluate/tasks/task.ts";
import { html, trusted } from "../html.ts";
import type { Html } from "../html.ts";
import { formatDuration } from "../number-format.ts";
import { measurementsOf, missingOf, placesOf, rankedFigures } from "./comparison.ts";
import type { ComparedTask, Comparison } from "./comparison.ts";
import { errorText, figureText, valueText } from "./figure-text.ts";
import { swatch } from "./series.ts";

/** All that a task found out, below its pictures. */
export const findings = (task: ComparedTask, comparison: Comparison): Html =>
  html`${figureTable(task, comparison)} ${notes(task, comparison)} ${commands(task)}`;

/** Which mark is whose, and what else is drawn. */
export function legend({ plots, figures }: ComparedTask, { models }: Comparison): Html {
  const rules = plots.flatMap((plot) =>
    plot.kind === "lines" && plot.reference !== undefined ? [figures[plot.reference]!.label] : [],
  );
  return html`<ul class="legend" aria-label="Marks in the pictures">
    ${models.map(({ name }, i) => html`<li>${swatch(i)}${name}</li>`)}
    ${rules.length > 0 ? html`<li>${dotted}${[...new Set(rules)].join("; ")}</li>` : undefined}
    <li class="soft">whiskers: two standard errors</li>
  </ul>`;
}

const dotted = trusted(
  `<svg width="26" height="12" viewBox="-13 -6 26 12" aria-hidden="true"><path d="M-13 0H13" stroke="var(--ink-soft)" stroke-width="1.5" stroke-dasharray="3 3"/></svg>`,
);

/** A row for each model, and each place of the axis; a column for each figure. */
function figureTable(task: ComparedTask, { models }: Comparison): Html | undefined {
  const found = models.flatMap(({ name }) =>
    measurementsOf(task.results.find(({ model }) => model === name)),
  );
  const figures = rankedFigures(task).filter((name) => found.some(({ figure }) => figure === name));
  if (figures.length === 0) return undefined;
  const hasAxis = found.some(({ at }) => at !== undefined);
  const rows = models.flatMap(({ name }, index) => {
    const all = measurementsOf(task.results.find(({ model }) => model === name)).filter(
      ({ figure }) => figures.includes(figure),
    );
    return placesOf(all).map((at) => {
      const cells = figures.map((figure) =>
        numberCell(
          task.figures[figure]!,
          all.find((one) => one.figure === figure && one.at === at),
        ),
      );
      const place = hasAxis
        ? html`<td class="number">${at === undefined ? "its own" : at}</td>`
        : undefined;
      return html`<tr>
        <th scope="row" class="names">${swatch(index)}${name}</th>
        ${place}${cells}
      </tr> `;
    });
  });
  const columns = figures.map(
    (figure) => html`<th scope="col" class="number">${task.figures[figure]!.label}</th>`,
  );
  const table = html`<table>
    <thead>
      <tr>
        <th scope="col">model</th>
        ${hasAxis ? html`<th scope="col" class="number">${task.axis ?? ""}</th>` : undefined}${columns}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
  return html`<p class="soft">Value ± standard error, and n, the number of samples.</p>
    ${scrolling(task.title, table)}`;
}

function numberCell(docs: FigureDocs, one: Measurement | undefined): Html {
  if (!one) return html`<td class="number">–</td>`;
  return html`<td class="number">
    ${valueText(docs, one)} <span class="error">${errorText(docs, one.error)}</span
    ><span class="count">n = ${one.samples}</span>
  </td>`;
}

/** What is missing and why, and what the data itself gives. */
function notes(task: ComparedTask, { models }: Comparison): Html | undefined {
  const lines = models.flatMap(({ name }) => {
    const result = task.results.find(({ model }) => model === name);
    if (!result) return [`${name}: not measured yet.`];
    if (result.outcome.kind === "inapplicable")
      return [`${name}: not applicable: ${result.outcome.reason}.`];
    return missingOf(result).map(({ figure, at, reason }) => {
      const place = at === undefined ? "" : ` at ${at} ${task.axis ?? ""}`;
      return `${name}: no ${task.figures[figure]!.label}${place}: ${reason}.`;
    });
  });
  const references = Object.entries(task.figures).flatMap(([name, docs]) => {
    const found = task.results
      .flatMap((result) => measurementsOf(result))
      .find(({ figure }) => docs.reference && figure === name);
    return found ? [`${docs.label}: ${figureText(docs, found)} (n = ${found.samples}).`] : [];
  });
  const all = [...references, ...lines];
  if (all.length === 0) return undefined;
  return html`<ul class="soft">
    ${all.map((line) => html`<li>${line}</li>`)}
  </ul>`;
}

function commands({ results }: ComparedTask): Html | undefined {
  const lines = results.flatMap((result) => result.commands);
  if (lines.length === 0) return undefined;
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  return html`<details>
    <summary>Commands that measure this again</summary>
    <pre>${lines.join("\n")}</pre>
    <p class="soft">It took ${formatDuration(seconds)}.</p>
  </details>`;
}

/** A table that scrolls sideways by itself, where the page is narrow. */
export const scrolling = (label: string, table: Html): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${`${label}: table`}">
    ${table}
  </div>`;
