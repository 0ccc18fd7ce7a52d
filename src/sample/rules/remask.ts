/**
 * Remasking: ancestral sampling that reconsiders (ReMDM, Wang et al., 2025). Going from t to s, a
 * decided place is masked again with probability sigma, and a masked place is revealed with probability
 * `(alpha_s - (1 - sigma) alpha_t) / (1 - alpha_t)`, so that at every time as many places are masked as
 * the process would have masked: for any sigma up to `(1 - alpha_s) / alpha_t` the marginals stay. More
 * steps than places make sense here: they mend.
 *
 * How large sigma is:
 * - `cap`: eta, as far as it may be;
 * - `rescale`: the share eta of what it may be;
 * - `confidence`: what it may be, dealt out among the decided places by softmax(-p), p the probability
 *   of a token when it was written. Masked places are revealed as if sigma were 0, as in the published
 *   code, so that a little more is masked than the process says;
 * - `loop`: 0 at first, until the share alphaOn is decided at time tOn; then eta, with the clock held,
 *   to time tOff; then 0 again.
 *
 * As in `ancestral`, the places are drawn first, and only revealed ones are asked about. The last step
 * reveals all. A place at alpha_t = 0.5 with alpha_s = 0.6, sigma = 0.1: masked again with
 * probability 0.1, or, if masked, revealed with (0.6 - 0.9 * 0.5) / 0.5 = 0.3;
 * 0.5 * 0.9 + 0.5 * 0.3 = 0.6.
 *
 * @module
 */
import { lookUp } from "../../errors.ts";
import { needMasking } from "./parts/masking.ts";
import { greatestSigma, remaskingStrategies } from "./parts/remasking.ts";
import type { Leg } from "./parts/remasking.ts";
import { keepAll, rule } from "../rule.ts";

/** Reveals random places and masks some of the decided ones again. */
export const remask = rule(
  {
    kind: "rule",
    name: "remask",
    summary: "ancestral sampling that masks decided places again now and then, to mend them",
    paper: "ReMDM (Wang et al., 2025)",
    options: {
      strategy: {
        type: "choice",
        default: "cap",
        choices: Object.keys(remaskingStrategies),
        summary: "how the chance of being masked again is set",
      },
      eta: {
        type: "number",
        default: 0.02,
        minimum: 0,
        maximum: 1,
        summary: "cap, loop: that chance; rescale: its share of the greatest possible",
      },
      tOn: {
        type: "number",
        default: 0.55,
        minimum: 0,
        maximum: 1,
        summary: "loop: from this time on",
      },
      tOff: { type: "number", default: 0.05, minimum: 0, maximum: 1, summary: "loop: to this one" },
      alphaOn: {
        type: "number",
        default: 0.9,
        above: 0,
        maximum: 1,
        summary: "loop: the share of places that is decided meanwhile",
      },
    },
  },
  { keepsRevealed: false, obeysSteps: true },
  (options, { canvas, open: all, maskId, process, steps, random }) => {
    needMasking("remask", process);
    const { legs: legsOf, chances } = lookUp("strategy", options.strategy, remaskingStrategies);
    const legs = legsOf(process, steps, options);
    // Tokens of a text that is revised are decided from the start, and as sure as can be.
    const given = all.filter((place) => canvas[place] !== maskId);
    const decided = new Map(Array.from(given, (place) => [place, 1]));
    let step = 0;
    let reopen: number[] = [];
    return {
      next(open) {
        const leg = legs[step++];
        if (!leg) return undefined;
        const { sigma, chanceOf } = chances(greatestSigma(leg), options.eta, decided);
        reopen = [...decided.keys()].filter((place) => random.uniform() < chanceOf(place));
        const reveal = step < legs.length ? revealChance(leg, sigma) : 1;
        return { places: open.filter(() => random.uniform() < reveal), time: leg.time };
      },
      keep(proposals) {
        for (const place of reopen) decided.delete(place);
        proposals.places.forEach((place, i) => decided.set(place, proposals.confidence[i]!));
        return { ...keepAll(proposals), reopen };
      },
    };
  },
);

/** How likely a masked place is revealed when decided ones are masked again with sigma. */
const revealChance = ({ alphaT, alphaS }: Leg, sigma: number): number =>
  alphaT < 1 ? (alphaS - (1 - sigma) * alphaT) / (1 - alphaT) : 1;
