/**
 * How fast a model writes, and how much of that time is the model's.
 *
 * @module
 */
import type { Denoiser, PredictRequest } from "../sample/denoiser.ts";
import { finish } from "../sample/frame.ts";
import { sample } from "../sample/sample.ts";
import type { SampleOptions } from "../sample/sample.ts";

export interface Speed {
  readonly tokens: number;
  readonly passes: number;
  readonly seconds: number;
  readonly tokensPerSecond: number;
  readonly passesPerSecond: number;
  readonly tokensPerPass: number;
  /** Share of the time spent outside the model: rules, draws, frames. */
  readonly outside: number;
}

/**
 * Times the filling of a canvas. The first one, which loads and allocates, is not counted.
 *
 * @param repeats canvases to fill and count
 */
export async function measureSpeed(
  options: SampleOptions,
  settings: { repeats: number; signal?: AbortSignal | undefined },
): Promise<Speed> {
  const { signal } = settings;
  let inside = 0;
  const timed =
    <Answer>(ask: (request: PredictRequest) => Promise<Answer>) =>
    async (request: PredictRequest): Promise<Answer> => {
      const started = performance.now();
      const answer = await ask(request);
      inside += performance.now() - started;
      return answer;
    };
  const { denoiser: inner } = options;
  const denoiser: Denoiser = {
    ...inner,
    predict: timed((request) => inner.predict(request)),
    survey: inner.survey && timed(inner.survey),
  };
  await finish(sample({ ...options, signal }));
  let tokens = 0;
  let passes = 0;
  const started = performance.now();
  for (let i = 0; i < settings.repeats; i++) {
    const frame = await finish(sample({ ...options, denoiser, signal }));
    tokens += options.canvas.filter((token) => token === denoiser.maskId).length;
    passes += frame.passes;
  }
  const total = performance.now() - started;
  const seconds = total / 1000;
  return {
    tokens,
    passes,
    seconds,
    tokensPerSecond: tokens / seconds,
    passesPerSecond: passes / seconds,
    tokensPerPass: tokens / passes,
    outside: (total - inside) / total,
  };
}
