/**
 * LLaDA: large language diffusion models (Nie et al. 2025).
 *
 * - process: absorbing, with alpha(t) = 1 - t: the time is the share of masks
 * - parameterisation: p(x0_i | x_t); what is not masked is carried over, and the network never
 *   proposes the mask (the published code allows it)
 * - objective: the masked bound, cross-entropy weighted by 1 / t, t uniform in [0.001, 1] (equation 3;
 *   the code's p_mask); 1 % of the batches are cut to a random length
 * - fine-tuning: the same loss on answers, whose prompts are never masked (equation 5)
 * - bound: exactly k masked places, k uniform (equation 6): the same mean, less variance
 * - network: bidirectional, and not told the time
 * - sampling: in every step the tokens that the model is most certain of (low-confidence remasking),
 *   if asked for in blocks from left to right; `random` keeps random ones
 *
 * For "T h e" at t = 0.5: say x_t = "T _ _"; the loss is 2 (-log p(h) - log p(e)). The bound masks
 * exactly one, two or three places; with two, each of them counts 3 / 2.
 *
 * @module
 */
import { absorbing } from "../diffusion/processes/absorbing.ts";
import { logLinear } from "../diffusion/schedules/log-linear.ts";
import { masked } from "../objective/masked.ts";
import { continuousTime, exactCount } from "../objective/masking.ts";
import { system } from "./system.ts";

export const llada = system(
  {
    name: "llada",
    summary:
      "masked diffusion that writes what it is surest of first; made for fine-tuning on answers",
    paper: "Nie et al. 2025, arXiv 2502.09992",
    options: {
      shorten: {
        type: "number",
        default: 0.01,
        minimum: 0,
        maximum: 1,
        summary: "share of the batches of plain text that are cut to a random length",
      },
    },
  },
  ({ shorten }) => ({
    attention: { kind: "bidirectional" },
    infills: true,
    timed: false,
    rule: "confidence",
    create({ size, maskId }) {
      const schedule = logLinear({ eps: 0 });
      return {
        process: absorbing({ states: { size, maskId }, schedule }),
        objective: masked({ maskId, masking: continuousTime(schedule), shorten }),
        bound: masked({ maskId, masking: exactCount() }),
        sees: "beside",
      };
    },
  }),
);
