/**
 * Text and tokens: tokenizers, documents, token sources, batches. Nothing here needs Node; reading
 * files is in `corpus-files.ts` and `token-shards.ts`.
 *
 * @module
 */

export { endToken, maskToken, replacement, unknownToken } from "./tokenizer.ts";
export type { StreamDecoder, Texts, Tokenizer, TokenizerKind, TrainOptions } from "./tokenizer.ts";
export { parseTokenizerSpec, tokenizerFromJSON, tokenizers } from "./tokenizers/index.ts";
export type { TokenizerSpec } from "./tokenizers/index.ts";
export { huggingface } from "./tokenizers/huggingface.ts";
export type { HuggingFaceTokenizer } from "./tokenizers/huggingface.ts";
export type { SpecialOptions } from "./tokenizers/huggingface-file.ts";

export { countText, documentSplitter, documentsOf, lineText, textsOf } from "./corpus.ts";
export type { DocumentSplitter, TextCounts, TextPiece } from "./corpus.ts";

export { memoryTokens, split, tokenizePieces, tokenizeText, viewTokens } from "./tokens.ts";
export type { Split, TokenizedPiece, TokenizedText, TokenSource } from "./tokens.ts";

export { consecutive, textWindows, windows } from "./batches.ts";
export type { CleanTokens, Consecutive, Windows, WindowSource } from "./batches.ts";

export { dialogueText, isDialogue, parseDialogue, turnsOf } from "./dialogue.ts";
export type { Message, Role, Turn } from "./dialogue.ts";
export { encodeTurn, exampleWindows } from "./examples.ts";
export type { Example } from "./examples.ts";
