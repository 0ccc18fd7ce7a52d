/**
 * Filling canvases as well as a model can, for tasks with a right answer; and having finished texts put right.
 *
 * @module
 */
import { systemOfModel } from "../../checkpoint/model-system.ts";
import { samplingOptions } from "../../generate/sampling.ts";
import type { Sampling } from "../../generate/task.ts";
import { finish } from "../../sample/frame.ts";
import { ruleFromSpec } from "../../sample/rules/index.ts";
import { sample } from "../../sample/sample.ts";
import { inGroups } from "../in-groups.ts";
import type { Contestant, Situation } from "./task.ts";

/** Steps that models get at least which redraw all open places in each of them. */
const redrawingSteps = 32;

/** Whether what a model writes stays. */
const settlesOf = (contestant: Contestant): boolean =>
  systemOfModel(contestant).process?.keepsRevealed ?? true;

/**
 * The likeliest token at a time: the surest place first, where a token that is written stays; otherwise
 * by the model's own rule. Rules that draw from scores have no likeliest token, and draw.
 */
function bestFilling(
  { kind, tokenizer }: Contestant,
  canvas: Int32Array,
  settles: boolean,
): Sampling {
  const rule = kind.infills && settles ? "confidence" : kind.rule;
  const open = canvas.filter((token) => token === tokenizer.maskId).length;
  return {
    rule,
    steps: settles ? undefined : Math.max(open, redrawingSteps),
    temperature: ruleFromSpec(rule).reads === "score" ? undefined : 0,
  };
}

type Filling = Pick<Situation, "batch" | "seed" | "signal">;

/** Fills canvases, several at a time. */
export function fillAll(
  contestant: Contestant,
  canvases: readonly Int32Array[],
  { batch, seed, signal }: Filling,
  done: (canvases: number) => void = () => {},
): Promise<Int32Array[]> {
  const settles = settlesOf(contestant);
  let count = 0;
  return inGroups(canvases, batch, async (canvas, index) => {
    const filling = bestFilling(contestant, canvas, settles);
    const options = samplingOptions(contestant, filling, { seed, index, canvas });
    const frame = await finish(sample({ ...options, signal }));
    done((count += 1));
    return frame.canvas;
  });
}

/** Has finished texts revised, several at a time, by the rule that is the system's for it. */
export function reviseAll(
  contestant: Contestant,
  texts: readonly Int32Array[],
  { batch, seed, signal }: Filling,
  done: (texts: number) => void = () => {},
): Promise<Int32Array[]> {
  // Rules that redraw have temperatures of their own.
  const sampling = settlesOf(contestant) ? { temperature: 0 } : {};
  let count = 0;
  return inGroups(texts, batch, async (canvas, index) => {
    const revise = Int32Array.from(canvas.keys());
    const options = samplingOptions(contestant, sampling, { seed, index, canvas, revise });
    const frame = await finish(sample({ ...options, signal }));
    done((count += 1));
    return frame.canvas;
  });
}

/** The share of an answer that stands on a canvas from `start` on. */
export function shareRight(canvas: Int32Array, start: number, answer: Int32Array): number {
  const right = answer.filter((token, i) => canvas[start + i] === token).length;
  return right / answer.length;
}
