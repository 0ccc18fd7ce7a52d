/**
 * The verdict on every model as a section of a page.
 *
 * @module
 */
import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { verdictNames } from "./beside.ts";
import type { Comparison } from "./comparison.ts";
import { baselineOf, verdictsOf } from "./verdict.ts";
import type { Claim, ModelVerdict } from "./verdict.ts";

/** What differs, and what does not. */
export function verdictSection(comparison: Comparison): Html {
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
