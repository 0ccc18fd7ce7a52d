/**
 * Filling canvases as well as a model can, for tasks with a right answer.
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

/** Fills canvases, several at a time. */
export function fillAll(
  contestant: Contestant,
  canvases: readonly Int32Array[],
  { batch, seed, signal }: Pick<Situation, "batch" | "seed" | "signal">,
  done: (canvases: number) => void = () => {},
): Promise<Int32Array[]> {
  const settles = systemOfModel(contestant).process?.keepsRevealed ?? true;
  let count = 0;
  return inGroups(canvases, batch, async (canvas, index) => {
    const filling = bestFilling(contestant, canvas, settles);
    const options = samplingOptions(contestant, filling, { seed, index, canvas });
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
