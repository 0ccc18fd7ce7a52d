/**
 * Reverse-mode differentiation: gradients are nodes of the same graph, printed, checked and run by
 * the same code as what they differentiate.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { scalar, topological } from "./graph.ts";
import type { Node, OpNode, Tensor } from "./graph.ts";
import type { OpName } from "./op.ts";
import { add } from "./ops/elementwise.ts";
import { ops } from "./ops/index.ts";
import { formatShape } from "./shape.ts";

/**
 * The gradient of a scalar with respect to each tensor of `of`, in their order.
 *
 * @throws UnmaskError `shape` when `loss` is not a scalar, or doesn't depend on one of them, or the
 * way to one leads through an op without a gradient.
 * @example
 * ```ts
 * const [dw] = gradients(loss, [w]);
 * ```
 */
export function gradients(loss: Tensor, of: readonly Tensor[]): Tensor[] {
  if (loss.shape.length > 0)
    throw new UnmaskError(
      "shape",
      `gradients: the loss must be a scalar, got ${formatShape(loss.shape)}`,
    );
  const targets = new Set(of);
  const order = topological([loss]);
  const depends = dependants(order, targets);
  const flowing = new Map<Tensor, Tensor>([[loss, scalar(1)]]);

  for (const node of order.toReversed()) {
    if (node.kind !== "op" || !depends.has(node)) continue;
    const outputs = node.outputs.map((output) => flowing.get(output));
    if (outputs.every((gradient) => gradient === undefined)) continue;
    const needs = (i: number): boolean => {
      const tensor = node.inputs[i]!;
      return targets.has(tensor) || depends.has(tensor.node);
    };
    differentiate(node, outputs, needs).forEach((gradient, i) => {
      const tensor = node.inputs[i];
      if (!tensor || !gradient || !needs(i)) return;
      const sum = flowing.get(tensor);
      flowing.set(tensor, sum ? add(sum, gradient) : gradient);
    });
  }
  return of.map((tensor) => {
    const gradient = flowing.get(tensor);
    if (!gradient) {
      const name = tensor.node.kind === "input" ? `"${tensor.node.name}"` : "a tensor";
      throw new UnmaskError("shape", `gradients: the loss does not depend on ${name}`);
    }
    return gradient;
  });
}

function differentiate<K extends OpName>(
  node: OpNode<K>,
  outputs: readonly (Tensor | undefined)[],
  needs: (input: number) => boolean,
): readonly (Tensor | undefined)[] {
  const { gradient } = ops[node.op];
  if (typeof gradient !== "function")
    throw new UnmaskError("shape", `gradients: ${node.op} has no gradient: ${gradient.none}`);
  const { inputs, attributes } = node;
  return gradient({ inputs, outputs: node.outputs, attributes, gradients: outputs, needs });
}

/** The nodes whose outputs depend on one of the targets. */
function dependants(order: readonly Node[], targets: ReadonlySet<Tensor>): Set<Node> {
  const depends = new Set<Node>();
  for (const node of order)
    if (node.inputs.some((tensor) => targets.has(tensor) || depends.has(tensor.node)))
      depends.add(node);
  return depends;
}
