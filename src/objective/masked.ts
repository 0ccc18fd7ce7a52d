/**
 * MDLM's continuous-time bound (Sahoo et al. 2024, equation 10), in the SUBS parameterisation.
 *
 * ```
 * -log p(x0) <= E_t [ weight(t) * sum over masked i of -log p(x0_i | x_t) ],   weight = -alpha' / (1 - alpha)
 * ```
 *
 * For "T h e" at t = 0.5 under alpha = 1 - t: say x_t = "T _ _"; the loss is 2 (-log p(h) - log p(e)).
 * SUBS: the network never proposes the mask (its logit is minus infinity), and places that are not
 * masked carry no loss, since their token is known.
 *
 * @module
 */
import type { Process } from "../diffusion/process.ts";
import type { Schedule } from "../diffusion/schedule.ts";
import { lowDiscrepancyTimes } from "../diffusion/times.ts";
import { forbid } from "../model/network.ts";
import {
  crossEntropy,
  floats,
  integers,
  mul,
  randomStream,
  splitKey,
  sum,
} from "../tensor/index.ts";
import type { Objective } from "./objective.ts";

export interface MaskedOptions {
  readonly process: Process;
  readonly schedule: Schedule;
  readonly maskId: number;
}

export function masked({ process, schedule, maskId }: MaskedOptions): Objective {
  return {
    exact: false,
    inputs: (batch, length) => ({
      tokens: { shape: [batch, length], dtype: "int32" },
      targets: { shape: [batch, length], dtype: "int32" },
      weights: { shape: [batch, length], dtype: "float32" },
    }),
    draw({ x0, batch, length }, key) {
      const times = lowDiscrepancyTimes(batch, randomStream(splitKey(key, "times")));
      const random = randomStream(splitKey(key, "corrupt"));
      const tokens = new Int32Array(x0.length);
      const weights = new Float32Array(x0.length);
      times.forEach((t, row) => {
        const window = x0.subarray(row * length, (row + 1) * length);
        const xt = process.corrupt(window, schedule.alpha(t), random);
        tokens.set(xt, row * length);
        const weight = schedule.weight(t);
        xt.forEach((token, i) => (weights[row * length + i] = token === maskId ? weight : 0));
      });
      const shape = [batch, length];
      return {
        tokens: integers(shape, tokens),
        targets: integers(shape, x0),
        weights: floats(shape, weights),
      };
    },
    losses({ tokens, targets, weights }, network) {
      const logits = forbid(network(tokens!), maskId);
      return sum(mul(weights!, crossEntropy(logits, targets!).loss), [1]);
    },
  };
}
