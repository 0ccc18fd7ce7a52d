/** Quantised copies of a checkpoint, made if they aren't there. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { quantiseFolder, precisions } from "../../dist/checkpoint/quantise/index.js";

export async function quantisedFolder(folder, kind) {
  const out = `${folder}-${kind}`;
  if (await stat(join(out, "model.safetensors")).catch(() => undefined)) return out;
  await quantiseFolder(folder, out, { precision: precisions[kind] });
  return out;
}
