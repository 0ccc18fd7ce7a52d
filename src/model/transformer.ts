/**
 * The one backbone: a pre-norm transformer with rotary positions.
 *
 * Causal, bidirectional or block-causal by its mask; LayerNorm or RMSNorm; GELU or SwiGLU; grouped
 * key/value heads; tied or untied output; with time conditioning it is the DiT of MDLM and SEDD.
 *
 * @module
 */
import { UnmaskError, lookUp } from "../errors.ts";
import { attentionMask, presenceMask } from "../nn/attention-mask.ts";
import type { AttentionPattern } from "../nn/attention-mask.ts";
import { attentionParameters, headSize, selfAttention } from "../nn/attention.ts";
import type { AttentionShape, KeyValues } from "../nn/attention.ts";
import { embed, embeddingParameters } from "../nn/embedding.ts";
import { linear, linearParameters } from "../nn/linear.ts";
import { checkMixture, mixtureOfExperts, mixtureParameters } from "../nn/mixture.ts";
import type { MixtureConfig } from "../nn/mixture.ts";
import { mlps } from "../nn/mlp.ts";
import type { MlpName } from "../nn/mlp.ts";
import { norm, normParameters, norms } from "../nn/norm.ts";
import type { NormKind } from "../nn/norm.ts";
import { defaultDeviation, scope, under } from "../nn/parameter.ts";
import type { Parameters, ParameterSpecs } from "../nn/parameter.ts";
import type { RotaryOptions, RotaryScaling } from "../nn/rotary.ts";
import { selfCondition, selfConditionParameters } from "../nn/self-condition.ts";
import { adaLn, adaLnParameters, modulate, timeCondition, timeParameters } from "../nn/time.ts";
import type { Modulation } from "../nn/time.ts";
import { add, concat, mul, pad } from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";

/** The blocks between input and output: from vectors of places to vectors of places. */
export interface BackboneConfig extends AttentionShape {
  readonly layers: number;
  /** Width inside the MLP. */
  readonly hidden: number;
  readonly norm: NormKind;
  /** Whether norms have a bias (GPT-2's have). Default: no. */
  readonly normBias?: boolean | undefined;
  readonly mlp: MlpName;
  readonly mlpBias: boolean;
  /** Experts in place of the MLP. Default: none. */
  readonly mixture?: MixtureConfig | undefined;
  readonly rotaryBase: number;
  readonly rotaryScaling?: RotaryScaling | undefined;
  /** Positions by a learnt table of so many rows instead of rotary ones (GPT-2). */
  readonly learnedPositions?: number | undefined;
  readonly attention: AttentionPattern;
  /** Width of the time condition; 0 for a model that isn't told the time. */
  readonly conditionWidth: number;
}

/** A backbone that reads tokens and says logits. */
export interface TransformerConfig extends BackboneConfig {
  /** Number of token ids, special ones included. */
  readonly vocabulary: number;
  /** Whether the output layer is the embedding, transposed. */
  readonly tied: boolean;
  /** Whether an output layer of its own has a bias (MDLM's and SEDD's have). Default false. */
  readonly headBias?: boolean | undefined;
  /**
   * Whether an output is about the next place, as an autoregressive network has learnt it, in a
   * network that sees the whole canvas (Dream). The first place's output stays its own. Default: no.
   */
  readonly predictsNext?: boolean | undefined;
  /** Whether it can be given what it thought before. Default: no. */
  readonly selfConditions?: boolean | undefined;
}

/** The angles of a model's positions. */
export const rotaryOf = (config: BackboneConfig): RotaryOptions => ({
  size: config.rotarySize ?? headSize(config),
  base: config.rotaryBase,
  scaling: config.rotaryScaling,
});

/** A transformer's answer: logits, and what a later call may reuse. */
export interface TransformerOutput {
  /** [batch, length, vocabulary] */
  readonly logits: Tensor;
  /** Keys and values of the new places, of each layer. */
  readonly fresh: readonly KeyValues[];
}

export interface BackboneInputs {
  /** int32, [length] or [batch, length]. */
  readonly positions: Tensor;
  /** Those of the keys, where there is a past: [batch, past + length]. */
  readonly keyPositions?: Tensor | undefined;
  /** Who may look at whom, where the configuration's pattern doesn't say it: added to the scores. */
  readonly mask?: Tensor | undefined;
  /** bool [batch, past + length]: false for places that nobody may look at. */
  readonly present?: Tensor | undefined;
  /**
   * Angles of the positions, [length, rotary size / 2] or [batch, 1, length, rotary size / 2]; none with
   * learnt positions.
   */
  readonly cosines?: Tensor | undefined;
  readonly sines?: Tensor | undefined;
  /** [batch, 256], for models with time conditioning. */
  readonly time?: Tensor | undefined;
  readonly past?: readonly KeyValues[] | undefined;
  /** Applied to what each half of a block adds; identity by default. */
  readonly dropout?: ((x: Tensor) => Tensor) | undefined;
}

