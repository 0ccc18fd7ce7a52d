/**
 * Mock models: uniform, knowing one sentence, or scripted.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { Denoiser, PredictRequest } from "../sample/denoiser.ts";
import { surveyOf } from "../sample/survey.ts";

/** The ids a mock model works with. */
export interface World {
  /** Number of ids, the mask included. */
  readonly vocabulary: number;
  /** Default: the last id. */
  readonly maskId?: number | undefined;
  /** Default: no limit. */
  readonly maxLength?: number | undefined;
}

/** Options of {@link scriptedDenoiser}. */
export interface ScriptedOptions extends World {
  /**
   * The weights of the tokens at one place, [vocabulary], >= 0; they are normalised, and the mask's
   * weight is ignored. `call` counts the calls of `predict` from 0.
   */
  readonly script: (place: number, request: PredictRequest, call: number) => ArrayLike<number>;
}

/**
 * A model that answers what a function says.
 *
 * @example
 * ```ts
 * // Always prefers token 2 at even places and token 0 at odd ones.
 * scriptedDenoiser({ vocabulary: 4, script: (place) => (place % 2 === 0 ? [0, 1, 9] : [9, 1, 0]) });
 * ```
 */
export function scriptedDenoiser({ script, ...world }: ScriptedOptions): Denoiser {
  const { vocabulary, maxLength } = world;
  const maskId = world.maskId ?? vocabulary - 1;
  let call = 0;
  return {
    vocabulary,
    maskId,
    maxLength,
    predict: async (request) => {
      const rows = new Float32Array(request.places.length * vocabulary);
      request.places.forEach((place, i) => {
        const weights = Float64Array.from({ length: vocabulary }, (_, token) =>
          token === maskId ? 0 : (script(place, request, call)[token] ?? 0),
        );
        rows.set(logNormalised(weights), i * vocabulary);
      });
      call += 1;
      return rows;
    },
  };
}

/** A model that knows nothing: every token but the mask is equally likely, everywhere. */
export function uniformDenoiser(world: World): Denoiser {
  const weights = new Float64Array(world.vocabulary).fill(1);
  return scriptedDenoiser({ ...world, script: () => weights });
}

/** Options of {@link oracleDenoiser}. */
export interface OracleOptions extends World {
  /**
   * Probability of the sentence's token, in (0, 1], for all places or for each; the rest is shared
   * by the other tokens. Default 1.
   */
  readonly certainty?: number | ((place: number) => number) | undefined;
}

/**
 * A model that knows one sentence and says so, whatever the canvas holds.
 *
 * @throws UnmaskError "usage" if it is asked about a place beyond the sentence.
 */
export function oracleDenoiser(
  sentence: ArrayLike<number>,
  { certainty = 1, ...world }: OracleOptions,
): Denoiser {
  const others = world.vocabulary - 2;
  return scriptedDenoiser({
    ...world,
    maxLength: world.maxLength ?? sentence.length,
    script: (place) => {
      const token = sentence[place];
      if (token === undefined) {
        throw new UnmaskError(
          "usage",
          `oracleDenoiser: places must be in 0 .. ${sentence.length - 1}, got ${place}`,
        );
      }
      const sure = typeof certainty === "number" ? certainty : certainty(place);
      const weights = new Float64Array(world.vocabulary).fill((1 - sure) / others);
      weights[token] = sure;
      return weights;
    },
  });
}

/** A model that remembers what it was asked. */
export interface RecordedDenoiser extends Denoiser {
  readonly requests: readonly PredictRequest[];
}

/** Wraps a model and keeps every request, in order. */
export function recorded(inner: Denoiser): RecordedDenoiser {
  const requests: PredictRequest[] = [];
  const noted =
    <Answer>(ask: (request: PredictRequest) => Promise<Answer>) =>
    (request: PredictRequest): Promise<Answer> => {
      requests.push(request);
      return ask(request);
    };
  return {
    ...inner,
    requests,
    predict: noted((request) => inner.predict(request)),
    survey: inner.survey && noted(inner.survey),
  };
}

/** Wraps a model to give surveys as well, made of its rows. */
export function surveying(inner: Denoiser, width: number): Denoiser {
  const { vocabulary } = inner;
  return {
    ...inner,
    surveyWidth: width,
    survey: async (request) => surveyOf(await inner.predict(request), { vocabulary, width }),
  };
}

/** log(weights / sum), [n]. */
export function logNormalised(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => Math.log(weight / total));
}
