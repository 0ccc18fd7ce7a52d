/**
 * ONNX Runtime behind the {@link Runtime} interface: the part that its Node and browser builds share.
 *
 * @module
 */
import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from "onnxruntime-common";
import { UnmaskError } from "../../errors.ts";
import type { Program } from "../graph.ts";
import { toOnnx, updateName } from "../onnx/export.ts";
import { elementCount, evaluateShape } from "../shape.ts";
import { isStored } from "../value.ts";
import type { Constant, Value } from "../value.ts";
import { deviceMemory } from "./device-memory.ts";
import type { DeviceMemory } from "./device-memory.ts";
import { directRun, sequenceOutput } from "./direct-run.ts";
import { inPlaceUpdates } from "./in-place.ts";
import { bindSizes, checkInputs } from "./runtime.ts";
import type { Executable, Runtime, Store } from "./runtime.ts";

type Tensors = Readonly<Record<string, OrtTensor>>;

/** What we use of a session. */
export interface OrtSession {
  run(feeds: Tensors, fetches: Readonly<Record<string, OrtTensor | null>>): Promise<Tensors>;
  release(): Promise<void>;
}

/** The two constructors of an ONNX Runtime build that we use. */
export interface OrtModule {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<OrtSession>;
  };
  readonly Tensor: TensorConstructor;
}

export interface OrtOptions {
  readonly name: string;
  readonly ort: OrtModule;
  readonly session: InferenceSession.SessionOptions;
  /**
   * How updates get back into the store: `shared` memory that sessions read and write directly, or
   * buffers that stay on the `device`, or a `copy` of each result.
   */
  readonly updates: "shared" | "device" | "copy";
  /** See {@link Runtime}. */
  readonly repeatable: boolean;
  /** Whether sessions can read files. Default: no. */
  readonly readsFiles?: boolean | undefined;
}

interface Held {
  current: OrtTensor;
  /** The buffer of the run before last, where an update can't be made in place. */
  spare?: OrtTensor;
  /** The session on whose device memory `current` lies: it must not be freed after the session. */
  owner?: OrtSession;
}

export function ortRuntime(options: OrtOptions): Runtime {
  const { name, ort, session, updates, repeatable, readsFiles = false } = options;
  const contents = new WeakMap<Store, Map<string, Held>>();
  const memory =
    updates === "device"
      ? deviceMemory((model, more) => create(ort, "copy", model, { ...session, ...more }))
      : undefined;
  return {
    name,
    precision: "float32",
    repeatable,
    async store(values) {
      const held = new Map<string, Held>();
      const store = await storeOf(ort, held, values, memory);
      contents.set(store, held);
      return store;
    },
    async compile(program, { store, constants = {} } = {}) {
      const held = store ? contents.get(store) : new Map<string, Held>();
      if (!held) throw new UnmaskError("shape", "compile: the store is of another runtime");
      checkUpdates(program, held);
      const folder = folderOf(constants);
      if (folder !== undefined && !readsFiles)
        throw new UnmaskError("unavailable", `runtime ${name}: reads no files; load them first`);
      await memory?.open();
      const direct = updates === "shared" && isDirect(program);
      const model = toOnnx(program, constants, direct ? { sequenceFirst: sequenceOutput } : {});
      const compiled = await create(ort, program.name, model, {
        ...session,
        ...(memory ? deviceOutputs(program) : {}),
        ...(folder === undefined ? {} : besideFiles(folder)),
        // Planned buffers are never given back between runs: a training step needs a third less
        // memory without the plan, and takes a few percent longer.
        enableMemPattern: !direct,
      });
      return executableOf({ ort, program, compiled, held, constants, direct, memory });
    },
  };
}

/** The folder in which constants lie that are in files. */
function folderOf(constants: Readonly<Record<string, Constant>>): string | undefined {
  const folders = new Set(
    Object.values(constants).flatMap((value) => (isStored(value) ? [value.folder] : [])),
  );
  if (folders.size > 1)
    throw new UnmaskError(
      "usage",
      `compile: constants in files must lie in one folder, got ${[...folders].join(" and ")}`,
    );
  return [...folders][0];
}

