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
  /** What each canvas took. */
  readonly each: readonly { readonly seconds: number; readonly passes: number }[];
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
  inside = 0;
  const each: { seconds: number; passes: number }[] = [];
  for (let i = 0; i < settings.repeats; i++) {
    const started = performance.now();
    const { passes } = await finish(sample({ ...options, denoiser, signal }));
    each.push({ seconds: (performance.now() - started) / 1000, passes });
  }
  const open = options.canvas.filter((token) => token === inner.maskId).length;
  const tokens = open * settings.repeats;
  const passes = each.reduce((sum, one) => sum + one.passes, 0);
  const seconds = each.reduce((sum, one) => sum + one.seconds, 0);
  return {
    tokens,
    passes,
    seconds,
    tokensPerSecond: tokens / seconds,
    passesPerSecond: passes / seconds,
    tokensPerPass: tokens / passes,
    outside: 1 - inside / 1000 / seconds,
    each,
  };
}
