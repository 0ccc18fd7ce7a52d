/**
 * A text of 4x4 sudokus to train on, or others to test with: a line for each, the puzzle with 0 for empty
 * places, a tab, its solution. Every puzzle has one solution, and up to 12 empty places.
 *
 *     node recipes/study/sudoku.mjs 20000 1 > sudoku.txt
 *     node recipes/study/sudoku.mjs 500 2 > sudoku-test.txt
 *
 * The arguments are how many, and a seed. Puzzles whose sum of digits is a multiple of 10 are only made for an even
 * seed, the others for an odd one, so that none is in both texts.
 */
import { randomKey, randomStream, permutation } from "../../dist/tensor/index.js";

const [count = 1000, seed = 1] = process.argv.slice(2).map(Number);
const random = randomStream(randomKey(seed));

/** Row, column and box of a place. */
const sharing = (a, b) =>
  a >> 2 === b >> 2 || a % 4 === b % 4 || (a >> 3 === b >> 3 && (a % 4) >> 1 === (b % 4) >> 1);

/** All ways to fill a grid, up to `most`. */
function solutions(grid, most, order = [1, 2, 3, 4]) {
  const place = grid.indexOf(0);
  if (place < 0) return [grid];
  const found = [];
  for (const digit of order) {
    if (grid.some((other, i) => other === digit && sharing(i, place))) continue;
    found.push(...solutions(grid.with(place, digit), most - found.length, order));
    if (found.length >= most) break;
  }
  return found;
}

const shuffled = (length) => Array.from(permutation(random, length));

function puzzle() {
  // The 12 ways to go on from a first row, of which there are 24: all 288 grids come up alike.
  const start = [...shuffled(4).map((i) => i + 1), ...Array.from({ length: 12 }, () => 0)];
  const all = solutions(start, 100);
  const solution = all[random.integer(all.length)];
  let grid = solution;
  const empty = 4 + random.integer(9);
  for (const place of shuffled(16).slice(0, empty)) {
    const emptier = grid.with(place, 0);
    if (solutions(emptier, 2).length === 1) grid = emptier;
  }
  return { grid, solution };
}

for (let written = 0; written < count;) {
  const { grid, solution } = puzzle();
  const testing = grid.reduce((sum, digit) => sum + digit, 0) % 10 === 0;
  if (testing !== (seed % 2 === 0)) continue;
  process.stdout.write(`${grid.join("")}\t${solution.join("")}\n`);
  written += 1;
}