/** Names in a model are then those of files in this folder. */
const besideFiles = (folder: string): InferenceSession.SessionOptions => ({
  extra: { session: { model_external_initializers_file_folder_path: folder } },
});

/** Fills `held` and gives it a door. */
async function storeOf(
  ort: OrtModule,
  held: Map<string, Held>,
  values: Readonly<Record<string, Value>>,
  memory: DeviceMemory | undefined,
): Promise<Store> {
  const hold = async (value: Value): Promise<OrtTensor> => {
    if (memory && value.dtype === "float32") return memory.upload(toTensor(ort, value));
    // A copy: updates are written over this buffer.
    return toTensor(ort, { ...value, data: value.data.slice() });
  };
  const toHost = async (tensor: OrtTensor): Promise<Value> =>
    memory && tensor.location === "gpu-buffer"
      ? copy(await memory.download(tensor), { own: true })
      : copy(tensor);
  for (const [key, value] of Object.entries(values)) held.set(key, { current: await hold(value) });
  const stored = [...held.keys()];
  return {
    names: stored,
    async read(names = stored) {
      const read: Record<string, Value> = {};
      for (const key of names) read[key] = await toHost(held.get(key)!.current);
      return read;
    },
    async write(changed) {
      for (const [key, value] of Object.entries(changed)) {
        const old = held.get(key);
        if (!old) throw new UnmaskError("shape", `store: holds no "${key}"`);
        const spec = { dtype: value.dtype, shape: old.current.dims };
        bindSizes(`store: "${key}"`, spec, value, new Map());
        held.set(key, { current: await hold(value) });
        old.current.dispose();
      }
    },
    dispose() {
      for (const { current, spare } of held.values()) {
        current.dispose();
        spare?.dispose();
      }
      held.clear();
      return Promise.resolve();
    },
  };
}

interface Compiled {
  readonly ort: OrtModule;
  readonly program: Program;
  readonly compiled: OrtSession;
  readonly held: Map<string, Held>;
  readonly constants: Readonly<Record<string, Constant>>;
  readonly direct: boolean;
  readonly memory: DeviceMemory | undefined;
}

function executableOf(parts: Compiled): Executable {
  const { ort, program, compiled, held, constants, direct, memory } = parts;
  const elsewhere = new Set([...held.keys(), ...Object.keys(constants)]);
  const outputs = Object.keys(program.outputs);
  const replaced = Object.keys(program.updates);
  const given = Object.keys(program.inputs).filter((key) => !Object.hasOwn(constants, key));
  const fetches = (wanted: readonly string[]) =>
    Object.fromEntries([...wanted, ...replaced.map(updateName)].map((key) => [key, null]));
  const inPlace = direct ? inPlaceUpdates(program) : new Set<string>();
  /** Where a direct run writes: new tensors for outputs, the store's own for updates. */
  const targets = (sizes: ReadonlyMap<string, number>): Record<string, OrtTensor> => {
    const into: Record<string, OrtTensor> = {};
    for (const [key, { shape }] of Object.entries(program.outputs))
      into[key] = blank(ort, evaluateShape(shape, sizes));
    for (const key of replaced) {
      const slot = held.get(key)!;
      into[updateName(key)] = inPlace.has(key)
        ? slot.current
        : (slot.spare ??= blank(ort, slot.current.dims));
    }
    return into;
  };
  return {
    async run(inputs, { outputs: wanted = outputs } = {}) {
      const sizes = checkInputs(program, inputs, elsewhere);
      const feeds: Record<string, OrtTensor> = {};
      for (const key of given) feeds[key] = held.get(key)?.current ?? toTensor(ort, inputs[key]!);
      const results = direct
        ? await directRun(compiled, feeds, targets(sizes))
        : await compiled.run(feeds, fetches(wanted));
      for (const key of replaced) {
        const slot = held.get(key)!;
        replace(slot, results[updateName(key)]!, direct);
        if (memory) slot.owner = compiled;
      }
      const values = wanted.map(
        async (key) => [key, await copy(results[key]!, { own: true })] as const,
      );
      return Object.fromEntries(await Promise.all(values));
    },
    async dispose() {
      if (memory)
        for (const slot of held.values()) if (slot.owner === compiled) await adopt(memory, slot);
      await compiled.release();
    },
  };
}

