/**
 * GPT-2's byte alphabet: how the 256 bytes are written as printable characters in tokenizer files.
 *
 * Printable Latin-1 characters stand for themselves; the other 68 bytes, in order, for U+0100 and on
 * ("Ġ" is a space, "Ċ" a line feed).
 *
 * @module
 */

/** The character of each byte. */
export const byteLetters: readonly string[] = letters();

const byteOf: ReadonlyMap<string, number> = new Map(
  byteLetters.map((letter, byte) => [letter, byte]),
);

/** Bytes as a token of a file. */
export function spellBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byteLetters[byte]!).join("");
}

/** The bytes of a token of a file, `undefined` when a character is not of the alphabet. */
export function readBytes(token: string): Uint8Array | undefined {
  const bytes = Array.from(token, (letter) => byteOf.get(letter));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : undefined;
}

function letters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(printable ? byte : next++);
  });
}
