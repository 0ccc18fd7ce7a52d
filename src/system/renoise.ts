/**
 * Renoise: uniform block diffusion that keeps correcting itself (DiffusionGemma, Google DeepMind 2026, the open
 * relative of Gemini Diffusion).
 *
 * - factorisation: p(x0) = product over blocks b of p(x0^b | x0^<b), as in BD3-LM, but each block by uniform
 *   diffusion: its places start as random tokens, and any of them may change until the block is done
 * - parameterisation: p(x0_i | all other places), read with and without what was thought before: the network is
 *   self-conditioned
 * - objective: the cross-entropy of the places that noise has replaced; all blocks in one pass, on the noisy text
 *   beside the clean one. Two passes, of which the second is given the first one's answer half of the time
 * - network: block-causal, and not told the time: how much is noise, it sees
 * - sampling: block after block with an exact cache of finished blocks; within a block `renoise`, which accepts what
 *   is certain, renoises the rest, and stops when the block stands still
 *
 * Scored by the bound of uniform diffusion, block by block, for the network that asks itself first.
 *
 * @module
 */
import { uniform } from "../diffusion/processes/uniform.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { corrupted } from "../objective/corrupted.ts";
import { scoresOfClean, uniformScoreEntropy } from "../objective/score-entropy.ts";
import { selfConditioned } from "../objective/self-conditioned.ts";
import { scheduleOption } from "./options.ts";
import { system } from "./system.ts";

export const renoise = system(
  {
    name: "renoise",
    summary:
      "block diffusion that corrects itself: blocks of random tokens, refined until they stand still",
    paper: "DiffusionGemma (Google DeepMind 2026)",
    options: {
      block: { type: "integer", default: 16, minimum: 1, summary: "tokens of a block" },
      schedule: scheduleOption("log-linear"),
      loss: {
        type: "choice",
        default: "corrupted",
        choices: ["corrupted", "bound"],
        summary: "what training follows: the cross-entropy of replaced tokens, or the bound",
      },
      believes: {
        type: "number",
        default: 0.5,
        minimum: 0,
        maximum: 1,
        summary: "how often training gives the network its own first answer",
      },
    },
  },
  ({ block, schedule: name, loss, believes }) => ({
    attention: { kind: "block", size: block },
    infills: true,
    timed: false,
    selfConditions: true,
    rule: "renoise",
    create(states) {
      const { maskId } = states;
      const process = uniform({ states, schedule: createSchedule(name) });
      const bound = uniformScoreEntropy({ process, block, scores: scoresOfClean(maskId) });
      const followed = loss === "bound" ? bound : corrupted({ process, block });
      return {
        process,
        objective: selfConditioned(followed, { maskId, share: believes }),
        bound: selfConditioned(bound, { maskId, share: 1 }),
        sees: "beside",
      };
    },
  }),
);
