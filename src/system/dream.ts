/**
 * Dream: a diffusion language model that begins as an autoregressive one (Ye et al. 2025); DiffuLLaMA
 * (Gong et al. 2024) and Open-dCoder are read in the same way.
 *
 * - process: absorbing, with alpha(t) = 1 - t
 * - network: an autoregressive one whose mask has been lifted. What it says at a place is still about
 *   the next one, so its outputs are shifted: place i is predicted by output i - 1, place 0 by its own
 * - objective: the masked bound, cross-entropy weighted by 1 / t. (The paper's rescheduling, more
 *   weight for places with clean neighbours, is not built.)
 * - sampling: in every step the places where the network's law has the least entropy
 *
 * Started from autoregressive weights (`--init`), it has already learnt most of what it needs.
 *
 * @module
 */
import { absorbing } from "../diffusion/processes/absorbing.ts";
import { logLinear } from "../diffusion/schedules/log-linear.ts";
import { masked } from "../objective/masked.ts";
import { continuousTime } from "../objective/masking.ts";
import { system } from "./system.ts";

export const dream = system(
  {
    name: "dream",
    summary: "masked diffusion with the outputs of an autoregressive network, one place ahead",
    paper: "Ye et al. 2025, arXiv 2508.15487",
    options: {},
  },
  () => ({
    attention: { kind: "bidirectional" },
    infills: true,
    timed: false,
    predictsNext: true,
    rule: "entropy",
    create({ size, maskId }) {
      const schedule = logLinear({ eps: 0 });
      const bound = masked({ maskId, masking: continuousTime(schedule) });
      return {
        process: absorbing({ states: { size, maskId }, schedule }),
        objective: bound,
        bound,
        sees: "beside",
      };
    },
  }),
);
