import { Tokenizer as Library } from "@huggingface/tokenizers";
import fc from "fast-check";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Tokenizer } from "../tokenizer.ts";
import { byteLetters, spellBytes } from "./byte-alphabet.ts";
import { huggingface } from "./huggingface.ts";
import { parseTokenizerSpec, tokenizerFromJSON, tokenizers } from "./index.ts";

const english = "Once upon a time, there was a little girl. She didn't know who's there!\n\n";
const korean = "옛날 옛적에 호랑이가 담배를 피우던 시절, 토끼 한 마리가 살았습니다. ";
const chinese = "床前明月光，疑是地上霜。舉頭望明月，低頭思故鄉。\r\n";
const emoji = "👩‍👩‍👧‍👦 🇰🇷 ❤️ 🤷🏽‍♀️ e\u0301 \u{20000} ";
const known = [english, korean, chinese, emoji];
const training = known.map((text) => text.repeat(5));

const nasty = [
  "",
  " ",
  "  \t\n\r\n \u00a0\u3000\u0085\u2028\ufeff",
  "\ufeffbyte order mark",
  "nothing\u0000in here\u0001",
  "[MASK] <|endoftext|> <unk> </s>",
  "__proto__ constructor toString",
  "Zaͣͤͥl̴go 한글 ㅎㅏㄴ 한",
  "0123456789 ١٢٣ ½²",
  "a".repeat(3000),
  "明".repeat(500),
  "\u{10ffff}\ufffd\uffff",
  ...known,
];
const lonely = ["\ud83d", "a\ude00b", "\ude00\ud83d", "x\ud83d\ud83d\ude00y"];
const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));

/** Every kind of the table, and foreign files of every build that decodes in its own way. */
const members: Record<string, { tokenizer: Tokenizer; lossless: boolean; agrees: boolean }> = {};
for (const [name, kind] of Object.entries(tokenizers))
  members[name] = {
    tokenizer: await kind.train(training, { size: 600 }),
    lossless: name === "byte" || name === "bpe",
    agrees: true,
  };
for (const name of Object.keys(tokenizers)) {
  const tokenizer = huggingface(members[name]!.tokenizer.toJSON());
  members[`huggingface ${name}`] = { ...members[name]!, tokenizer };
}
const special = (id: number, content: string) => ({ id, content, special: true });
const frame = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
members["sentencepiece BPE"] = {
  tokenizer: huggingface({
    ...frame,
    added_tokens: [special(0, "<unk>"), special(1, "</s>")],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      unk_token: "<unk>",
      byte_fallback: true,
      fuse_unk: true,
      vocab: Object.fromEntries(
        [
          "<unk>",
          "</s>",
          ...byteLetters.map(
            (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
          ),
          "▁",
          "t",
          "h",
          "e",
          "th",
          "the",
          "▁the",
        ].map((token, id) => [token, id]),
      ),
      merges: ["t h", "th e", "▁ the"],
    },
  }),
  lossless: false,
  agrees: false,
};
members["WordPiece"] = {
  tokenizer: huggingface({
    ...frame,
    added_tokens: [special(0, "[UNK]"), special(1, "[SEP]"), special(2, "[MASK]")],
    normalizer: { type: "BertNormalizer", lowercase: true, strip_accents: null },
    pre_tokenizer: { type: "BertPreTokenizer" },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      vocab: { "[UNK]": 0, "[SEP]": 1, "[MASK]": 2, once: 3, up: 4, "##on": 5, a: 6, ".": 7 },
    },
  }),
  lossless: false,
  agrees: false,
};
members["Unigram"] = {
  tokenizer: huggingface({
    ...frame,
    added_tokens: [special(0, "<pad>"), special(1, "</s>"), special(2, "<unk>")],
    pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
    decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
    model: {
      type: "Unigram",
      unk_id: 2,
      vocab: [
        ["<pad>", 0],
        ["</s>", 0],
        ["<unk>", 0],
        ["▁", -2],
        ["▁the", -3],
        ["re", -4],
        ["a", -5],
      ],
    },
  }),
  lossless: false,
  agrees: false,
};

