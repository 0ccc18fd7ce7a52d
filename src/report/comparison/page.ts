/**
 * A comparison as one page that needs nothing else: no network, no script, no font.
 *
 * @module
 */
import type { FigureDocs, Measurement } from "../../evaluate/tasks/task.ts";
import { html, trusted } from "../html.ts";
import type { Html } from "../html.ts";
import { formatCount, formatDuration } from "../number-format.ts";
import { drawPlot, seriesOf } from "./charts.ts";
import { measurementsOf, missingOf, placesOf, rankedFigures } from "./comparison.ts";
import type { ComparedModel, ComparedTask, Comparison } from "./comparison.ts";
import { errorText, figureText, valueText } from "./figure-text.ts";
import { style } from "./style.ts";
import { baselineOf, verdictNames, verdictsOf } from "./verdict.ts";
import type { Claim, ModelVerdict } from "./verdict.ts";

/** The whole page, as text. */
export async function comparisonPage(comparison: Comparison): Promise<string> {
  const { models, tasks } = comparison;
  const sections: Html[] = [];
  for (const task of tasks) sections.push(await taskSection(task, comparison));
  const title = `${models.map(({ name }) => name).join(", ")}: compared by unmask`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
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

function verdictSection(comparison: Comparison): Html {
  const verdicts = verdictsOf(comparison);
  if (verdicts.length === 0)
    return html`<section>
      <h2>In short</h2>
      <p>One model, and nothing to set it beside. Name several with --models.</p>
    </section>`;
  const claims = verdicts.flatMap((verdict) => verdict.claims).length;
  const chance = Math.round(claims / 20);
  return html`<section aria-labelledby="short">
    <h2 id="short">In short</h2>
    <p>
      Every model beside ${baselineOf(comparison).name}. A difference is called one only if it is
      more than two standard errors; of ${claims} such questions about
      ${chance === 0 ? "none or one" : chance} would seem clear by chance alone.
    </p>
    ${verdicts.map(verdictCard)}
  </section>`;
}

const verdictCard = ({ model, baseline, claims }: ModelVerdict): Html =>
  html`<div class="verdict">
    <h3>${model} beside ${baseline}</h3>
    <p>${sentenceOf(claims)}</p>
    <ul>
      ${claims.map(claimLine)}
    </ul>
  </div>`;

/** The verdict of all questions, in a sentence. */
function sentenceOf(claims: readonly Claim[]): string {
  const titles = (verdict: Claim["verdict"]): string =>
    claims
      .filter((claim) => claim.verdict === verdict)
      .map(({ title }) => title.toLowerCase())
      .join(", ");
  const [better, worse] = [titles("better"), titles("worse")];
  if (claims.length === 0) return "Nothing was measured yet.";
  if (better === "" && worse === "") return "No clear difference on any question.";
  const parts = [
    ...(better ? [`Better at ${better}.`] : ["Clearly better at nothing."]),
    ...(worse ? [`Worse at ${worse}.`] : ["Clearly worse at nothing."]),
  ];
  return parts.join(" ");
}

const claimLine = ({ title, verdict, text }: Claim): Html =>
  html`<li>
    <span class="mark ${verdict}">${verdictNames[verdict]}</span>
    <div>
      <strong>${title}</strong>
      <p>${text}</p>
    </div>
  </li> `;

function modelSection({ models }: Comparison): Html {
  const row = (model: ComparedModel, index: number): Html =>
    html`<tr>
      <th scope="row" class="names">${swatch(index)}${model.name}</th>
      <td>${model.system}</td>
      <td class="number">${formatCount(model.parameters)}</td>
      <td class="number">${model.length}</td>
      <td>${model.tokenizer}, ${formatCount(model.vocabulary)}</td>
      <td>${model.rule}</td>
      <td>${model.summary} (${model.paper})</td>
    </tr> `;
  return html`<section aria-labelledby="models">
    <h2 id="models">The models</h2>
    ${scrolling(
      "Models",
      html`<table>
        <thead>
          <tr>
            <th scope="col">model</th>
            <th scope="col">system</th>
            <th scope="col" class="number">parameters</th>
            <th scope="col" class="number">trained on tokens of</th>
            <th scope="col">tokenizer</th>
            <th scope="col">writes by</th>
            <th scope="col">what it is</th>
          </tr>
        </thead>
        <tbody>
          ${models.map(row)}
        </tbody>
      </table>`,
    )}
  </section>`;
}

async function taskSection(task: ComparedTask, comparison: Comparison): Promise<Html> {
  const figures: Html[] = [];
  for (const plot of task.plots) {
    const svg = await drawPlot(plot, task, comparison);
    if (svg !== undefined)
      figures.push(
        html`<figure>
          <figcaption>${plot.title}</figcaption>
          <div role="img" aria-label="${`${plot.title}. The same figures are in the table below.`}">
            ${trusted(svg)}
          </div>
        </figure> `,
      );
  }
  const id = `task-${task.name}`;
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${task.title}</h2>
    <p>${task.question}</p>
    <p class="soft">${task.method}</p>
    ${
      figures.length > 0
        ? html`${legend(comparison)}
            <div class="charts">${figures}</div>`
        : undefined
    }
    ${figureTable(task, comparison)} ${notes(task, comparison)} ${commands(task)}
  </section>`;
}

const legend = ({ models }: Comparison): Html =>
  html`<ul class="legend" aria-label="Models in the pictures">
    ${models.map(({ name }, i) => html`<li>${swatch(i)}${name}</li>`)}
  </ul>`;

/** A model's colour, shape and dash. */
function swatch(index: number): Html {
  const { colour, shape, dash } = seriesOf(index);
  return trusted(
    `<svg width="26" height="12" viewBox="-13 -6 26 12" aria-hidden="true"><path d="M-13 0H13" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash.join(" ")}"/><path d="${shape}" fill="${colour}"/></svg>`,
  );
}

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
  return scrolling(
    task.title,
    html`<table>
      <caption>
        Value ± standard error, and n, the number of samples.
      </caption>
      <thead>
        <tr>
          <th scope="col">model</th>
          ${hasAxis ? html`<th scope="col" class="number">${task.axis ?? ""}</th>` : undefined}${columns}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`,
  );
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
  if (results.length === 0) return undefined;
  const lines = results.flatMap((result) => result.commands);
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  return html`<details>
    <summary>Commands that measure this again</summary>
    <pre>${lines.join("\n")}</pre>
    <p class="soft">It took ${formatDuration(seconds)}.</p>
  </details>`;
}

const scrolling = (label: string, table: Html): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${`${label}: table`}">
    ${table}
  </div>`;

const foot = ({ command }: Comparison): Html =>
  html`<footer>
    <p>Made by</p>
    <pre>${command}</pre>
    <p>
      All figures are in report.json beside this page. Figures with a clock in them (seconds,
      tokens/s) depend on the machine; the others are the same for the same seed.
    </p>
  </footer>`;
