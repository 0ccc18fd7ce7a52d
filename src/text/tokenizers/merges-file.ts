/**
 * `vocab.json` and `merges.txt`: how byte-level BPE was published before there was `tokenizer.json`
 * (GPT-2; Qwen2 and what was made of it still come so). They lack how a text is cut into words, which
 * is known from who wrote them.
 *
 * ```
 * vocab.json   {"l": 75, "o": 78, "lo": 256, ...}
 * merges.txt   #version: 0.2
 *              l o
 * ```
 *
 * @module
 */

import { z } from "zod";
import { UnmaskError } from "../../errors.ts";
import { shown } from "../../shown.ts";
import { idSchema } from "./huggingface-file.ts";
import { qwen2Pattern } from "./pattern.ts";
import { bpeModel, parseSaved, splitOf, tokenizerFile } from "./saved.ts";

/** The contents of the two files, and who wrote them. */
export interface MergesFiles {
  /** `vocab.json`, parsed. */
  readonly vocab: unknown;
  /** `merges.txt` */
  readonly merges: string;
  /** `tokenizer_class` of `tokenizer_config.json`. */
  readonly builtAs?: string | undefined;
  /** `model_type` of `config.json`, for folders that don't say the former. */
  readonly modelType?: string | undefined;
  /** Default false. */
  readonly addPrefixSpace?: boolean | undefined;
}

/**
 * The content of a `tokenizer.json` that means the same, without special tokens (see `withConfig`).
 *
 * @throws UnmaskError "corrupt" for damaged files, and for a tokenizer whose way to cut a text is not
 * known here.
 */
export function fileOfMerges(files: MergesFiles): object {
  const vocab = parseSaved(z.record(z.string(), idSchema), files.vocab, "vocab.json");
  const merges = readLines(files.merges, new Set(Object.keys(vocab)));
  const add_prefix_space = files.addPrefixSpace ?? false;
  const byteLevel = { type: "ByteLevel", add_prefix_space, trim_offsets: true };
  const cut = {
    gpt2: { normalizer: null, preTokenizer: { ...byteLevel, use_regex: true } },
    qwen2: {
      normalizer: { type: "NFC" },
      preTokenizer: {
        type: "Sequence",
        pretokenizers: [splitOf(qwen2Pattern), { ...byteLevel, use_regex: false }],
      },
    },
  }[cutterOf(files)];
  const file = tokenizerFile({
    special: [],
    preTokenizer: cut.preTokenizer,
    decoder: { ...byteLevel, use_regex: true },
    model: bpeModel(vocab, merges),
  });
  return { ...file, normalizer: cut.normalizer };
}

/** Dream and SDAR are made of Qwen, and cut as it does. */
const qwens = /qwen|dream|sdar/i;

function cutterOf({ builtAs, modelType }: MergesFiles): "gpt2" | "qwen2" {
  const name = builtAs?.replace(/(Tokenizer)?(Fast)?$/, "");
  if (qwens.test(name ?? modelType ?? "")) return "qwen2";
  if (name === undefined || name === "GPT2") return "gpt2";
  throw new UnmaskError(
    "corrupt",
    `tokenizer_config.json: tokenizer_class must be that of GPT-2, Qwen2 or Dream for vocab.json and ` +
      `merges.txt, got ${shown(builtAs)}; ${convertRemedy}`,
  );
}

/** How to get a file that says everything. */
export const convertRemedy =
  "save a tokenizer.json with Python: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)";

function readLines(text: string, known: ReadonlySet<string>): [string, string][] {
  const lines = text.split(/\r?\n/);
  const start = lines[0]?.startsWith("#version") ? 1 : 0;
  const merges: [string, string][] = [];
  for (let index = start; index < lines.length; index++) {
    const line = lines[index]!;
    if (line === "") continue;
    const [left, right, ...more] = line.split(" ");
    const where = `merges.txt:${index + 1}`;
    if (left === undefined || right === undefined || more.length > 0)
      throw damagedLine(`${where}: must be two tokens and a space, got ${shown(line)}`);
    const missing = [left, right, left + right].find((token) => !known.has(token));
    if (missing !== undefined)
      throw damagedLine(`${where}: the token ${shown(missing)} must be in vocab.json, got none`);
    merges.push([left, right]);
  }
  return merges;
}

function damagedLine(what: string): UnmaskError {
  return new UnmaskError(
    "corrupt",
    `${what}; the file is damaged or of another tokenizer, download both again`,
  );
}
