/**
 * A comparison as one page that needs nothing else: no network, no script, no font.
 *
 * @module
 */
import { html, trusted } from "../html.ts";
import type { Html } from "../html.ts";
import type { DrawnTasks } from "./charts.ts";
import type { Comparison } from "./comparison.ts";
import { modelSection } from "./model-section.ts";
import { style } from "./style.ts";
import { taskSection } from "./task-section.ts";
import { verdictSection } from "./verdict-section.ts";

/** The whole page, as text. */
export function comparisonPage(comparison: Comparison, drawn: DrawnTasks): string {
  const { models, tasks } = comparison;
  const sections = tasks.map((task) => taskSection(task, comparison, drawn.get(task.name) ?? []));
  const title = `${models.map(({ name }) => name).join(", ")}: compared by unmask`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        ${head(comparison)}
        <main>
          ${verdictSection(comparison)} ${modelSection(comparison)} ${sections} ${foot(comparison)}
        </main>
      </body>
    </html> `;
  return page.markup;
}

function head({ models, settings, made, machine, finished }: Comparison): Html {
  const { data, length, samples, judge, seed, device } = settings;
  return html`<header>
    <h1>${models.map(({ name }) => name).join(" · ")}</h1>
    <p class="soft">
      Measured on ${data} in canvases of ${length} tokens, up to ${samples} samples to a figure,
      seed ${seed}, ${judge === undefined ? "without a judge" : `judged by ${judge}`}. ${made}, on
      ${machine},
      ${device}.${finished ? "" : " This report is not finished: run the command again to go on."}
    </p>
  </header>`;
}

const foot = ({ command }: Comparison): Html =>
  html`<footer>
    <p>Made by</p>
    <pre>${command}</pre>
    <p>
      All figures are in report.json beside this page. Figures with a clock in them (seconds,
      tokens/s) depend on the machine; the others are the same for the same seed.
    </p>
  </footer>`;