/** Updates have to go somewhere. */
function checkUpdates(program: Program, held: ReadonlyMap<string, Held>): void {
  const homeless = Object.keys(program.updates).find((key) => !held.has(key));
  if (homeless !== undefined)
    throw new UnmaskError(
      "shape",
      `program "${program.name}": the update of "${homeless}" needs a store that holds it`,
    );
}

/** Whether results are written straight into the store: a step, all of whose results are float32. */
function isDirect({ outputs, updates }: Program): boolean {
  const results = [...Object.values(outputs), ...Object.values(updates)];
  return Object.keys(updates).length > 0 && results.every(({ dtype }) => dtype === "float32");
}

async function create(
  ort: OrtModule,
  program: string,
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<OrtSession> {
  try {
    return await ort.InferenceSession.create(model, options);
  } catch (cause) {
    if (UnmaskError.is(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnmaskError("unavailable", `program "${program}": does not load: ${reason}`, {
      cause,
    });
  }
}

/** Updates stay where the device computed them; everything else comes to the host. */
function deviceOutputs(program: Program): InferenceSession.SessionOptions {
  const places = [
    ...Object.keys(program.outputs).map((key) => [key, "cpu"] as const),
    ...Object.entries(program.updates)
      .filter(([, { dtype }]) => dtype === "float32")
      .map(([key]) => [updateName(key), "gpu-buffer"] as const),
  ];
  return { preferredOutputLocation: Object.fromEntries(places) };
}

/** The result becomes current; its predecessor the spare, or free. */
function replace(slot: Held, result: OrtTensor, keepSpare: boolean): void {
  const { current } = slot;
  if (result === current) return;
  slot.current = result;
  if (keepSpare) slot.spare = current;
  else current.dispose();
}

/** Moves a value to memory that lives as long as the runtime. */
async function adopt(memory: DeviceMemory, slot: Held): Promise<void> {
  const { current } = slot;
  delete slot.owner;
  if (current.location !== "gpu-buffer") return;
  slot.current = await memory.upload(current);
  current.dispose();
}

/** A float32 tensor to write into. */
function blank(ort: OrtModule, shape: readonly number[]): OrtTensor {
  return new ort.Tensor("float32", new Float32Array(elementCount(shape)), shape);
}

/** A value on the host; `own` says that nobody else holds the tensor's memory. */
async function copy(tensor: OrtTensor, options: { own?: boolean } = {}): Promise<Value> {
  const data = await tensor.getData(options.own);
  const shape = tensor.dims;
  const kept = <T extends Float32Array | Int32Array | Uint8Array>(array: T): T =>
    options.own ? array : (array.slice() as T);
  if (data instanceof Float32Array) return { dtype: "float32", shape, data: kept(data) };
  if (data instanceof Int32Array) return { dtype: "int32", shape, data: kept(data) };
  if (data instanceof Uint8Array) return { dtype: "bool", shape, data: kept(data) };
  throw new Error(`ONNX Runtime returned a tensor of ${tensor.type}`);
}

function toTensor(ort: OrtModule, { dtype, shape, data }: Value): OrtTensor {
  return new ort.Tensor(dtype, single(data), shape);
}

function single(data: Value["data"]): Float32Array | Int32Array | Int8Array | Uint8Array {
  return data instanceof Float64Array ? Float32Array.from(data) : data;
}
