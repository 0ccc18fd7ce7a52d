/**
 * Ids to text for tokenizers whose tokens are sequences of UTF-8 bytes.
 *
 * @module
 */

import { replacement } from "../tokenizer.ts";
import type { StreamDecoder } from "../tokenizer.ts";

/** The two ways back to text. */
export interface ByteDecode {
  decode(ids: ArrayLike<number>): string;
  decoder(): StreamDecoder;
}

const unknownBytes = new TextEncoder().encode(replacement);
// A byte order mark is a character like others: decoders that drop it would lose text.
const options = { ignoreBOM: true };

/**
 * Decodes ids by joining the bytes of their tokens; broken UTF-8 becomes U+FFFD where and as often
 * as `TextDecoder` says. Ids without bytes (special tokens) have an empty entry.
 */
export function byteDecode(bytesOf: readonly Uint8Array[]): ByteDecode {
  const lookUp = (id: number): Uint8Array => bytesOf[id] ?? unknownBytes;
  const whole = new TextDecoder("utf-8", options);
  return {
    decode(ids) {
      let length = 0;
      for (let i = 0; i < ids.length; i++) length += lookUp(ids[i]!).length;
      const bytes = new Uint8Array(length);
      let place = 0;
      for (let i = 0; i < ids.length; i++) {
        const token = lookUp(ids[i]!);
        bytes.set(token, place);
        place += token.length;
      }
      return whole.decode(bytes);
    },
    decoder() {
      const stream = new TextDecoder("utf-8", options);
      return {
        push: (id) => stream.decode(lookUp(id), { stream: true }),
        end: () => stream.decode(),
      };
    },
  };
}

/** One token by itself, for display. */
export function showBytes(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", options).decode(bytes);
}
