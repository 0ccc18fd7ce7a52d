/**
 * API keys. The server knows their SHA-256 hashes only, one per line of a file:
 *
 * ```
 * # the editors
 * 5f1c...e9  Mina's laptop
 * ```
 *
 * A key made by {@link newKey} holds 256 random bits, so a plain hash is enough to keep it.
 *
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { UnmaskError } from "../../errors.ts";

/** The keys that open the door. */
export interface KeyRing {
  /** The first digits of the key's hash, which logs may show; undefined for a key that is none. */
  find(key: string): string | undefined;
}

const hashOf = (key: string): Buffer => createHash("sha256").update(key).digest();

/** A fresh key, and the line of the file that lets it in. */
export function newKey(): { readonly key: string; readonly line: string } {
  const key = `unmask-${randomBytes(32).toString("base64url")}`;
  return { key, line: hashOf(key).toString("hex") };
}

/**
 * Reads a file of hashes: one per line, what follows a space is a comment, and so is a line that begins with `#`.
 *
 * @throws UnmaskError "corrupt" for a line that is no hash (which is not shown: it may be a key), or no line at all.
 */
export function keyRing(text: string, name: string): KeyRing {
  const hashes = text.split(/\r?\n/).flatMap((line, index) => {
    const word = line.trim().split(/\s+/)[0]!;
    if (word === "" || word.startsWith("#")) return [];
    if (!/^[0-9a-f]{64}$/i.test(word))
      throw new UnmaskError(
        "corrupt",
        `${name}, line ${index + 1}: must begin with the SHA-256 of a key, 64 hexadecimal digits, got ` +
          `${word.length} other characters; unmask serve --new-key makes a key and its line`,
      );
    return [Buffer.from(word, "hex")];
  });
  if (hashes.length === 0)
    throw new UnmaskError(
      "corrupt",
      `${name}: must hold the hash of a key, got none; unmask serve --new-key makes a key and its line`,
    );
  return {
    find(key) {
      const hash = hashOf(key);
      // All of them, whichever fits: the time tells nothing.
      const fits = hashes.filter((each) => timingSafeEqual(each, hash));
      return fits.length === 0 ? undefined : hash.toString("hex").slice(0, 8);
    },
  };
}
