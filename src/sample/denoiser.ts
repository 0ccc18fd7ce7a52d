/**
 * What a model tells the sampler: log-probabilities of the clean token at the places it is asked
 * about. And the wrapper that turns many samplers' questions into one forward pass.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";

/** One question: what stands at these places of this canvas? */
export interface PredictRequest {
  /** Token ids; open places hold the mask id (or, for processes without a mask, a draft). */
  readonly canvas: Int32Array;
  /** The places asked about, ascending. */
  readonly places: Int32Array;
  /** Noise level of the canvas, 1 = all noise. Systems without time conditioning ignore it. */
  readonly time: number;
}

/** A model, seen from the sampler. One canvas per question. */
export interface Denoiser {
  /** Number of ids, the mask included. */
  readonly vocabulary: number;
  readonly maskId: number;
  /** The longest canvas, if there is a limit. */
  readonly maxLength: number | undefined;
  /**
   * Log-probabilities of x0 at the asked places, row-major [places.length, vocabulary], each row
   * summing to 1 after exp; the mask's is -Infinity.
   */
  predict(request: PredictRequest): Promise<Float32Array>;
}

/** A model that answers several questions in one forward pass. */
export interface BatchDenoiser {
  readonly vocabulary: number;
  readonly maskId: number;
  readonly maxLength: number | undefined;
  /** One answer per request, in order. Canvases may differ in length. */
  predictBatch(requests: readonly PredictRequest[]): Promise<readonly Float32Array[]>;
}

/** Options of {@link batched}. */
export interface BatchedOptions {
  /** The most requests of one forward pass. Default: no limit. */
  readonly maxBatch?: number;
}

interface Waiting {
  readonly request: PredictRequest;
  readonly resolve: (logProbs: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins the questions of concurrent `sample()` loops into batches. Questions of the same turn of
 * the event loop go together; while a batch is computed, new questions wait and form the next one.
 *
 * If a batch fails, its requests are asked again one by one, so that an error reaches only the
 * caller whose request causes it.
 *
 * @example
 * ```ts
 * const denoiser = batched(model, { maxBatch: 16 });
 * await Promise.all(prompts.map((canvas) => finish(sample({ denoiser, canvas, ... }))));
 * ```
 */
export function batched(
  inner: BatchDenoiser,
  { maxBatch = Infinity }: BatchedOptions = {},
): Denoiser {
  if (!(maxBatch >= 1)) {
    throw new UnmaskError("usage", `batched: maxBatch must be >= 1, got ${maxBatch}`);
  }
  const { vocabulary, maskId, maxLength } = inner;
  const queue: Waiting[] = [];
  let busy = false;

  const drain = async (): Promise<void> => {
    // The turn of the event loop ends first: whoever asks in this turn is in the batch.
    await nextTurn();
    while (queue.length > 0) {
      await answer(inner, queue.splice(0, maxBatch));
      await nextTurn();
    }
    busy = false;
  };

  return {
    vocabulary,
    maskId,
    maxLength,
    predict: (request) =>
      new Promise((resolve, reject) => {
        queue.push({ request, resolve, reject });
        if (busy) return;
        busy = true;
        void drain();
      }),
  };
}

/** Settles every promise of one batch; never throws. */
async function answer(inner: BatchDenoiser, batch: readonly Waiting[]): Promise<void> {
  try {
    const answers = await inner.predictBatch(batch.map(({ request }) => request));
    if (answers.length !== batch.length) {
      throw new Error(`batched: ${batch.length} requests got ${answers.length} answers`);
    }
    batch.forEach(({ resolve }, i) => resolve(answers[i]!));
  } catch (error) {
    if (batch.length === 1) batch[0]!.reject(error);
    else for (const waiting of batch) await answer(inner, [waiting]);
  }
}

/** After all microtasks: setImmediate where there is one (no delay), else a timer. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
