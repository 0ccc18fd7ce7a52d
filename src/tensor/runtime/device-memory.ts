/**
 * Moving values between the host and a device whose buffers ONNX Runtime keeps.
 *
 * The values travel through sessions of one Identity each, because that is the only way that every
 * build offers: onnxruntime-node 1.30 keeps results in WebGPU buffers and takes them back as inputs,
 * but has no upload, and its `getData` of such a tensor ends the process.
 *
 * @module
 */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import { input, program } from "../graph.ts";
import { toOnnx } from "../onnx/export.ts";
import type { OrtSession } from "./ort.ts";

export interface DeviceMemory {
  /** Opens the device; fails where there is none. */
  open(): Promise<void>;
  /** The same numbers in a buffer of this memory's own, from the host or from another session. */
  upload(tensor: OrtTensor): Promise<OrtTensor>;
  /** The same numbers on the host. */
  download(tensor: OrtTensor): Promise<OrtTensor>;
}

type Location = "gpu-buffer" | "cpu";
type Create = (
  model: Uint8Array,
  options: Pick<InferenceSession.SessionOptions, "preferredOutputLocation">,
) => Promise<OrtSession>;

/**
 * The memory of the device that `create` makes sessions for; float32 only.
 *
 * Its sessions are kept, for a buffer must not outlive the session that made it: freeing it later
 * touches memory that is gone. In Node the device itself lives only as long as some session does.
 */
export function deviceMemory(create: Create): DeviceMemory {
  const ferries = new Map<string, Promise<OrtSession>>();
  const ferry = (rank: number, to: Location): Promise<OrtSession> => {
    const key = `${rank} ${to}`;
    const found = ferries.get(key) ?? create(identity(rank), { preferredOutputLocation: to });
    ferries.set(key, found);
    return found;
  };
  const carry = async (given: OrtTensor, to: Location): Promise<OrtTensor> => {
    const session = await ferry(given.dims.length, to);
    const { value } = await session.run({ given }, { value: null });
    return value!;
  };
  return {
    open: async () => void (await ferry(0, "cpu")),
    upload: (tensor) => carry(tensor, "gpu-buffer"),
    download: (tensor) => carry(tensor, "cpu"),
  };
}

function identity(rank: number): Uint8Array {
  const sizes = Array.from({ length: rank }, (_, axis) => `size${axis}`);
  return toOnnx(program({ name: "copy", outputs: { value: input("given", sizes) } }));
}
