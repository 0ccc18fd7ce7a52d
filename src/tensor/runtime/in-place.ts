/**
 * Which updates of a program may be written over the value that they replace.
 *
 * @module
 */
import type { Node, Program, Tensor } from "../graph.ts";

/** Ops that read element i of their inputs before they write element i of their output. */
const elementwise: ReadonlySet<string> = new Set(["add", "sub", "mul", "div"]);

/**
 * The names of the updates that are safe in place: every node that reads the old value must have
 * run before the update's own node writes, which the graph guarantees only for its ancestors. The
 * weights of a clipped training step qualify, since the gradients' common norm lies in between.
 */
export function inPlaceUpdates(program: Program): Set<string> {
  const readers = readersOf(program);
  const safe = new Set<string>();
  for (const [name, next] of Object.entries(program.updates)) {
    const current = program.inputs[name]!;
    const writer = next.node;
    if (writer.kind !== "op" || !elementwise.has(writer.op)) continue;
    const before = ancestors(writer);
    // The last node may read the old value itself, element by element.
    if ([...aliasReaders(current, readers)].every((node) => node === writer || before.has(node)))
      safe.add(name);
  }
  return safe;
}

function readersOf(program: Program): Map<Tensor, Node[]> {
  const readers = new Map<Tensor, Node[]>();
  for (const node of program.nodes)
    for (const tensor of node.inputs) readers.set(tensor, [...(readers.get(tensor) ?? []), node]);
  return readers;
}

/** Readers of a tensor's memory: a reshape doesn't copy, so its readers count too. */
function aliasReaders(tensor: Tensor, readers: ReadonlyMap<Tensor, Node[]>): Set<Node> {
  const found = new Set<Node>();
  const open = [tensor];
  for (let next = open.pop(); next; next = open.pop())
    for (const node of readers.get(next) ?? []) {
      found.add(node);
      if (node.kind === "op" && node.op === "reshape") open.push(...node.outputs);
    }
  return found;
}

function ancestors(node: Node): Set<Node> {
  const found = new Set<Node>();
  const open: Node[] = [node];
  for (let next = open.pop(); next; next = open.pop())
    for (const { node: parent } of next.inputs)
      if (!found.has(parent)) {
        found.add(parent);
        open.push(parent);
      }
  return found;
}
