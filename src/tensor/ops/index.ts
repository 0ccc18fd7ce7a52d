/**
 * The total table of ops: a name without its record does not compile.
 *
 * @module
 */
import type { Op, OpName } from "../op.ts";
import { geluOp, siluOp } from "./activation.ts";
import { attentionOp } from "./attention.ts";
import { cachedAttentionOp } from "./cached-attention.ts";
import {
  addOp,
  divOp,
  expOp,
  logOp,
  mulOp,
  negOp,
  sigmoidOp,
  sqrtOp,
  subOp,
  tanhOp,
} from "./elementwise.ts";
import { gatherOp, oneHotOp, scatterAddOp } from "./gather.ts";
import { concatOp, expandOp, padOp, reshapeOp, sliceOp, splitOp, transposeOp } from "./layout.ts";
import { andOp, castOp, equalOp, lessOp, lessOrEqualOp, orOp, whereOp } from "./logic.ts";
import { matmulOp } from "./matmul.ts";
import { layerNormOp, rmsNormOp } from "./norm.ts";
import { matmulInt4Op, matmulInt8Op } from "./quantized.ts";
import { stopGradientOp } from "./stop-gradient.ts";
import { sumOp } from "./reduce.ts";
import { rotaryOp } from "./rotary.ts";
import { crossEntropyOp, logSoftmaxOp, softmaxOp } from "./softmax.ts";
import { topKOp } from "./top-k.ts";

export const ops: { readonly [K in OpName]: Op<K> } = {
  add: addOp,
  sub: subOp,
  mul: mulOp,
  div: divOp,
  neg: negOp,
  exp: expOp,
  log: logOp,
  sqrt: sqrtOp,
  tanh: tanhOp,
  sigmoid: sigmoidOp,
  gelu: geluOp,
  silu: siluOp,
  stopGradient: stopGradientOp,
  less: lessOp,
  lessOrEqual: lessOrEqualOp,
  equal: equalOp,
  and: andOp,
  or: orOp,
  where: whereOp,
  cast: castOp,
  reshape: reshapeOp,
  transpose: transposeOp,
  expand: expandOp,
  slice: sliceOp,
  pad: padOp,
  concat: concatOp,
  split: splitOp,
  sum: sumOp,
  matmul: matmulOp,
  matmulInt8: matmulInt8Op,
  matmulInt4: matmulInt4Op,
  topK: topKOp,
  softmax: softmaxOp,
  logSoftmax: logSoftmaxOp,
  crossEntropy: crossEntropyOp,
  layerNorm: layerNormOp,
  rmsNorm: rmsNormOp,
  attention: attentionOp,
  cachedAttention: cachedAttentionOp,
  rotary: rotaryOp,
  oneHot: oneHotOp,
  gather: gatherOp,
  scatterAdd: scatterAddOp,
};
