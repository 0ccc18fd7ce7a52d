/**
 * The models of a comparison as a section of a page.
 *
 * @module
 */
import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { formatCount } from "../number-format.ts";
import type { ComparedModel, Comparison } from "./comparison.ts";
import { scrolling } from "./findings.ts";
import { swatch } from "./series.ts";

/** Of what is not known there is a dash. */
const dash = "–";

const countOf = (count: number | undefined): string =>
  count === undefined ? dash : formatCount(count);

/** Who is who. */
export function modelSection({ models }: Comparison): Html {
  const row = (model: ComparedModel, index: number): Html =>
    html`<tr>
      <th scope="row" class="names">${swatch(index)}${model.name}</th>
      <td>${model.system}</td>
      <td class="number">${countOf(model.parameters)}</td>
      <td class="number">${model.length ?? dash}</td>
      <td>${model.tokenizer ? `${model.tokenizer}, ${countOf(model.vocabulary)}` : dash}</td>
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
