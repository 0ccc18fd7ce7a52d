/**
 * UDLM: uniform diffusion language models (Schiff et al. 2024; Duo, Sahoo et al. 2025). No token is
 * ever final, so the model can correct itself as long as it samples.
 *
 * - process: uniform, in continuous time; every place always holds a token
 * - parameterisation: p(x0), of which the reverse step is D3PM's posterior with p(x0) in the place of
 *   the clean token
 * - objective: the continuous-time bound, which is score entropy with the scores that p(x0) leads to
 * - network: bidirectional, and told the total noise sigma(t)
 * - sampling: ancestral; all open places hold drafts until the last step
 *
 * @module
 */
import { uniform } from "../diffusion/processes/uniform.ts";
import { sigma } from "../diffusion/schedule.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { scoresOfClean, uniformScoreEntropy } from "../objective/score-entropy.ts";
import { scheduleOption } from "./options.ts";
import { system } from "./system.ts";

export const udlm = system(
  {
    name: "udlm",
    summary: "uniform diffusion: starts from random tokens and may change each of them again",
    paper: "Schiff et al. 2024, arXiv 2412.10193; Sahoo et al. 2025, arXiv 2506.10892",
    options: { schedule: scheduleOption("log-linear") },
  },
  ({ schedule: name }) => ({
    attention: { kind: "bidirectional" },
    infills: true,
    timed: true,
    rule: "ancestral",
    create(states) {
      const schedule = createSchedule(name);
      const process = uniform({ states, schedule });
      const tell = (t: number): number => sigma(schedule, t);
      const scores = scoresOfClean(states.maskId);
      const objective = uniformScoreEntropy({ process, tell, scores });
      return { process, objective, bound: objective, sees: "beside", tell };
    },
  }),
);
