/**
 * A text of countdowns to train on, or others to test with: a line for each, three numbers and a target, a tab, and two
 * sums that reach it (the form is that of src/evaluate/tasks/puzzles/countdown.ts).
 *
 *     node recipes/study/countdown.mjs 50000 1 > countdown.txt
 *     node recipes/study/countdown.mjs 500 2 > countdown-test.txt
 *     node recipes/study/countdown.mjs --solve questions.jsonl > countdown-test.txt
 *
 * The arguments are how many, and a seed. Questions whose sum of numbers is a multiple of 10 are only made for an even seed, the
 * others for an odd one, so that none is in both texts. `--solve` takes lines of {"input": "30,100,93", "output": "23"} and
 * leaves out what can't be reached with whole numbers from 0 to 999.
 */
import { readFileSync } from "node:fs";
import { permutation, randomKey, randomStream } from "../../dist/tensor/index.js";

const words = process.argv.slice(2);
const solving = words[0] === "--solve";
const [count = 1000, seed = 1] = solving ? [] : words.map(Number);
const random = randomStream(randomKey(seed));
const shuffled = (list) => Array.from(permutation(random, list.length), (i) => list[i]);

const digits = (number) => String(number).padStart(3, "0");

/** What one sum makes of two numbers, where that is a whole number from 0 to 999. */
function sums(left, right) {
  const made = [
    ["+", left + right],
    ["-", left - right],
    ["*", left * right],
    ["/", right === 0 ? NaN : left / right],
  ];
  return made
    .filter(([, result]) => Number.isInteger(result) && result >= 0 && result <= 999)
    .map(([sign, result]) => ({
      sum: `${digits(left)}${sign}${digits(right)}=${digits(result)}`,
      result,
    }));
}

/** Everything that numbers come to, each with its sums, in a drawn order. */
function* ways(numbers) {
  for (const first of shuffled([...numbers.keys()]))
    for (const second of shuffled([...numbers.keys()].filter((i) => i !== first)))
      for (const { sum, result } of shuffled(sums(numbers[first], numbers[second]))) {
        const rest = numbers.filter((_, i) => i !== first && i !== second);
        if (rest.length === 0) yield { said: [sum], result };
        else
          for (const way of ways([...rest, result]))
            yield { said: [sum, ...way.said], result: way.result };
      }
}

function wayTo(target, numbers) {
  for (const way of ways(numbers)) if (way.result === target) return way;
  return undefined;
}

const write = (numbers, target, said) =>
  process.stdout.write(`${[...numbers, target].map(digits).join(" ")}\t${said.join(" ")}\n`);

if (solving) {
  for (const line of readFileSync(words[1], "utf8").trim().split("\n")) {
    const { input, output } = JSON.parse(line);
    const numbers = input.split(",").map(Number);
    const target = Number(output);
    const found = wayTo(target, numbers);
    if (found) write(numbers, target, found.said);
    else console.error(`${input} = ${output}: can't be reached`);
  }
} else {
  for (let written = 0; written < count;) {
    const numbers = Array.from({ length: 3 }, () => 1 + random.integer(99));
    const testing = numbers.reduce((sum, number) => sum + number, 0) % 10 === 0;
    if (testing !== (seed % 2 === 0)) continue;
    const { said, result } = ways(numbers).next().value;
    if (result < 1 || result > 99) continue;
    write(numbers, result, said);
    written += 1;
  }
}