function stream(tokenizer: Tokenizer, ids: ArrayLike<number>): string {
  const decoder = tokenizer.decoder();
  return Array.from(ids, (id) => decoder.push(id)).join("") + decoder.end();
}

describe.each(Object.entries(members))("%s", (_, { tokenizer, lossless, agrees }) => {
  const ids = fc.array(fc.nat(tokenizer.size - 1), { maxLength: 60 });

  test("text comes back", () => {
    if (lossless) {
      for (const text of nasty) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      fc.assert(fc.property(anyText, (text) => tokenizer.decode(tokenizer.encode(text)) === text));
    } else if (agrees)
      for (const text of known) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  test("half a surrogate pair becomes U+FFFD", () => {
    for (const text of lonely) {
      const safe = new TextDecoder().decode(new TextEncoder().encode(text));
      expect(tokenizer.encode(text)).toEqual(tokenizer.encode(safe));
      if (lossless) expect(tokenizer.decode(tokenizer.encode(text))).toBe(safe);
    }
  });

  test("ids are in range, and never the mask or the end", () => {
    expect(tokenizer.maskId).not.toBe(tokenizer.endId);
    for (const text of [...nasty, ...lonely])
      for (const id of tokenizer.encode(text)) {
        expect(id >= 0 && id < tokenizer.size).toBe(true);
        expect(id === tokenizer.maskId || id === tokenizer.endId).toBe(false);
      }
  });

  test("the mask and the end are left out of text, and shown as tokens", () => {
    const { maskId, endId } = tokenizer;
    expect(tokenizer.decode([maskId, endId])).toBe("");
    expect(tokenizer.token(maskId)).toBe("[MASK]");
    const text = tokenizer.encode("a");
    expect(tokenizer.decode([endId, ...text, maskId])).toBe(tokenizer.decode(text));
  });

  test("the stream gives what decode gives", () => {
    for (const text of nasty) {
      const encoded = tokenizer.encode(text);
      expect(stream(tokenizer, encoded)).toBe(tokenizer.decode(encoded));
    }
    fc.assert(fc.property(ids, (some) => stream(tokenizer, some) === tokenizer.decode(some)));
  });

  test("the stream never gives half a character", () => {
    const decoder = tokenizer.decoder();
    for (const id of tokenizer.encode(known.join("")))
      expect(decoder.push(id)).not.toMatch(/\p{Surrogate}/u);
    if (!lossless) return;
    const whole = tokenizer.decoder();
    for (const id of tokenizer.encode(known.join("")))
      expect(whole.push(id)).not.toContain("\ufffd");
  });

  test("ids that do not exist become U+FFFD", () => {
    expect(tokenizer.decode([tokenizer.size + 5])).toBe("\ufffd");
    expect(tokenizer.token(tokenizer.size + 5)).toBe("\ufffd");
  });

  test("saved and loaded, it is the same", () => {
    const load = tokenizer.kind === "huggingface" ? huggingface : tokenizerFromJSON;
    const again = load(JSON.parse(JSON.stringify(tokenizer.toJSON())));
    expect(again).toMatchObject({
      kind: tokenizer.kind,
      size: tokenizer.size,
      maskId: tokenizer.maskId,
      endId: tokenizer.endId,
    });
    expect(again.toJSON()).toEqual(tokenizer.toJSON());
    for (const text of [...nasty, ...lonely])
      expect(again.encode(text)).toEqual(tokenizer.encode(text));
  });

  test("the file has no key that strict readers refuse", () => {
    const keys = "version truncation padding added_tokens normalizer pre_tokenizer post_processor";
    const allowed = new Set([...keys.split(" "), "decoder", "model"]);
    expect(Object.keys(tokenizer.toJSON()).filter((key) => !allowed.has(key))).toEqual([]);
  });

  // Foreign files are read by that very library: there is nothing to compare.
  if (agrees)
    test("the Hugging Face library reads the file and gives the same ids", () => {
      const file = JSON.parse(JSON.stringify(tokenizer.toJSON()));
      const library = new Library(file, {
        unk_token: "<unk>",
        clean_up_tokenization_spaces: false,
      });
      // Only there, special tokens that are spelled in the text are special.
      for (const text of nasty.filter((one) => !one.includes("[MASK]"))) {
        const { ids: theirs } = library.encode(text, { add_special_tokens: false });
        expect([...tokenizer.encode(text)]).toEqual([...theirs]);
        if (theirs.length > 0 && lossless) expect(library.decode(theirs)).toBe(text);
      }
    });

  test("a text in pieces that begin with white space has the ids of the whole", () => {
    if (!agrees) return;
    const whole = tokenizer.encode(`${english}${chinese} ${korean}`);
    const pieces = [english.trimEnd(), `\n\n${chinese.trimEnd()}`, `\r\n ${korean}`];
    expect(pieces.flatMap((piece) => [...tokenizer.encode(piece)])).toEqual([...whole]);
  });
});

describe("char", () => {
  test("code points in order, then <unk>, end, mask", async () => {
    const tokenizer = await tokenizers.char!.train(["ba", "😀가"]);
    const tokens = Array.from({ length: tokenizer.size }, (_, id) => tokenizer.token(id));
    expect(tokens).toEqual(["a", "b", "가", "😀", "<unk>", "<|endoftext|>", "[MASK]"]);
    expect(tokenizer.decode(tokenizer.encode("a😁b"))).toBe("a\ufffdb");
  });
});

describe("byte", () => {
  test("decodes any bytes as TextDecoder does", async () => {
    const tokenizer = await tokenizers.byte!.train([]);
    const reference = new TextDecoder("utf-8", { ignoreBOM: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(tokenizer.decode(bytes)).toBe(reference.decode(bytes));
        expect(stream(tokenizer, bytes)).toBe(reference.decode(bytes));
      }),
    );
  });
});

describe("word", () => {
  test("words carry their space; ideographs are words", async () => {
    const tokenizer = await tokenizers.word!.train(["Don't stop, 世界!\n"]);
    const ids = tokenizer.encode("Don't stop, 世界!\n");
    const pieces = Array.from(ids, (id) => tokenizer.token(id));
    expect(pieces).toEqual(["Don't", " stop", ",", " 世", "界", "!", "\n"]);
  });

  test("keeps the most frequent words", async () => {
    const tokenizer = await tokenizers.word!.train(["b b b a a c"], { size: 5 });
    expect(tokenizer.size).toBe(5);
    expect(tokenizer.decode(tokenizer.encode(" b a c"))).toBe(" b a\ufffd");
    expect([tokenizer.token(0), tokenizer.token(1)]).toEqual([" a", " b"]);
  });
});

describe("bpe", () => {
  test("learns the most frequent pairs, the first seen of equals", async () => {
    // low x 5, lower x 2, newest x 6, widest x 3 (the example of Sennrich et al., 2016)
    const text = "low ".repeat(5) + "lower ".repeat(2) + "newest ".repeat(6) + "widest ".repeat(3);
    const tokenizer = await tokenizers.bpe!.train([`\n${text.replaceAll(" ", "\n")}`], {
      size: 261,
    });
    expect([256, 257, 258].map((id) => tokenizer.token(id))).toEqual(["es", "est", "lo"]);
  });

  test("the same text gives the same file, also in pieces", async () => {
    const [once, twice] = await Promise.all(
      [training, training].map((texts) => tokenizers.bpe!.train(texts, { size: 500 })),
    );
    expect(once!.toJSON()).toEqual(twice!.toJSON());
  });

  test("fewer tokens than asked for when the text has no more", async () => {
    const tokenizer = await tokenizers.bpe!.train(["ab ab"], { size: 5000 });
    expect(tokenizer.size).toBe(259);
    expect((await tokenizers.bpe!.train([], { size: 5000 })).size).toBe(258);
  });

  test("two ways to one spelling share an id", async () => {
    const random = "abcab".repeat(7) + " bcabc".repeat(5) + "aabbcc".repeat(3) + " cabab".repeat(9);
    const tokenizer = await tokenizers.bpe!.train([random], { size: 400 });
    const tokens = Array.from({ length: tokenizer.size }, (_, id) => tokenizer.token(id));
    expect(new Set(tokens.slice(0, 128)).size).toBe(128);
    expect(new Set(tokens.slice(256)).size).toBe(tokenizer.size - 256);
    expect(tokenizer.decode(tokenizer.encode(random))).toBe(random);
  });

  test("long runs take their time but do not hang", async () => {
    const text = "a".repeat(300_000);
    const tokenizer = await tokenizers.bpe!.train([text], { size: 300 });
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });
});

describe("huggingface", () => {
  const bytes = Object.fromEntries(byteLetters.map((letter, byte) => [letter, byte]));
  const byteLevel = { type: "ByteLevel", add_prefix_space: false };
  const base = {
    ...frame,
    pre_tokenizer: byteLevel,
    decoder: byteLevel,
    model: { type: "BPE", vocab: bytes, merges: [] },
  };
  const withAdded = (...names: string[]) =>
    huggingface({ ...base, added_tokens: names.map((name, i) => special(256 + i, name)) });

  test.each([
    [["<|endoftext|>", "<|mdm_mask|>"], 256, 257],
    [["<mask>", "</s>"], 257, 256],
    [["<|im_end|>", "<|endoftext|>", "<MASK>"], 257, 258],
    [["<s>", "</s>", "<|image_pad|>", "<|mask_token|>"], 257, 259],
    [["<|endoftext|>"], 256, 257],
    [["<|mask|>"], 257, 256],
    [[], 256, 257],
  ])("finds or appends the end and the mask of %j", (names, endId, maskId) => {
    const tokenizer = withAdded(...names);
    expect(tokenizer).toMatchObject({ endId, maskId });
    expect(huggingface(tokenizer.toJSON())).toMatchObject({ endId, maskId, size: tokenizer.size });
  });

  test("unusual names can be given, wrong ones are refused", () => {
    const json = { ...base, added_tokens: [special(256, "<stop>"), special(257, "<hole>")] };
    expect(huggingface(json, { end: "<stop>", mask: "<hole>" })).toMatchObject({
      endId: 256,
      maskId: 257,
      size: 258,
    });
    expect(() => huggingface(json, { end: "<halt>" })).toThrow(/added tokens, got "<halt>"/);
  });

  test("ids can be given, beyond the file's own, and padded ids are no tokens", () => {
    const json = { ...base, added_tokens: [special(256, "<stop>"), special(257, "<turn>")] };
    // As MDLM's config.json says of GPT-2's tokenizer; and a padded vocabulary that ends in two ways.
    expect(huggingface(json, { mask: 258, end: 256, size: 259 })).toMatchObject({
      maskId: 258,
      endId: 256,
      size: 259,
    });
    const padded = huggingface(json, { mask: 300, end: [257, "<stop>", 257], size: 320 });
    expect(padded).toMatchObject({ size: 320, maskId: 300, endId: 257, endIds: [257, 256] });
    expect(padded.decode([97, 310, 257, 300, 256, 98])).toBe("a\ufffdb");
    expect(padded.token(310)).toBe("\ufffd");
    expect(stream(padded, [97, 310, 98])).toBe("a\ufffdb");
    // What is appended keeps clear of what was given, in the first free ids.
    expect(huggingface(base, { mask: 256, size: 300 })).toMatchObject({
      maskId: 256,
      endId: 257,
      size: 300,
    });
    expect(huggingface(base, { end: 256, size: 257 })).toMatchObject({ maskId: 257, size: 258 });
  });

  test.each([
    [
      { mask: 256, size: 200 },
      /has ids up to 256, the model only 200; it belongs to another model/,
    ],
    [{ mask: 301, size: 300 }, /id of the mask must be from 0 to 300, got 301/],
    [{ end: [256, -1] }, /id of the end must be from 0 to \d+, got -1/],
    [{ mask: 97 }, /mask must be a special token, got 97, "a" of its text/],
    [{ mask: 256, end: 256 }, /must differ, got 256 for both/],
    [{ size: 2 ** 40 }, /size must be an integer from 0 to/],
  ])("%j is refused", (options, message) => {
    const json = { ...base, added_tokens: [special(256, "<stop>")] };
    expect(() => huggingface(json, options)).toThrow(message);
  });

  test("an id that no vocabulary reaches is refused before memory is reserved", () => {
    const vocab = { ...bytes, far: 4_000_000_000 };
    expect(() => huggingface({ ...base, model: { ...base.model, vocab } })).toThrow(/model\.vocab/);
  });

  test("words that every object has are no tokens", () => {
    const model = { ...base.model, ignore_merges: true };
    const tokenizer = huggingface({ ...base, model });
    expect(tokenizer.decode(tokenizer.encode("constructor"))).toBe("constructor");
  });

  test("special tokens are special in a template only; other added tokens always", () => {
    const plain = { id: 257, content: "<think>", special: false };
    const json = { ...base, added_tokens: [special(256, "<|im_start|>"), plain] };
    const tokenizer = huggingface(json);
    expect([...tokenizer.encode("<think>")]).toEqual([257]);
    expect(tokenizer.encode("<|im_start|>")).toHaveLength(12);
    expect([...tokenizer.encodeTemplate("<|im_start|>a<think>")]).toEqual([256, 97, 257]);
    expect(tokenizer.decode([256, 97, 257])).toBe("a<think>");
  });

  test("in a template, what a person wrote is encoded with what stands around it", () => {
    const merged = { ...bytes, ab: 256 };
    const added = [special(257, "<|x|>"), special(258, "|x|"), special(259, "x|>")];
    const { encodeTemplate, encode } = huggingface({
      ...base,
      added_tokens: added,
      model: { type: "BPE", vocab: merged, merges: ["a b"] },
    });
    const filled = (text: string) => [
      ...encodeTemplate((plain) => `<|x|>a${plain(text).trim()}|x|`),
    ];
    expect(filled(" bc")).toEqual([257, 256, 99, 258]);
    for (const text of ["<|x|>", "|x|>x|><|x|x|>", "<|x|", "\ufdd0<|x|>"])
      expect(filled(text)).toEqual([257, ...encode(`a${text.replace("\ufdd0", "\ufffd")}`), 258]);
  });

  test("an own file that is damaged, or none at all, is one clear error", async () => {
    for (const json of [null, 3, [], {}, { model: {} }, { model: { vocab: { a: "x" } } }])
      expect(() => tokenizerFromJSON(json)).toThrow(/^tokenizer\.json: /);
    expect(() => tokenizerFromJSON({ ...base, pre_tokenizer: { type: "Nonsense" } })).toThrow(
      /^tokenizer\.json: .*Nonsense/,
    );
    // This one is only noticed when a text is cut.
    const odd = { type: "Split", pattern: { Regex: "a" }, behavior: 3, invert: false };
    expect(() => huggingface({ ...base, pre_tokenizer: odd }).encode("a b")).toThrow(
      /^tokenizer\.json: .*behavior/,
    );
    for (const kind of Object.values(tokenizers)) {
      const json = (await kind.train(training)).toJSON() as { model: { vocab: object } };
      const vocab = Object.fromEntries(Object.entries(json.model.vocab).slice(1));
      expect(() => tokenizerFromJSON({ ...json, model: { ...json.model, vocab } })).toThrow(
        /^tokenizer\.json: model\.vocab: ids must be/,
      );
    }
  });
});

describe("parseTokenizerSpec", () => {
  test("kinds, sizes and paths", () => {
    expect(parseTokenizerSpec("char")).toEqual({ kind: tokenizers.char, options: {} });
    expect(parseTokenizerSpec("bpe")).toEqual({ kind: tokenizers.bpe, options: { size: 1024 } });
    expect(parseTokenizerSpec("bpe:300")).toEqual({ kind: tokenizers.bpe, options: { size: 300 } });
    expect(parseTokenizerSpec("word")).toEqual({ kind: tokenizers.word, options: { size: 8192 } });
    expect(parseTokenizerSpec("./gpt2")).toEqual({ path: "./gpt2" });
    expect(parseTokenizerSpec("tokenizer.json")).toEqual({ path: "tokenizer.json" });
  });

  test.each(["bpe:257", "bpe:", "bpe:x", "bpe:1e3", "bpe:-5", "bpe:99999999999", "bpe:300:2"])(
    "%s is refused with the limits",
    (spec) => expect(() => parseTokenizerSpec(spec)).toThrow(/integer from 258 to 1000000, got/),
  );

  test("other mistakes", () => {
    expect(() => parseTokenizerSpec("byte:12")).toThrow(/no size to choose/);
    expect(() => parseTokenizerSpec("chr")).toThrow(/did you mean "char"/);
    expect(() => parseTokenizerSpec("")).toThrow(/unknown tokenizer/);
    expect(() => parseTokenizerSpec("constructor")).toThrow(/unknown tokenizer/);
  });
});

const shared = new URL("../../../../shared/data/", import.meta.url);

if (existsSync(shared))
  describe("published tokenizers", () => {
    const text = (name: string) => readFileSync(new URL(name, shared), "utf8");
    const agree = (ours: Tokenizer, json: object, samples: string[]) => {
      const library = new Library(json, { clean_up_tokenization_spaces: false });
      for (const sample of samples) {
        const { ids } = library.encode(sample, { add_special_tokens: false });
        expect([...ours.encode(sample)]).toEqual([...ids]);
        expect(ours.decode(ids)).toBe(sample.normalize("NFC"));
      }
    };
    const samples = [...known.slice(0, 3), "👩‍👩‍👧‍👦 ❤️ 🤷🏽‍♀️ \u{20000} "];

    test("GPT-2", () => {
      const json = JSON.parse(text("tokenizers/gpt2/tokenizer.json"));
      const gpt2 = huggingface(json);
      expect(gpt2).toMatchObject({ size: 50258, endId: 50256, maskId: 50257 });
      expect([...gpt2.encode("Hello world, don't")]).toEqual([15496, 995, 11, 836, 470]);
      agree(gpt2, json, [...samples, text("en/shakespeare.txt").slice(0, 100_000)]);
    });

    test("Qwen, with a mask of its own", () => {
      const vocab: unknown = JSON.parse(text("tokenizers/qwen/vocab.json"));
      const merges = text("tokenizers/qwen/merges.txt").split("\n").slice(1).filter(Boolean);
      const added = Object.entries(
        JSON.parse(text("tokenizers/qwen/added_tokens.json")) as Record<string, number>,
      );
      const json = {
        ...frame,
        added_tokens: added.map(([content, id]) => special(id, content)),
        normalizer: { type: "NFC" },
        pre_tokenizer: {
          type: "Sequence",
          pretokenizers: [
            {
              type: "Split",
              pattern: {
                Regex:
                  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
              },
              behavior: "Isolated",
              invert: false,
            },
            { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
          ],
        },
        decoder: { type: "ByteLevel" },
        model: { type: "BPE", vocab, merges },
      };
      const qwen = huggingface(json);
      expect(qwen).toMatchObject({ endId: 151643, maskId: 151669, size: 151670 });
      expect([...qwen.encodeTemplate("<|im_start|>user\n")]).toEqual([151644, 872, 198]);
      agree(qwen, json, [...samples, text("en/shakespeare.txt").slice(0, 50_000)]);
    });
  });

test("the byte alphabet is GPT-2's", () => {
  expect(spellBytes(new TextEncoder().encode(" \né"))).toBe("ĠĊÃ©");
  expect(new Set(byteLetters).size).toBe(256);
});
