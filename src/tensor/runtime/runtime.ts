/**
 * What every runtime can do: hold named values where it computes, and run programs on them.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import type { Program } from "../graph.ts";
import { formatSpec } from "../shape.ts";
import type { Spec } from "../shape.ts";
import type { Constant, Value } from "../value.ts";

/**
 * Named values that live where a runtime computes. Programs compiled with a store read their inputs
 * of those names from it, and their updates replace them: weights and optimiser state never travel.
 */
export interface Store {
  readonly names: readonly string[];
  /** Copies of values to the host. */
  read(names?: readonly string[]): Promise<Record<string, Value>>;
  /** Replaces values, of the same shapes. */
  write(values: Readonly<Record<string, Value>>): Promise<void>;
  dispose(): Promise<void>;
}

export interface RunOptions {
  /** The outputs that are wanted: bringing one to the host costs time. Default: all. */
  readonly outputs?: readonly string[] | undefined;
}

/** A program ready to run. */
export interface Executable {
  /**
   * Runs the program once. Inputs are every program input that is neither in the store nor a
   * constant; the results are the program's outputs. Runs of one store must not overlap.
   */
  run(
    inputs: Readonly<Record<string, Value>>,
    options?: RunOptions,
  ): Promise<Record<string, Value>>;
  dispose(): Promise<void>;
}

export interface CompileOptions {
  /** Where inputs of its names are read and updates go. Must come from the same runtime. */
  readonly store?: Store;
  /**
   * Inputs that never change: they become part of the program, which makes products faster. Those in
   * files must all lie in one folder, and need a runtime that reads files.
   */
  readonly constants?: Readonly<Record<string, Constant>>;
}

/** One way of computing. */
export interface Runtime {
  /** The name people choose it by: `reference`, `cpu`, `webgpu`, `wasm`. */
  readonly name: string;
  /** Greatest relative error to expect of an op: float32 here, double precision at the reference. */
  readonly precision: "float32" | "float64";
  /** Whether the same inputs give the same bits every time. GPUs add up in any order. */
  readonly repeatable: boolean;
  store(values: Readonly<Record<string, Value>>): Promise<Store>;
  compile(program: Program, options?: CompileOptions): Promise<Executable>;
}

/** Checks a value against a spec; returns what the names of its sizes stand for. */
export function bindSizes(
  where: string,
  spec: Spec,
  value: Value,
  names: Map<string, number>,
): void {
  const wrong = (why: string): never => {
    throw new UnmaskError(
      "shape",
      `${where}: needs ${formatSpec(spec)}, got ${formatSpec(value)}${why}`,
    );
  };
  if (value.dtype !== spec.dtype || value.shape.length !== spec.shape.length) wrong("");
  if (value.data.length !== value.shape.reduce((a, b) => a * b, 1))
    wrong(` with ${value.data.length} values`);
  spec.shape.forEach((dim, axis) => {
    const size = value.shape[axis]!;
    if (typeof dim === "number") {
      if (dim !== size) wrong("");
    } else if (!/[+*]/.test(dim)) {
      const known = names.get(dim);
      if (known !== undefined && known !== size) wrong(`, where "${dim}" is already ${known}`);
      names.set(dim, size);
    }
  });
}

/** Checks that a run was given what the program asks for; returns the values of the size names. */
export function checkInputs(
  program: Program,
  given: Readonly<Record<string, Value>>,
  elsewhere: ReadonlySet<string>,
): Map<string, number> {
  const names = new Map<string, number>();
  for (const [name, spec] of Object.entries(program.inputs)) {
    if (elsewhere.has(name)) continue;
    const value = given[name];
    const where = `program "${program.name}": input "${name}"`;
    if (!value) throw new UnmaskError("shape", `${where} is missing; needed ${formatSpec(spec)}`);
    bindSizes(where, spec, value, names);
  }
  for (const name of Object.keys(given))
    if (!Object.hasOwn(program.inputs, name))
      throw new UnmaskError(
        "shape",
        `program "${program.name}": has no input "${name}"; it takes ` +
          Object.keys(program.inputs)
            .filter((key) => !elsewhere.has(key))
            .join(", "),
      );
  return names;
}