export interface TransformerInputs extends BackboneInputs {
  /**
   * What was thought before of the first places, probabilities [batch, places, vocabulary], for models that can
   * be given it. Default: nothing.
   */
  readonly belief?: Tensor | undefined;
  /** int32 [batch, length] */
  readonly tokens: Tensor;
  /**
   * Vectors of places in front of the tokens, [batch, front, width]: positions, angles, `present` and the
   * hidden states count them too. Default: none.
   */
  readonly front?: Tensor | undefined;
  /** Narrows the last hidden states [batch, length, width] to rows whose logits are wanted. */
  readonly select?: ((hidden: Tensor) => Tensor) | undefined;
}

/** Checks sizes that must divide each other; the message names the flags. */
export function checkTransformer(config: TransformerConfig): TransformerConfig {
  const wrong = (what: string): never => {
    throw new UnmaskError("usage", `transformer: ${what}`);
  };
  const { width, heads, keyValueHeads } = config;
  for (const key of ["vocabulary", "layers", "heads", "keyValueHeads", "width", "hidden"] as const)
    if (!Number.isInteger(config[key]) || config[key] < 1)
      wrong(`${key} must be an integer >= 1, got ${config[key]}`);
  const { size, scaling } = rotaryOf(config);
  if (config.learnedPositions && !Number.isInteger(headSize(config)))
    wrong(`width must be a multiple of heads, got width ${width} and heads ${heads}`);
  if (!config.learnedPositions && (size % 2 !== 0 || size < 2 || size > headSize(config)))
    wrong(
      config.rotarySize === undefined
        ? `width must be an even multiple of heads (rotary turns pairs), got width ${width} and heads ${heads}`
        : `what is turned of a head must be even and from 2 to ${headSize(config)}, its size, got ${size}`,
    );
  if (scaling?.kind === "llama3" && scaling.highFactor <= scaling.lowFactor)
    wrong(
      `the rotary scaling's high factor must be above the low one, got ${scaling.highFactor} and ${scaling.lowFactor}`,
    );
  if (heads % keyValueHeads !== 0)
    wrong(`heads must be a multiple of key/value heads, got ${heads} and ${keyValueHeads}`);
  if (config.mixture) checkMixture(config.mixture, config.layers);
  lookUp("norm", config.norm, norms);
  lookUp("mlp", config.mlp, mlps);
  return config;
}

export function transformerParameters(config: TransformerConfig): ParameterSpecs {
  const { vocabulary: rows, width, quantized } = config;
  const table = embeddingParameters({ rows, width, quantized: quantized !== undefined });
  return {
    ...under("embed", table),
    ...(config.selfConditions
      ? under(
          "belief",
          selfConditionParameters({ width, outputDeviation: outputDeviation(config) }),
        )
      : {}),
    ...backboneParameters(config),
    ...(config.tied ? {} : under("head", headParameters(config))),
  };
}

export function backboneParameters(config: BackboneConfig): ParameterSpecs {
  const { layers, width, conditionWidth, learnedPositions } = config;
  const blocks = Array.from({ length: layers }, (_, i) =>
    Object.entries(under(`blocks.${i}`, blockParameters(config, i))),
  );
  return {
    ...(learnedPositions
      ? under("positions", embeddingParameters({ rows: learnedPositions, width }))
      : {}),
    ...(conditionWidth ? under("time", timeParameters(conditionWidth)) : {}),
    ...Object.fromEntries(blocks.flat()),
    ...under("norm", normParameters(width, config.normBias)),
    ...(conditionWidth
      ? under("adaln", adaLnParameters(conditionWidth, width, finalModulations))
      : {}),
  };
}

/** What the time does to a block: to its attention, then to its MLP. */
const blockModulations: readonly Modulation[] = [
  "shift",
  "scale",
  "gate",
  "shift",
  "scale",
  "gate",
];
const finalModulations: readonly Modulation[] = ["shift", "scale"];

/** GPT-2's rule: what is added to the residual stream starts smaller, the deeper the model. */
const outputDeviation = ({ layers }: Pick<BackboneConfig, "layers">): number =>
  defaultDeviation / Math.sqrt(2 * layers);

function blockParameters(config: BackboneConfig, layer: number): ParameterSpecs {
  const { width, mlpBias: bias, mixture, normBias, conditionWidth } = config;
  const deviation = outputDeviation(config);
  return {
    ...under("norm1", normParameters(width, normBias)),
    ...under("attn", attentionParameters({ ...config, outputDeviation: deviation })),
    ...under("norm2", normParameters(width, normBias)),
    ...under(
      "mlp",
      mixture?.layers[layer]
        ? mixtureParameters({ ...config, mixture, outputDeviation: deviation })
        : mlps[config.mlp].parameters({ ...config, bias, outputDeviation: deviation }),
    ),
    ...(conditionWidth
      ? under("adaln", adaLnParameters(conditionWidth, width, blockModulations))
      : {}),
  };
}

