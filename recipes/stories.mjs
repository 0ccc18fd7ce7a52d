/**
 * Little made-up stories with a line that ends each, to train on without a download.
 *
 *     node recipes/stories.mjs 2000000 1 > stories.txt
 *
 * The arguments are how many characters at least, and a seed.
 */
import { randomKey } from "../dist/tensor/index.js";
import { endToken } from "../dist/text/index.js";
import { stories } from "../dist/text/stories.js";

const [characters = 600_000, seed = 0] = process.argv.slice(2).map(Number);
console.log(stories(randomKey(seed), characters).join(`\n${endToken}\n`));
