/**
 * Text and tokens: tokenizers, documents, token sources, batches. Nothing here needs Node; reading
 * files is in `corpus-files.ts` and `token-shards.ts`.
 *
 * @module
 */

export { endToken, maskToken, replacement, unknownToken } from "./tokenizer.ts";
export type {
  StreamDecoder,
  Template,
  Texts,
  Tokenizer,
  TokenizerKind,
  TrainOptions,
} from "./tokenizer.ts";
export { parseTokenizerSpec, tokenizerFromJSON, tokenizers } from "./tokenizers/index.ts";
export type { TokenizerSpec } from "./tokenizers/index.ts";
export { huggingface } from "./tokenizers/huggingface.ts";
export type { HuggingFaceTokenizer } from "./tokenizers/huggingface.ts";
export type { SpecialOptions, TokenName } from "./tokenizers/huggingface-file.ts";
export { convertRemedy, fileOfMerges } from "./tokenizers/merges-file.ts";
export { publishedTokenizer } from "./tokenizers/published.ts";
export type { PublishedTokens } from "./tokenizers/published.ts";
export { readTokenizerConfig } from "./tokenizers/tokenizer-config.ts";
export type { TokenizerConfig, TokenizerConfigFiles } from "./tokenizers/tokenizer-config.ts";

export { countText, documentSplitter, documentsOf, lineText, textsOf } from "./corpus.ts";
export type { DocumentSplitter, TextCounts, TextPiece } from "./corpus.ts";

export { memoryTokens, split, tokenizePieces, tokenizeText, viewTokens } from "./tokens.ts";
export type { Split, TokenizedPiece, TokenizedText, TokenSource } from "./tokens.ts";

export { allWindows, consecutive, textWindows, windows } from "./batches.ts";
export type { CleanTokens, Consecutive, Windows, WindowSource } from "./batches.ts";

export {
  dialoguePrompt,
  dialogueText,
  isDialogue,
  nextTurn,
  parseTurns,
  turnsOf,
} from "./dialogue.ts";
export type { Message, PromptOptions, Role, Turn } from "./dialogue.ts";
export { encodeTurn, exampleWindows } from "./examples.ts";
export type { Example } from "./examples.ts";
