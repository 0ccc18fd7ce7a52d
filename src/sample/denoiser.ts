/**
 * What a model tells the sampler: log-probabilities of the clean token at the places it is asked
 * about (or log-scores, SEDD's language for the same), of all tokens or only of the likeliest.
 *
 * @module
 */
import type { Process } from "../diffusion/process.ts";
import type { Span } from "./canvas.ts";
import { createLanes } from "./lanes.ts";
import type { LanesOptions } from "./lanes.ts";

/** One question: what stands at these places of this canvas? */
export interface PredictRequest {
  /** Token ids; open places hold the mask id (or, for processes without a mask, a draft). */
  readonly canvas: Int32Array;
  /** The places asked about, ascending. */
  readonly places: Int32Array;
  /** Noise level of the canvas, 1 = all noise. Systems without time conditioning ignore it. */
  readonly time: number;
  /**
   * The span of the canvas that is being written, from the first place of the loop's block to its last,
   * given ones between them included: what changes until the next block begins. Default: the whole canvas.
   */
  readonly block?: Span | undefined;
  /** What was thought of the canvas before, for models that go on from it. Default: nothing. */
  readonly belief?: Belief | undefined;
}

/** An earlier prediction, which a self-conditioned model is given again (Analog Bits, Chen et al. 2022). */
export interface Belief {
  /** The places it is about, ascending. */
  readonly places: Int32Array;
  /** Probabilities of the clean token at each of them. [places, vocabulary] */
  readonly rows: Float32Array;
}

/** The span that is being written: a request's, or the whole canvas. */
export const blockOf = ({ block, canvas }: PredictRequest): Span =>
  block ?? { start: 0, end: canvas.length };

/**
 * The likeliest tokens of each asked place, and how undecided the model is there: all that most rules
 * and draws look at, in a thousandth of the room of whole rows.
 */
export interface Survey {
  /** Tokens named for each place. */
  readonly width: number;
  /** Ids from the likeliest down, of equals the smaller id first. [places, width] */
  readonly tokens: Int32Array;
  /** Their log-probabilities among all tokens. [places, width] */
  readonly logProbs: Float32Array;
  /** -sum p log p over all tokens, in nats. [places] */
  readonly entropies: Float32Array;
}

/**
 * What a row of an answer is:
 * - `x0`: log-probabilities of the clean token; they sum to 1 after exp, the mask's is -Infinity.
 * - `score`: log-scores, the log of p_t(y) / p_t(x) for every token y in place of the current x, whose
 *   own is 0 (SEDD). The mask's is -Infinity, unless it is the current token.
 */
export type Answers = "x0" | "score";

/** What shared code needs to know of a model. */
export interface DenoiserTraits {
  /** Number of ids, the mask included. */
  readonly vocabulary: number;
  readonly maskId: number;
  /** The longest canvas, if there is a limit. */
  readonly maxLength: number | undefined;
  /** The forward process it undoes. Default: absorbing, log-linear. */
  readonly process?: Process | undefined;
  /** Default: `x0`. */
  readonly answers?: Answers | undefined;
  /**
   * The turn in which a place is written: places of a later turn are not asked about before those of
   * earlier turns are decided (blocks of a block diffusion model). Rises with the place. Default:
   * one turn for all.
   */
  readonly turnOf?: ((place: number) => number) | undefined;
  /** How many tokens its surveys name: at least 2. Default: it gives no surveys. */
  readonly surveyWidth?: number | undefined;
}

/** A model, seen from the sampler. One canvas per question. */
export interface Denoiser extends DenoiserTraits {
  /** Rows for the asked places, row-major [places.length, vocabulary]. */
  predict(request: PredictRequest): Promise<Float32Array>;
  /** As `predict`, but only the likeliest tokens; for models that answer `x0`. */
  readonly survey?: ((request: PredictRequest) => Promise<Survey>) | undefined;
}

/** A model that answers several questions in one forward pass. */
export interface BatchDenoiser extends DenoiserTraits {
  /** One answer per request, in order. Canvases may differ in length. */
  predictBatch(requests: readonly PredictRequest[]): Promise<readonly Float32Array[]>;
  /** As `predictBatch`, but only the likeliest tokens. */
  readonly surveyBatch?:
    | ((requests: readonly PredictRequest[]) => Promise<readonly Survey[]>)
    | undefined;
}

/**
 * Joins the questions of concurrent `sample()` loops into batches, those for rows and those for surveys in
 * a pass each.
 *
 * @example
 * ```ts
 * const denoiser = batched(model, { maxBatch: 16 });
 * await Promise.all(prompts.map((canvas) => finish(sample({ denoiser, canvas, ... }))));
 * ```
 */
export function batched(inner: BatchDenoiser, options: LanesOptions = {}): Denoiser {
  const { predictBatch, surveyBatch, ...traits } = inner;
  const openLane = createLanes(options);
  return {
    ...traits,
    predict: openLane(predictBatch.bind(inner)),
    survey: surveyBatch && openLane(surveyBatch),
  };
}
