/**
 * Training a network to go on from what it thought before (Analog Bits, Chen et al. 2022; DiffusionGemma,
 * Google DeepMind 2026): two passes over the same noisy text. What the first one says is taken as given, no
 * gradient flows through it, and with a chance for each window the second one is given it; otherwise it is given nothing,
 * as in the first step of sampling. Only the second one is scored.
 *
 * A network that asks itself first is a network like any other, so a bound stays a bound.
 *
 * @module
 */
import { forbid } from "../model/network.ts";
import type { Network } from "../model/network.ts";
import { floats, mul, randomStream, softmax, splitKey, stopGradient } from "../tensor/index.ts";
import type { Objective } from "./objective.ts";

export interface SelfConditionedOptions {
  readonly maskId: number;
  /** The chance of a window to be given the first pass's answer; 1 for scoring. */
  readonly share: number;
}

/** An objective whose network is asked twice. */
export function selfConditioned(
  objective: Objective,
  { maskId, share }: SelfConditionedOptions,
): Objective {
  return {
    ...objective,
    inputs: (batch, length) => ({
      ...objective.inputs(batch, length),
      believes: { shape: [batch, 1, 1], dtype: "float32" },
    }),
    draw(windows, key) {
      const random = randomStream(splitKey(key, "believes"));
      const coins = Float32Array.from({ length: windows.batch }, () =>
        random.uniform() < share ? 1 : 0,
      );
      return { ...objective.draw(windows, key), believes: floats([windows.batch, 1, 1], coins) };
    },
    losses({ believes, ...inputs }, network) {
      const twice: Network = (tokens, context) => {
        const thought = softmax(forbid(network(tokens, context), maskId));
        const belief = mul(stopGradient(thought), believes!);
        return network(tokens, { ...context, belief });
      };
      return objective.losses(inputs, twice);
    },
  };
}
