/**
 * A network that sees the whole canvas, as the sampler's denoiser.
 *
 * @module
 */
import { canvasProgram, placeInputs } from "../../model/network.ts";
import type { TransformerConfig } from "../../model/transformer.ts";
import type { BatchDenoiser, PredictRequest } from "../../sample/denoiser.ts";
import { integers } from "../../tensor/index.ts";
import type { Program, Runtime, Value } from "../../tensor/index.ts";

export interface NetworkOptions {
  readonly runtime: Runtime;
  readonly config: TransformerConfig;
  readonly weights: Readonly<Record<string, Value>>;
  readonly maskId: number;
}

/** Answers for several canvases at once; canvases of different lengths go in separate passes. */
export async function canvasDenoiser(options: NetworkOptions): Promise<BatchDenoiser> {
  const { runtime, config, weights, maskId } = options;
  const { vocabulary } = config;
  const program = canvasProgram(config, { never: maskId, cache: false });
  const executable = await runtime.compile(program, { constants: weights });

  const predictEqual = async (requests: readonly PredictRequest[]): Promise<Float32Array[]> => {
    const length = requests[0]!.canvas.length;
    const tokens = new Int32Array(requests.length * length);
    requests.forEach(({ canvas }, i) => tokens.set(canvas, i * length));
    const rows = requests.flatMap(({ places }, i) => Array.from(places, (p) => i * length + p));
    const { logProbs } = await executable.run({
      tokens: integers([requests.length, length], tokens),
      rows: integers([rows.length], rows),
      ...wanted(program, placeInputs(config, length)),
    });
    const all = rowsOf(logProbs!, vocabulary, maskId);
    let start = 0;
    return requests.map(({ places }) => {
      start += places.length * vocabulary;
      return all.subarray(start - places.length * vocabulary, start);
    });
  };

  return {
    vocabulary,
    maskId,
    maxLength: undefined,
    async predictBatch(requests) {
      const answers = new Array<Float32Array>(requests.length);
      const lengths = new Set(requests.map(({ canvas }) => canvas.length));
      for (const length of lengths) {
        const group = [...requests.keys()].filter((i) => requests[i]!.canvas.length === length);
        const results = await predictEqual(group.map((i) => requests[i]!));
        group.forEach((i, at) => (answers[i] = results[at]!));
      }
      return answers;
    },
  };
}

/** A network without a mask takes no positions. */
function wanted(program: Program, inputs: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(inputs).filter(([name]) => Object.hasOwn(program.inputs, name)),
  );
}

/** The rows of an answer, with the mask's column at minus infinity. */
export function rowsOf({ data }: Value, vocabulary: number, maskId: number): Float32Array {
  const rows = data instanceof Float32Array ? data : Float32Array.from(data);
  for (let i = maskId; i < rows.length; i += vocabulary) rows[i] = -Infinity;
  return rows;
}
