/**
 * Nearest-neighbour noise without exponentials (D3PM's code): the graph of neighbours is balanced until
 * rows and columns sum to 1, as Sinkhorn does it, and a token takes a step on it with chance beta.
 *
 * ```
 * Q_t = (1 - beta_t) I + beta_t B,   B = the balanced graph
 * ```
 *
 * Three tokens in a ring: each neighbour gets 1/2. A token never steps on itself, so a beta near 1
 * jumps to and fro; small ones walk like `nearest`. Not every graph can be balanced (a chain of three
 * can't): then columns stay uneven, the walk does not end evenly, and the bound counts the difference.
 *
 * @module
 */
import { besideMask, chain, chainPace } from "../chain.ts";
import { chances } from "../chain-clock.ts";
import { transposed } from "../matrix.ts";
import type { SquareMatrix } from "../matrix.ts";
import { evenLaw } from "../transition.ts";
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";
import { mixedWith } from "./band.ts";
import { neighbourGraph } from "../neighbours.ts";

/** The chain of steps on the balanced graph. */
export function nearestSinkhorn(setting: ProcessSetting): Process {
  const { states } = setting;
  const { steps, rates } = chainPace("nearest-sinkhorn", setting);
  const { edges } = neighbourGraph("nearest-sinkhorn", setting);
  const near = besideMask(balanced(edges), states);
  const betas = chances(rates.betas(steps, undefined));
  return chain({
    name: "nearest-sinkhorn",
    states,
    steps,
    step: (k) => mixedWith(near, betas[k - 1]!),
    noise: evenLaw(states),
  });
}

/** Columns and rows scaled to sum 1 in turn, 50 times; rows come last, so they do so exactly. */
function balanced(edges: SquareMatrix): SquareMatrix {
  let matrix = edges;
  for (let i = 0; i < 50; i++) {
    matrix = transposed(rowsScaled(transposed(matrix)));
    matrix = rowsScaled(matrix);
  }
  return matrix;
}

function rowsScaled(matrix: SquareMatrix): SquareMatrix {
  const size = Math.sqrt(matrix.length);
  const sums = new Float64Array(size);
  matrix.forEach((x, at) => (sums[Math.floor(at / size)]! += x));
  return matrix.map((x, at) => x / sums[Math.floor(at / size)]!);
}

/** The table's line. */
export const nearestSinkhornKind: ProcessKind = {
  name: "nearest-sinkhorn",
  summary: "like nearest, with steps on a balanced graph instead of exponentials",
  paper: "D3PM (Austin et al., 2021), its code",
  keepsRevealed: false,
  continuous: false,
  embeds: true,
  create: nearestSinkhorn,
};
