/**
 * Mixtures of experts: a router gives each place a few of many small MLPs (Shazeer et al. 2017), as
 * LLaDA-MoE and LLaDA2 have them.
 *
 * Every expert is computed at every place and weighed, most by 0: right for all routers and runtimes,
 * but it saves nothing.
 *
 * Four experts, two a place, and their scores 0.5, 0.1, 0.3, 0.1: the first and the third are mixed with
 * 0.5 and 0.3, or, `normalised`, with 0.625 and 0.375.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import {
  add,
  cast,
  div,
  lessOrEqual,
  matmul,
  mul,
  oneHot,
  reshape,
  sigmoid,
  slice,
  softmax,
  sum,
  topK,
  where,
} from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import type { Quantization } from "./linear.ts";
import { mlps } from "./mlp.ts";
import { normal, scope, under, zeros } from "./parameter.ts";
import type { Parameters, ParameterSpecs } from "./parameter.ts";

export interface MixtureConfig {
  readonly experts: number;
  /** Experts of a place. */
  readonly chosen: number;
  /** Width inside an expert. */
  readonly hidden: number;
  /** Width inside the expert that is always there, if there is one. */
  readonly shared?: number | undefined;
  /** Which layers are mixtures; the others are plain. */
  readonly layers: readonly boolean[];
  readonly router: RouterName;
  /** Whether each expert has a bias on its score. */
  readonly bias: boolean;
  /** Sigmoid routers: experts in so many groups, of which the best few take part. */
  readonly groups?: { readonly count: number; readonly kept: number } | undefined;
  /** Sigmoid routers: what the normalised weights are multiplied by. Default: 1. */
  readonly scale?: number | undefined;
}

/** The chosen experts' weights [..., experts], 0 for all others, from the router's logits. */
type Router = (logits: Tensor, bias: Tensor | undefined, config: MixtureConfig) => Tensor;

const routers = {
  /** LLaDA-MoE: shares of a softmax over all experts; a bias changes them and stays. */
  softmax: (logits, bias, { chosen }) => {
    const shares = softmax(logits);
    const scores = bias ? add(shares, bias) : shares;
    return mul(scores, marks(scores, chosen));
  },
  /** LLaDA2 (as DeepSeek-V3): sigmoids; a bias decides who is chosen, and isn't mixed in. */
  sigmoid: (logits, bias, config) => {
    const scores = sigmoid(logits);
    const biased = bias ? add(scores, bias) : scores;
    const kept = mul(scores, marks(inBestGroups(biased, config), config.chosen));
    const total = sum(kept, [-1], { keep: true });
    return mul(div(kept, add(total, 1e-20)), config.scale ?? 1);
  },
} as const satisfies Record<string, Router>;

export type RouterName = keyof typeof routers;
export const routerNames = Object.keys(routers) as readonly RouterName[];

/** 1 for the `count` largest of each row, [..., width]; of equals the first. */
function marks(scores: Tensor, count: number): Tensor {
  const width = scores.shape.at(-1) as number;
  return sum(oneHot(topK(scores, count).indices, width), [-2]);
}

/** Scores of experts outside the best groups made hopeless; a group is as good as its best two. */
function inBestGroups(scores: Tensor, { groups, experts }: MixtureConfig): Tensor {
  if (!groups || groups.kept === groups.count) return scores;
  const rows = scores.shape.slice(0, -1);
  const size = experts / groups.count;
  const grouped = reshape(scores, [...rows, groups.count, size]);
  const quality = sum(topK(grouped, Math.min(2, size)).values, [-1]);
  const open = reshape(marks(quality, groups.kept), [...rows, groups.count, 1]);
  return reshape(where(lessOrEqual(cast(open, "int32"), 0), -1e9, grouped), scores.shape);
}

/** Experts of all layers together: each is three matrices of the program, and no model has half as many. */
const mostExperts = 65_536;

/** Checks numbers that depend on each other. */
export function checkMixture(
  { experts, chosen, layers, groups }: MixtureConfig,
  count: number,
): void {
  const wrong = (what: string): never => {
    throw new UnmaskError("usage", `mixture of experts: ${what}`);
  };
  if (layers.length !== count)
    wrong(`needs a mark for each of ${count} layers, got ${layers.length}`);
  const all = experts * layers.filter(Boolean).length;
  if (all > mostExperts)
    wrong(`all layers together may have ${mostExperts} experts, got ${all}, ${experts} in each`);
  if (chosen > experts)
    wrong(
      `the experts chosen for a place must be at most ${experts}, all there are, got ${chosen}`,
    );
  if (!groups) return;
  if (experts % groups.count !== 0)
    wrong(
      `the number of experts must be a multiple of that of groups, got ${experts} and ${groups.count}`,
    );
  if (groups.kept > groups.count)
    wrong(
      `the groups kept for a place must be at most ${groups.count}, all there are, got ${groups.kept}`,
    );
  const open = groups.kept * (experts / groups.count);
  if (chosen > open)
    wrong(
      `the experts chosen for a place must be at most ${open}, those of the groups kept, got ${chosen}`,
    );
}

interface MixtureOptions {
  readonly width: number;
  readonly mixture: MixtureConfig;
  readonly outputDeviation: number;
  readonly quantized?: Quantization | undefined;
}

export function mixtureParameters(options: MixtureOptions): ParameterSpecs {
  const { width, mixture, outputDeviation, quantized } = options;
  const mlp = (hidden: number) =>
    mlps.swiglu.parameters({ width, hidden, bias: false, outputDeviation, quantized });
  const experts = Array.from({ length: mixture.experts }, (_, i) =>
    under(`experts.${i}`, mlp(mixture.hidden)),
  );
  return {
    ...under("router", {
      weight: normal([mixture.experts, width]),
      ...(mixture.bias ? { bias: zeros([mixture.experts]) } : {}),
    }),
    ...Object.fromEntries(experts.flatMap((expert) => Object.entries(expert))),
    ...(mixture.shared ? under("shared", mlp(mixture.shared)) : {}),
  };
}

/** [..., width] to the same. */
export function mixtureOfExperts(config: MixtureConfig, parameters: Parameters, x: Tensor): Tensor {
  const { weight, bias } = scope(parameters, "router");
  const logits = matmul(x, weight!, { transposeB: true });
  const weights = routers[config.router](logits, bias, config);
  const { apply } = mlps.swiglu;
  let mixed = config.shared ? apply(scope(parameters, "shared"), x) : undefined;
  for (let i = 0; i < config.experts; i++) {
    const expert = apply(scope(parameters, `experts.${i}`), x);
    const part = mul(expert, slice(weights, -1, i, i + 1));
    mixed = mixed ? add(mixed, part) : part;
  }
  return mixed!;
}
