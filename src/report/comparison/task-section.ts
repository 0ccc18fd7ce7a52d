/**
 * What a page says of one task: its question, pictures, and findings.
 *
 * @module
 */
import { html, trusted } from "../html.ts";
import type { Html } from "../html.ts";
import type { DrawnPlot } from "./charts.ts";
import type { ComparedTask, Comparison } from "./comparison.ts";
import { findings, legend } from "./findings.ts";

/** The section of a task, with its plots. */
export function taskSection(
  task: ComparedTask,
  comparison: Comparison,
  plots: readonly DrawnPlot[],
): Html {
  const figures = plots.map(
    ({ title, svg }) =>
      html`<figure>
        <figcaption>${title}</figcaption>
        <div role="img" aria-label="${`${title}. The same figures are in the table below.`}">
          ${trusted(svg)}
        </div>
      </figure> `,
  );
  const id = `task-${task.name}`;
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${task.title}</h2>
    <p>${task.question}</p>
    <p class="soft">${task.method}</p>
    ${
      figures.length > 0
        ? html`${legend(task, comparison)}
            <div class="charts">${figures}</div>`
        : undefined
    }
    ${findings(task, comparison)}
  </section>`;
}
