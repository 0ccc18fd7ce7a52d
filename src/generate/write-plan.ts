/**
 * Carries a task out by a model of a latent system, which goes on from a text and does nothing else.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { plan } from "../sample/plan.ts";
import { behind } from "./begin-task.ts";
import { planningOptions } from "./latent-model.ts";
import type { UsableLatentModel } from "./latent-model.ts";
import type { Task } from "./task.ts";
import { carryOut } from "./write.ts";
import type { TaskEvents, Writer } from "./write.ts";

/**
 * Writes one text; with `frames`, every guess of a plan is told in words.
 *
 * @throws UnmaskError "usage" for a task that isn't to go on from a text, and as `write`
 */
export const writePlan = (model: UsableLatentModel, task: Task, signal: AbortSignal): TaskEvents =>
  carryOut(byPlans(model), task, signal);

const byPlans = (model: UsableLatentModel): Writer => ({
  tokenizer: model.tokenizer,
  async begin({ start }) {
    if (start.kind !== "continue") throw refused(model, `got a task to ${start.kind}`);
    const { prompt, length } = start;
    const { encode, endIds } = model.tokenizer;
    const given = typeof prompt === "string" ? encode(prompt) : Int32Array.from(prompt);
    return behind(model, given, { length, endIds, strings: [], trims: false });
  },
  frames: ({ sampling, seed, frames }, { beginning: { canvas, told }, stop, signal }) => {
    const prompt = canvas.slice(0, told.start);
    const length = told.end - told.start;
    const options = planningOptions(model, sampling, { seed, index: 0, prompt, length, signal });
    return plan({ ...options, drafts: frames, stop });
  },
  given() {
    throw refused(model, "was asked how likely it finds given tokens");
  },
});

const refused = ({ name, kind }: UsableLatentModel, got: string): UnmaskError =>
  new UnmaskError(
    "usage",
    `model "${name}": the system ${kind.name} goes on from a text and does nothing else, ${got}; use another model`,
  );
