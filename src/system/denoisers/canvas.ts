/**
 * A network that sees the whole canvas, as the sampler's denoiser.
 *
 * Canvases may be longer than the windows that the network was trained on. A place is then predicted
 * from one window of the training length: the first, or one that begins half a window further, and so
 * on. Later windows wait for earlier ones, so that half of what each sees is finished text: MDLM's
 * semi-autoregressive generation (Sahoo et al. 2024, section 5.3), with a stride of half a window.
 *
 * @module
 */
import { wholeInputs } from "../../model/network.ts";
import type { BatchDenoiser, PredictRequest } from "../../sample/denoiser.ts";
import { integers } from "../../tensor/index.ts";
import {
  beliefInputs,
  compileCanvas,
  networkTraits,
  rowOf,
  timeInputs,
} from "./network-options.ts";
import type { NetworkOptions } from "./network-options.ts";
import { rowReading, surveyReading } from "./reading.ts";
import type { Reading } from "./reading.ts";
import { splitByWindow, windowStart } from "./window.ts";

/** Answers for several canvases at once; canvases of different lengths go in separate passes. */
export async function canvasDenoiser(options: NetworkOptions): Promise<BatchDenoiser> {
  const { config, window } = options;
  const executable = await compileCanvas(options, { cache: false });

  const askEqual = async <T>(
    requests: readonly PredictRequest[],
    reading: Reading<T>,
  ): Promise<T[]> => {
    const length = requests[0]!.canvas.length;
    const tokens = new Int32Array(requests.length * length);
    requests.forEach(({ canvas }, i) => tokens.set(canvas, i * length));
    const rows = requests.flatMap(({ places }, i) =>
      Array.from(places, (place) => i * length + rowOf(config, place)),
    );
    const times = requests.map(({ time }) => time);
    const results = await executable.run(
      {
        tokens: integers([requests.length, length], tokens),
        rows: integers([rows.length], rows),
        ...wholeInputs(config, length),
        ...timeInputs(options, times),
        ...beliefInputs(
          options,
          length,
          requests.map(({ belief }) => belief),
        ),
      },
      { outputs: reading.outputs },
    );
    let from = 0;
    return requests.map((request) => {
      const answer = reading.take(results, from, request);
      from += request.places.length;
      return answer;
    });
  };

  const askAll = async <T>(
    requests: readonly PredictRequest[],
    reading: Reading<T>,
  ): Promise<T[]> => {
    const answers = new Array<T>(requests.length);
    const lengths = new Set(requests.map(({ canvas }) => canvas.length));
    for (const length of lengths) {
      const group = [...requests.keys()].filter((i) => requests[i]!.canvas.length === length);
      const results = await askEqual(
        group.map((i) => requests[i]!),
        reading,
      );
      group.forEach((i, at) => (answers[i] = results[at]!));
    }
    return answers;
  };

  /** Requests split by windows, and their answers joined again. */
  const ask =
    <T>(reading: Reading<T>) =>
    async (requests: readonly PredictRequest[]): Promise<T[]> => {
      const parts = requests.map((request) => splitByWindow(request, window));
      const answers = await askAll(parts.flat(), reading);
      let next = 0;
      return parts.map((part) => reading.join(answers.slice(next, (next += part.length))));
    };

  const traits = networkTraits(options);
  return {
    ...traits,
    turnOf: (place) => windowStart(place, window),
    predictBatch: ask(rowReading(options)),
    surveyBatch: traits.surveyWidth ? ask(surveyReading) : undefined,
  };
}
