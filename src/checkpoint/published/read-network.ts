/**
 * A published checkpoint's network: its configuration in our terms, and its weights where they lie.
 *
 * @module
 */
import { join } from "node:path";
import { UnmaskError } from "../../errors.ts";
import { transformerParameters } from "../../model/transformer.ts";
import { shown } from "../../shown.ts";
import type { Constant } from "../../tensor/index.ts";
import { findConstants } from "../constants.ts";
import { parseJson } from "../fields.ts";
import { checkConfig, longestConfig } from "../model-config.ts";
import type { ModelConfig } from "../model-config.ts";
import { locateTensors } from "../shards.ts";
import type { StoredTensor } from "../shards.ts";
import { readSmallFile } from "../small-file.ts";
import { families } from "./families/index.ts";
import { generationFile } from "./layout.ts";
import type { Layout } from "./layout.ts";

export interface PublishedNetwork {
  readonly config: ModelConfig;
  readonly weights: Readonly<Record<string, Constant>>;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a folder in a published layout.
 *
 * @param options.system a system that was asked for, where the layout leaves it open
 */
export async function readPublishedNetwork(
  folder: string,
  options: { system?: string | undefined } = {},
): Promise<PublishedNetwork> {
  const where = join(folder, "config.json");
  const config = await readJson(where);
  if (!config) throw new UnmaskError("missing", `model "${folder}": has no readable config.json`);
  const generation = (await readJson(join(folder, generationFile))) ?? {};
  const layout = describeLayout(config, { where, generation, ...options });
  const tensors = withoutPrefix(await locateTensors(folder), layout.prefix);
  const weights = await findConstants({
    ...layout,
    specs: transformerParameters(layout.config.transformer),
    tensors,
    where: folder,
  });
  return { config: layout.config, weights };
}

/** The layout of a `config.json`, or an error that lists what is readable. */
export function describeLayout(
  config: Json,
  context: { where: string; generation: Json; system?: string | undefined },
): Layout {
  const family = families.find(({ recognises }) => recognises(config));
  if (family) {
    const layout = family.layout(config, context);
    return { ...layout, config: checkConfig(layout.config, context.where) };
  }
  const types = families.flatMap((each) => each.types).join(", ");
  throw new UnmaskError(
    "corrupt",
    `${context.where}: model_type: needs unmask or one of ${types}, got ${shown(config["model_type"])}`,
  );
}

async function readJson(path: string): Promise<Json | undefined> {
  const text = await readSmallFile(path, longestConfig);
  if (text === undefined) return undefined;
  const json = parseJson(text, path);
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new UnmaskError("corrupt", `${path}: must be an object, got ${shown(json)}`);
  return json as Json;
}

function withoutPrefix(
  tensors: Readonly<Record<string, StoredTensor>>,
  prefix: string | undefined,
): Readonly<Record<string, StoredTensor>> {
  if (prefix === undefined) return tensors;
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name.startsWith(prefix) ? name.slice(prefix.length) : name,
      tensor,
    ]),
  );
}
