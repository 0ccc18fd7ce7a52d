/**
 * What `unmask inspect` tells of folders and files. Only headers are read, never the weights.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readFileHeader } from "../../checkpoint/file-header.ts";
import { decodeConfig, kindOf } from "../../checkpoint/model-config.ts";
import { modelFiles, readTokenizer } from "../../checkpoint/model-folder.ts";
import type { SafetensorsHeader } from "../../checkpoint/safetensors.ts";
import { UnmaskError } from "../../errors.ts";
import { formatBytes, formatCount } from "../../report/number-format.ts";
import { renderTable } from "../../report/table.ts";
import { elementCount } from "../../tensor/index.ts";

interface Inspected {
  readonly lines: readonly string[];
  readonly result: object;
}

/** A model folder. */
export async function inspectFolder(folder: string, tensors: boolean): Promise<Inspected> {
  const read = async (name: string): Promise<Buffer> =>
    readFile(join(folder, name)).catch((cause: unknown) => {
      throw new UnmaskError("missing", `inspect: "${folder}" has no readable ${name}`, { cause });
    });
  const config = decodeConfig(
    (await read(modelFiles.config)).toString("utf8"),
    join(folder, modelFiles.config),
  );
  const tokenizer = readTokenizer(
    await read(modelFiles.tokenizer),
    join(folder, modelFiles.tokenizer),
  );
  const header = await readFileHeader(join(folder, modelFiles.weights));
  const { transformer } = config;
  const kind = kindOf(config);
  const parameters = count(header);
  const facts = [
    ["system", `${kind.name}: ${kind.summary}`],
    ["paper", kind.paper],
    ...Object.entries(config.options).map(([name, value]) => [name, String(value)]),
    ["parameters", `${formatCount(parameters)} (${parameters})`],
    [
      "backbone",
      `${transformer.layers} layers, ${transformer.heads} heads, width ${transformer.width}, ` +
        `MLP ${transformer.mlp} ${transformer.hidden}, ${transformer.norm} norm, ${transformer.attention.kind}`,
    ],
    ["vocabulary", `${tokenizer.size} (${tokenizer.kind})`],
    ["canvas", `${config.length} tokens in training`],
  ];
  return {
    lines: [...renderTable(["", folder], facts), ...(tensors ? tensorLines(header) : [])],
    result: {
      ...config,
      parameters,
      tokenizer: { kind: tokenizer.kind, size: tokenizer.size },
      ...(tensors ? { tensors: header.tensors } : {}),
    },
  };
}

/** A safetensors file. */
export async function inspectFile(path: string, tensors: boolean): Promise<Inspected> {
  const header = await readFileHeader(path);
  const entries = Object.values(header.tensors);
  const dtypes = [...new Set(entries.map(({ dtype }) => dtype))].join(", ");
  const bytes = entries.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const facts = [
    ["tensors", String(entries.length)],
    ["numbers", formatCount(count(header))],
    ["types", dtypes],
    ["size", formatBytes(bytes)],
    ...Object.entries(header.metadata),
  ];
  return {
    lines: [...renderTable(["", path], facts), ...(tensors ? tensorLines(header) : [])],
    result: { path, parameters: count(header), metadata: header.metadata, tensors: header.tensors },
  };
}

const count = ({ tensors }: SafetensorsHeader): number =>
  Object.values(tensors).reduce((sum, { shape }) => sum + elementCount(shape), 0);

function tensorLines({ tensors }: SafetensorsHeader): string[] {
  const rows = Object.entries(tensors).map(([name, { dtype, shape }]) => [
    name,
    dtype,
    `[${shape.join(", ")}]`,
  ]);
  return ["", ...renderTable(["tensor", "type", "shape"], rows)];
}
