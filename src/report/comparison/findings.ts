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
import type { ComparedTask, Comparison } from "./comparison.ts";
import { errorText, valueText } from "./figure-text.ts";
import { rankingNote, rankingsOf } from "./ranking.ts";
import type { Cell, Ranking } from "./ranking.ts";
import { swatch } from "./series.ts";
import { taskNotes, taskTable } from "./task-table.ts";

/** All that a task found out, below its pictures. */
export const findings = (task: ComparedTask, comparison: Comparison): Html =>
  html`${figureTable(task, comparison)} ${rankings(task, comparison)} ${notes(task, comparison)}
  ${commands(task)}`;

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

function figureTable(task: ComparedTask, comparison: Comparison): Html | undefined {
  const found = taskTable(task, comparison);
  if (found === undefined) return undefined;
  const { figures, axis } = found;
  const rows = found.rows.map(
    ({ model, index, place, cells }) =>
      html`<tr>
        <th scope="row" class="names">${swatch(index)}${model}</th>
        ${place === undefined ? undefined : html`<td class="number">${place}</td>`}${cells.map(
          (one, i) => numberCell(task.figures[figures[i]!]!, one),
        )}
      </tr> `,
  );
  const columns = figures.map(
    (figure) => html`<th scope="col" class="number">${task.figures[figure]!.label}</th>`,
  );
  const table = html`<table>
    <thead>
      <tr>
        <th scope="col">model</th>
        ${axis === undefined ? undefined : html`<th scope="col" class="number">${axis}</th>`}${columns}
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

function rankings(task: ComparedTask, comparison: Comparison): Html | undefined {
  const all = rankingsOf(task, comparison);
  if (all.length === 0) return undefined;
  const indexOf = (name: string): number =>
    comparison.models.findIndex((model) => model.name === name);
  return html`<p class="soft">${rankingNote}</p>
    ${all.map((ranking) => scrolling(ranking.label, rankingTable(ranking, indexOf)))}`;
}

function rankingTable({ label, ahead, rows }: Ranking, indexOf: (model: string) => number): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">${label}</th>
        ${ahead.map((name) => html`<th scope="col" class="number">behind ${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ model, cells }) =>
          html`<tr>
            <th scope="row" class="names">${swatch(indexOf(model))}${model}</th>
            ${cells.map(gapCell)}
          </tr> `,
      )}
    </tbody>
  </table>`;
}

function gapCell(cell: Cell): Html {
  if (typeof cell === "string") return html`<td class="number">${cell}</td>`;
  const { text, clear } = cell;
  return html`<td class="number">${clear ? html`<strong>${text}</strong>` : text}</td>`;
}

function notes(task: ComparedTask, comparison: Comparison): Html | undefined {
  const all = taskNotes(task, comparison);
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
