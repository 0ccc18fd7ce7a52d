/**
 * A model folder as it is served: ours, of either kind, or a published one.
 *
 * @module
 */
import { isLatentFolder, readLatentModel } from "../../checkpoint/latent-folder.ts";
import { readModel } from "../../checkpoint/model-folder.ts";
import { servedPlans, servedTokens } from "./servable.ts";
import type { Servable } from "./servable.ts";

export const readServableFolder = async (folder: string): Promise<Servable> =>
  (await isLatentFolder(folder))
    ? servedPlans(await readLatentModel(folder), folder)
    : servedTokens(await readModel(folder));
