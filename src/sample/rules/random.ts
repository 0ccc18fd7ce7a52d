/**
 * Random: in every step, a number of open places, chosen at random, take a drawn token
 * (LLaDA's "random remasking", Nie et al., 2025). With one place per step it draws exactly from the
 * joint law of a consistent model; with more, places of the same step do not see each other.
 *
 * The places are chosen before the model is asked, which changes nothing in law, since the choice
 * does not depend on the model, and saves the logits of all other places.
 *
 * @module
 */
import { permutation } from "../../tensor/random.ts";
import { revealCounts, revealOption } from "./parts/reveal.ts";
import { keepAll, rule, timeOf } from "../rule.ts";

/** A number of random open places in every step. */
export const random = rule(
  {
    kind: "rule",
    name: "random",
    summary: "a number of randomly chosen places in every step",
    paper: "LLaDA (Nie et al., 2025), random remasking",
    options: { reveal: revealOption },
  },
  { keepsRevealed: true, obeysSteps: true },
  ({ reveal }, context) => {
    const { random: draws } = context;
    const counts = revealCounts(reveal, context);
    return {
      next(open) {
        if (open.length === 0) return undefined;
        const count = counts(open.length);
        const chosen = permutation(draws, open.length).subarray(0, count);
        return {
          places: chosen.map((index) => open[index]!).toSorted(),
          time: timeOf(context, open.length),
        };
      },
      keep: keepAll,
    };
  },
);
