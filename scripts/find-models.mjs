/** Model folders, for scripts that take all there are. */

import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";

const isModel = (folder) =>
  ["config.json", "model.safetensors"].every((file) => existsSync(join(folder, file)));

/** The model folders at a place: itself, or those up to two folders down. */
export function modelsIn(folder, depth = 2) {
  if (isModel(folder)) return [folder];
  if (depth === 0 || !existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => modelsIn(join(folder, entry.name), depth - 1));
}

/** Requests call models by the names of their folders, so each name can be there once. */
export function withoutTwins(found, note) {
  const names = new Map();
  for (const folder of found) {
    const name = basename(resolve(folder));
    const twin = names.get(name);
    if (twin === undefined) names.set(name, folder);
    else note(`${folder} is left out, it is called ${name} as ${twin} is`);
  }
  return [...names.values()];
}
