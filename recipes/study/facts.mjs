/**
 * Facts that only one direction of a text tells: "A is B", a line for each, A, a tab, B (Berglund et al. 2023). No name and
 * no deed comes twice.
 *
 *     node recipes/study/facts.mjs 300 1 > facts.txt
 *
 * The arguments are how many, and a seed.
 */
import { permutation, randomKey, randomStream } from "../../dist/tensor/index.js";

const [count = 300, seed = 1] = process.argv.slice(2).map(Number);

const words = (text) => text.trim().split(/,\s*/);
const given =
  words(`Ada, Boris, Clara, Dario, Edith, Farid, Greta, Hugo, Irene, Jonas, Kaia, Leo, Mina, Nils, Olga, Pavel, Rosa,
  Sven, Tala, Viktor`);
const family =
  words(`Abbott, Berger, Castell, Dunmore, Ekman, Falk, Garland, Holt, Ibsen, Jarvis, Keller, Lindt, Marsh, Norwood,
  Orlov, Pryce, Quist, Rowan, Stark`);
const deeds =
  words(`painted, found, built, sang of, wrote about, sailed to, mapped, sold, guarded, dreamt of, burnt, mended, carved,
  climbed, lost, saved, painted over, feared`);
const kinds =
  words(`silent, golden, broken, hidden, frozen, crooked, burning, hollow, distant, sunken, nameless, scarlet, endless,
  iron, glass, winding, forgotten, twin`);
const things =
  words(`river, tower, harbour, forest, bridge, garden, lantern, mountain, island, mirror, gate, valley, ship, palace,
  clock, library, desert, well`);

const random = randomStream(randomKey(seed));
/** So many different ones of all combinations. */
const some = (...lists) => {
  const total = lists.reduce((product, list) => product * list.length, 1);
  return Array.from(permutation(random, total).subarray(0, count), (index) => {
    let rest = index;
    return lists.map((list) => {
      const one = list[rest % list.length];
      rest = Math.floor(rest / list.length);
      return one;
    });
  });
};
const names = some(given, family);
if (count > names.length) {
  console.error(`facts: at most ${names.length} people have names of their own, got ${count}`);
  process.exit(2);
}
for (const [i, [deed, kind, thing]] of some(deeds, kinds, things).entries())
  process.stdout.write(`${names[i].join(" ")}\t${deed} the ${kind} ${thing}\n`);
