/**
 * Tensors in files as a model's constants: checked, and left where they are.
 *
 * @module
 */
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UnmaskError } from "../errors.ts";
import type { ParameterSpec, ParameterSpecs } from "../nn/parameter.ts";
import { elementCount, floats, isStored, sameShape, storedWidth } from "../tensor/index.ts";
import type { Constant, Stored, StoredDtype, Value } from "../tensor/index.ts";
import type { Source } from "./published/layout.ts";
import { decodeTensor } from "./safetensors.ts";
import type { StoredTensor } from "./shards.ts";
import { shown, shownText } from "../shown.ts";

/** What programs take straight from files. */
const dtypes: Readonly<Record<string, StoredDtype>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I8: "int8",
  U8: "uint8",
};

export interface FindConstants {
  readonly specs: ParameterSpecs;
  readonly tensors: Readonly<Record<string, StoredTensor>>;
  /** Where a parameter lies. */
  readonly source: (parameter: string) => Source;
  /** Tensors that may be there though no parameter needs them. */
  readonly ignored?: RegExp | undefined;
  /** How errors name the checkpoint. */
  readonly where: string;
}

/**
 * The constant of every parameter. Matrices that are stored turned are read, all others stay in their
 * files.
 *
 * @throws UnmaskError `corrupt` for a tensor that is missing, of another shape, or that no part of the
 * model would use
 */
export async function findConstants(options: FindConstants): Promise<Record<string, Constant>> {
  const { specs, tensors, source, ignored, where } = options;
  const constants: Record<string, Constant> = {};
  const used = new Set<string>();
  for (const [name, spec] of Object.entries(specs)) {
    const from = source(name);
    const tensor = Object.hasOwn(tensors, from.tensor) ? tensors[from.tensor] : undefined;
    if (!tensor)
      throw new UnmaskError("corrupt", `${where}: has no tensor ${shownText(from.tensor)}`);
    used.add(from.tensor);
    const at = `${where}: tensor ${shownText(from.tensor)}`;
    const stored = checked(tensor, spec, from, at);
    constants[name] = from.turned ? await turned(stored, from, at) : partOf(stored, from.rows);
  }
  const unknown = Object.keys(tensors).find((name) => !used.has(name) && !ignored?.test(name));
  if (unknown !== undefined)
    throw new UnmaskError(
      "corrupt",
      `${where}: tensor ${shownText(unknown)} belongs to no part of the model`,
    );
  return constants;
}

/** The tensor, if it has the dtype and the shape that a parameter needs. */
function checked(
  tensor: StoredTensor,
  { shape, dtype: needed = "float32" }: ParameterSpec,
  { turned: isTurned, rows }: Source,
  where: string,
): Stored {
  const { file, offset } = tensor;
  const dtype = dtypes[tensor.dtype];
  const quantized = dtype === "int8" || dtype === "uint8";
  const fits = needed === "float32" ? dtype !== undefined && !quantized : dtype === needed;
  const turning = isTurned ? tensor.shape.toReversed() : tensor.shape;
  const [outputs, ...rest] = turning;
  const part = rows ? [rows[1] - rows[0], ...rest] : turning;
  const inside = rows ? rows[1] <= outputs! : true;
  if (!fits || dtype === undefined || !inside || !sameShape(part, shape))
    throw new UnmaskError(
      "corrupt",
      `${where}: needs ${needed} [${wholeShape(shape, isTurned, rows).join(", ")}], ` +
        `got ${tensor.dtype} ${shown(tensor.shape)}; weights and config.json don't belong together`,
    );
  return { dtype, shape: tensor.shape, folder: dirname(file), file: basename(file), offset };
}

function wholeShape(
  shape: readonly number[],
  isTurned: boolean | undefined,
  rows: Source["rows"],
): readonly (number | string)[] {
  const whole = rows ? [`>= ${rows[1]}`, ...shape.slice(1)] : shape;
  return isTurned ? whole.toReversed() : whole;
}

/** Some rows of a constant, from the first to behind the last: in a file, they lie behind one another. */
export function rowsOf(constant: Constant, [from, to]: readonly [number, number]): Constant {
  if (isStored(constant)) return partOf(constant, [from, to]);
  const { dtype, shape, data } = constant;
  const row = elementCount(shape.slice(1));
  return {
    dtype,
    shape: [to - from, ...shape.slice(1)],
    data: data.subarray(from * row, to * row),
  };
}

function partOf(stored: Stored, rows: Source["rows"]): Stored {
  if (!rows) return stored;
  const [from, to] = rows;
  const rest = stored.shape.slice(1);
  const offset = stored.offset + from * elementCount(rest) * storedWidth[stored.dtype];
  return { ...stored, shape: [to - from, ...rest], offset };
}

/** A matrix turned to [outputs, inputs], of which some rows may be wanted. */
async function turned(stored: Stored, { rows }: Source, where: string): Promise<Value> {
  const { data } = await loadConstant(stored, where);
  if (stored.shape.length === 1) return partOfVector(data, rows);
  const [inputs, outputs] = stored.shape as [number, number];
  const [from, to] = rows ?? [0, outputs];
  const result = new Float32Array((to - from) * inputs);
  for (let output = from; output < to; output++)
    for (let input = 0; input < inputs; input++)
      result[(output - from) * inputs + input] = data[input * outputs + output]!;
  return floats([to - from, inputs], result);
}

const partOfVector = (data: Value["data"], rows: Source["rows"]): Value => {
  const part = rows ? data.subarray(...rows) : data;
  return floats([part.length], Float32Array.from(part));
};

/** A constant with its numbers at hand; floats of fewer bits are widened. */
export async function loadConstant(constant: Constant, where = "weights"): Promise<Value> {
  if (!isStored(constant)) return constant;
  const { dtype, shape, folder, file, offset } = constant;
  const path = join(folder, file);
  const bytes = new Uint8Array(elementCount(shape) * storedWidth[dtype]);
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw new UnmaskError("missing", `${where}: there is no readable file ${path}`, { cause });
  });
  try {
    for (let filled = 0; filled < bytes.length;) {
      const { bytesRead } = await handle.read(
        bytes,
        filled,
        bytes.length - filled,
        offset + filled,
      );
      if (bytesRead === 0)
        throw new UnmaskError("corrupt", `${where}: ${path} has become shorter; copy it again`);
      filled += bytesRead;
    }
  } finally {
    await handle.close();
  }
  const [name] = Object.entries(dtypes).find(([, other]) => other === dtype)!;
  return decodeTensor({ dtype: name, shape }, bytes, where);
}

/** All of them, at hand. */
export async function loadConstants(
  constants: Readonly<Record<string, Constant>>,
): Promise<Record<string, Value>> {
  const values: Record<string, Value> = {};
  for (const [name, constant] of Object.entries(constants))
    values[name] = await loadConstant(constant, `weight "${name}"`);
  return values;
}