const headParameters = ({ width, vocabulary, headBias, quantized }: TransformerConfig) =>
  linearParameters({ inputs: width, outputs: vocabulary, bias: headBias, quantized });

/** Tokens to logits. */
export function transformer(
  config: TransformerConfig,
  parameters: Parameters,
  inputs: TransformerInputs,
): TransformerOutput {
  const { tokens, front, belief, select = same } = inputs;
  const embedding = scope(parameters, "embed");
  const plain = embed(embedding, tokens); // [batch, length, width]
  const embedded = belief ? add(plain, believed(config, parameters, belief, plain)) : plain;
  const x = front ? concat([front, embedded], 1) : embedded;
  const { hidden, fresh } = backbone(config, parameters, x, inputs);
  const head = config.tied ? embedding : scope(parameters, "head");
  return { logits: linear(head, select(hidden)), fresh };
}

/** Vectors of places [batch, length, width] to their last hidden states, normed. */
export function backbone(
  config: BackboneConfig,
  parameters: Parameters,
  input: Tensor,
  inputs: BackboneInputs,
): { hidden: Tensor; fresh: readonly KeyValues[] } {
  const { positions, time, past } = inputs;
  const pattern =
    inputs.mask ?? attentionMask(config.attention, positions, inputs.keyPositions ?? positions);
  const absent = inputs.present && presenceMask(inputs.present);
  const mask = pattern && absent ? add(pattern, absent) : (pattern ?? absent);
  const condition =
    config.conditionWidth && time ? timeCondition(scope(parameters, "time"), time) : undefined;
  const fresh: KeyValues[] = [];

  let x = input;
  if (config.learnedPositions) x = add(x, embed(scope(parameters, "positions"), positions));
  for (let layer = 0; layer < config.layers; layer++) {
    const block = scope(parameters, `blocks.${layer}`);
    const context = { ...inputs, layer, mask, past: past?.[layer] };
    const result = transformerBlock(config, block, x, condition, context);
    x = result.x;
    fresh.push(result.fresh);
  }
  x = norm(config.norm, scope(parameters, "norm"), x, config.normEpsilon);
  if (condition) {
    const [shift, scale] = adaLn(scope(parameters, "adaln"), condition, finalModulations);
    x = modulate(x, shift!, scale!);
  }
  return { hidden: x, fresh };
}

/** What a belief adds to all places: nothing to those that it doesn't reach. */
function believed(
  config: TransformerConfig,
  parameters: Parameters,
  belief: Tensor,
  x: Tensor,
): Tensor {
  const added = selfCondition(scope(parameters, "belief"), belief, {
    embedding: scope(parameters, "embed"),
    norm: config.norm,
    epsilon: config.normEpsilon,
  });
  const [reached, length] = [added.shape[1]!, x.shape[1]!];
  if (reached === length) return added;
  return pad(added, 1, 0, (length as number) - (reached as number));
}

type BlockContext = Pick<BackboneInputs, "cosines" | "sines" | "dropout"> & {
  readonly layer: number;
  readonly mask: Tensor | undefined;
  readonly past: KeyValues | undefined;
};

/** `x += attention(norm(x)); x += mlp(norm(x))`, each shifted, scaled and gated by the time. */
function transformerBlock(
  config: BackboneConfig,
  parameters: Parameters,
  input: Tensor,
  condition: Tensor | undefined,
  context: BlockContext,
): { x: Tensor; fresh: KeyValues } {
  const { dropout = same, layer } = context;
  const normed = (name: string, x: Tensor) =>
    norm(config.norm, scope(parameters, name), x, config.normEpsilon);
  const [shift1, scale1, gate1, shift2, scale2, gate2] = condition
    ? adaLn(scope(parameters, "adaln"), condition, blockModulations)
    : [];
  const modulated = (x: Tensor, shift?: Tensor, scale?: Tensor) =>
    shift && scale ? modulate(x, shift, scale) : x;
  const gated = (x: Tensor, gate?: Tensor) => (gate ? mul(dropout(x), gate) : dropout(x));

  const h1 = modulated(normed("norm1", input), shift1, scale1);
  const { output, fresh } = selfAttention(config, scope(parameters, "attn"), h1, context);
  const x = add(input, gated(output, gate1));
  const h2 = modulated(normed("norm2", x), shift2, scale2);
  const second = scope(parameters, "mlp");
  const mlp = config.mixture?.layers[layer]
    ? mixtureOfExperts(config.mixture, second, h2)
    : mlps[config.mlp].apply(second, h2);
  return { x: add(x, gated(mlp, gate2)), fresh };
}

const same = (x: Tensor): Tensor => x;
