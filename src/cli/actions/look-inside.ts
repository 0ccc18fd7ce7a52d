/**
 * What `unmask inspect` tells of folders and files. Only headers are read, never the weights.
 *
 * @module
 */
import { flagsLine } from "../command-line.ts";
import { readFileHeader } from "../../checkpoint/file-header.ts";
import { isLatentFolder, readLatentModel } from "../../checkpoint/latent-folder.ts";
import { kindOf } from "../../checkpoint/model-config.ts";
import { readNetwork, readWords } from "../../checkpoint/model-folder.ts";
import { locateTensors } from "../../checkpoint/shards.ts";
import { UnmaskError } from "../../errors.ts";
import { transformerParameters } from "../../model/transformer.ts";
import type { BackboneConfig } from "../../model/transformer.ts";
import type { Quantization } from "../../nn/linear.ts";
import { formatBytes, formatCount } from "../../report/number-format.ts";
import { renderTable } from "../../report/table.ts";
import { elementCount } from "../../tensor/index.ts";

/** What to look at, and how. */
export interface Inspecting {
  /** Whether to list every tensor. */
  readonly tensors: boolean;
  readonly as?: string | undefined;
  readonly tokenizer?: string | undefined;
}

interface Inspected {
  readonly lines: readonly string[];
  readonly result: object;
}

/** A model folder: ours, or one of a published layout. */
export async function inspectFolder(folder: string, options: Inspecting): Promise<Inspected> {
  if (await isLatentFolder(folder)) return inspectLatent(folder, options);
  const { as: system, tensors: listed, ...rest } = options;
  const { config } = await readNetwork(folder, { system });
  const tensors = await locateTensors(folder);
  const { transformer, published } = config;
  const kind = kindOf(config);
  const specs = transformerParameters(transformer);
  const parameters = numbersOf(tensors);
  const words = await readWords(folder, config, rest).catch((error: unknown) => {
    // What a network is can be told without its tokenizer.
    if (UnmaskError.is(error) && error.code === "missing" && published) return undefined;
    throw error;
  });
  const facts = [
    ["system", `${kind.name}: ${kind.summary}`],
    ["paper", kind.paper],
    ...Object.entries(config.options).map(([name, value]) => [name, String(value)]),
    ...(published ? [["layout", published.family]] : []),
    ["parameters", `${formatCount(parameters)} (${parameters}) in ${dtypesOf(tensors)}`],
    ...(transformer.quantized ? [["quantised", quantizationOf(transformer.quantized)]] : []),
    ["backbone", backboneOf(transformer)],
    [
      "vocabulary",
      words
        ? `${words.tokenizer.size} (${words.tokenizer.kind})`
        : `${transformer.vocabulary} (no tokenizer)`,
    ],
    ["canvas", `${config.length} tokens in training`],
    ["sampling", flagsLine({ rule: kind.rule, ...config.sampling })],
  ];
  return {
    lines: [...renderTable(["", folder], facts), ...(listed ? tensorLines(tensors) : [])],
    result: {
      ...config,
      parameters,
      tensors: listed ? tensors : Object.keys(specs).length,
      ...(words ? { tokenizer: { kind: words.tokenizer.kind, size: words.tokenizer.size } } : {}),
    },
  };
}

/** A model folder of a latent system. */
async function inspectLatent(folder: string, { tensors: listed }: Inspecting): Promise<Inspected> {
  const { config, kind, system, moments, plans, tokenizer } = await readLatentModel(folder);
  const tensors = await locateTensors(folder);
  const parameters = numbersOf(tensors);
  const { latents, dimension, encoder, decoder } = system.embedder;
  const facts = [
    ["system", `${kind.name}: ${kind.summary}`],
    ["paper", kind.paper],
    ...Object.entries(config.options).map(([name, value]) => [name, String(value)]),
    ["parameters", `${formatCount(parameters)} (${parameters}) in ${dtypesOf(tensors)}`],
    ...(encoder.quantized ? [["quantised", quantizationOf(encoder.quantized)]] : []),
    ["encoder", backboneOf(encoder)],
    ["decoder", backboneOf(decoder)],
    ["planner", plans ? backboneOf(system.planner.backbone) : "not trained yet"],
    [
      "latents",
      `${latents} x ${dimension}${moments ? ", normalised" : ", the embedder isn't finished"}`,
    ],
    ["vocabulary", `${tokenizer.size} (${tokenizer.kind})`],
    ["paragraph", `${config.length} tokens`],
    [
      "sampling",
      `${kind.steps} steps of DDIM${kind.clarity < 1 ? ` to a clarity of ${kind.clarity}` : ""}, then the likeliest words`,
    ],
  ];
  return {
    lines: [...renderTable(["", folder], facts), ...(listed ? tensorLines(tensors) : [])],
    result: {
      ...config,
      parameters,
      planner: plans,
      tensors: listed ? tensors : Object.keys(tensors).length,
      tokenizer: { kind: tokenizer.kind, size: tokenizer.size },
    },
  };
}

const quantizationOf = (quantized: Quantization): string =>
  quantized.bits === 8 ? "int8" : `int4, blocks of ${quantized.block}`;

function backboneOf(transformer: BackboneConfig): string {
  const { layers, heads, keyValueHeads, width, mlp, hidden, norm, attention, mixture } =
    transformer;
  return [
    `${layers} layers`,
    `${heads} heads${keyValueHeads === heads ? "" : ` (${keyValueHeads} for keys)`}`,
    `width ${width}`,
    mixture
      ? `${mixture.chosen} of ${mixture.experts} experts of ${mixture.hidden}`
      : `MLP ${mlp} ${hidden}`,
    `${norm} norm`,
    attention.kind === "block" ? `blocks of ${attention.size}` : attention.kind,
  ].join(", ");
}

/** A safetensors file. */
export async function inspectFile(path: string, tensors: boolean): Promise<Inspected> {
  const header = await readFileHeader(path);
  const entries = Object.values(header.tensors);
  const bytes = entries.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const facts = [
    ["tensors", String(entries.length)],
    ["numbers", formatCount(numbersOf(header.tensors))],
    ["types", dtypesOf(header.tensors)],
    ["size", formatBytes(bytes)],
    ...Object.entries(header.metadata),
  ];
  return {
    lines: [...renderTable(["", path], facts), ...(tensors ? tensorLines(header.tensors) : [])],
    result: {
      path,
      parameters: numbersOf(header.tensors),
      metadata: header.metadata,
      tensors: header.tensors,
    },
  };
}

type Tensors = Readonly<
  Record<string, { readonly dtype: string; readonly shape: readonly number[] }>
>;

const numbersOf = (tensors: Tensors): number =>
  Object.values(tensors).reduce((sum, { shape }) => sum + elementCount(shape), 0);

const dtypesOf = (tensors: Tensors): string =>
  [...new Set(Object.values(tensors).map(({ dtype }) => dtype))].join(", ");

function tensorLines(tensors: Tensors): string[] {
  const rows = Object.entries(tensors).map(([name, { dtype, shape }]) => [
    name,
    dtype,
    `[${shape.join(", ")}]`,
  ]);
  return ["", ...renderTable(["tensor", "type", "shape"], rows)];
}
