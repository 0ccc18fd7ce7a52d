/**
 * A comparison as one page that needs nothing else: no network, no script, no font.
 *
 * @module
 */
import { html, trusted } from "../html.ts";
import type { Html } from "../html.ts";
import { formatCount } from "../number-format.ts";
import type { ComparedModel, Comparison } from "./comparison.ts";
import { style } from "./style.ts";
import { scrolling, swatch, taskSection } from "./task-section.ts";
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

function verdictSection(comparison: Comparison): Html {
  const { models, settings } = comparison;
  const verdicts = verdictsOf(comparison);
  if (verdicts.length === 0)
    return html`<section>
      <h2>In short</h2>
      <p>One model, and nothing to set it beside. Name several with --models.</p>
    </section>`;
  const claims = verdicts.flatMap((verdict) => verdict.claims).length;
  const partial = models.find(({ path }) => path === settings.judge);
  return html`<section aria-labelledby="short">
    <h2 id="short">In short</h2>
    <p>
      Every model beside ${baselineOf(comparison).name}. A difference is called one only if it is
      more than two standard errors; of 20 such questions about one would seem clear by chance
      alone, and here are ${claims}.
      ${partial && `What is written is judged by ${partial.name}, which is partial to itself.`}
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

const countOf = (count: number | undefined): string | undefined =>
  count === undefined ? undefined : formatCount(count);

function modelSection({ models }: Comparison): Html {
  const known = (...parts: (string | undefined)[]): string =>
    parts.includes(undefined) ? "–" : parts.join(", ");
  const row = (model: ComparedModel, index: number): Html =>
    html`<tr>
      <th scope="row" class="names">${swatch(index)}${model.name}</th>
      <td>${model.system}</td>
      <td class="number">${known(countOf(model.parameters))}</td>
      <td class="number">${model.length ?? "–"}</td>
      <td>${known(model.tokenizer, countOf(model.vocabulary))}</td>
      <td>${model.rule}</td>
    </tr> `;
  const headings = html`<tr>
    <th scope="col">model</th>
    <th scope="col">system</th>
    <th scope="col" class="number">parameters</th>
    <th scope="col" class="number">canvas, tokens</th>
    <th scope="col">tokenizer</th>
    <th scope="col">writes by</th>
  </tr>`;
  const systems = new Map(models.map(({ system, summary, paper }) => [system, { summary, paper }]));
  return html`<section aria-labelledby="models">
    <h2 id="models">The models</h2>
    ${scrolling(
      "Models",
      html`<table>
        <thead>
          ${headings}
        </thead>
        <tbody>
          ${models.map(row)}
        </tbody>
      </table>`,
    )}
    <ul class="soft">
      ${Array.from(
        systems,
        ([system, { summary, paper }]) => html`<li>${system}: ${summary} (${paper})</li>`,
      )}
    </ul>
  </section>`;
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
