/**
 * Little stories from a grammar: text to train on without a download.
 *
 * Each story has a small plot whose sentences depend on each other over a distance: a name comes
 * back, the thing that was lost is the thing that is found, who swaps has afterwards what the other
 * had before. So a model that plans can be told from one that does not, and a hole in the middle can
 * only be filled by reading both sides. About 150 different words, so that a model of 0.1M to 1M
 * parameters writes recognisable sentences after less than a minute.
 *
 * @module
 */

import { randomStream, splitKey } from "../tensor/random.ts";
import type { Key, Random } from "../tensor/random.ts";

/**
 * Stories of at least `characters` characters in all (about 250 each), the same for the same key.
 *
 * @example
 * ```ts
 * const text = stories(randomKey(0), 300_000).join("\n");
 * ```
 */
export function stories(key: Key, characters: number): string[] {
  const written: string[] = [];
  for (let total = 0; total < characters;) {
    const text = story(randomStream(splitKey(key, "story", written.length)));
    written.push(text);
    total += text.length + 1;
  }
  return written;
}

/** One story: a paragraph without a line break. */
export function story(random: Random): string {
  const world = newWorld(random);
  const plot = world.pick(plots);
  return [...opening(world), ...plot(world)].map(capitalised).join(" ");
}

/** Who and what there is in one story, and the dice. */
interface World {
  readonly hero: Person;
  readonly friend: Person;
  readonly place: string;
  readonly pick: <T>(choices: readonly T[]) => T;
  /** Two different ones. */
  readonly pickTwo: <T>(choices: readonly T[]) => readonly [T, T];
}

interface Person {
  readonly name: string;
  readonly kind: string;
  readonly she: string;
  readonly her: string;
  /** The possessive. */
  readonly hers: string;
}

type Plot = (world: World) => readonly string[];

const girls = ["Mia", "Ana", "Lily", "Zoe"] as const;
const boys = ["Tom", "Ben", "Sam", "Max"] as const;
const kinds = ["cat", "dog", "fox", "bear", "mouse", "duck", "rabbit", "frog"] as const;
const places = [
  "in the garden",
  "in the forest",
  "by the river",
  "by the lake",
  "on the hill",
  "on the farm",
] as const;
const colours = ["red", "blue", "green", "yellow", "old", "little"] as const;
const toys = ["ball", "hat", "book", "kite", "drum", "cup", "boat"] as const;
const foods = ["apple", "cake", "pear", "cookie", "carrot"] as const;
const hidingPlaces = [
  "behind the tree",
  "under the table",
  "in the box",
  "behind the door",
  "under the bed",
] as const;

function newWorld(random: Random): World {
  const pick = <T>(choices: readonly T[]): T => choices[random.integer(choices.length)]!;
  const pickTwo = <T>(choices: readonly T[]): readonly [T, T] => {
    const first = pick(choices);
    return [first, pick(choices.filter((choice) => choice !== first))];
  };
  const [heroName, friendName] = pickTwo<string>([...girls, ...boys]);
  const [heroKind, friendKind] = pickTwo(kinds);
  return {
    hero: person(heroName, heroKind),
    friend: person(friendName, friendKind),
    place: pick(places),
    pick,
    pickTwo,
  };
}

function person(name: string, kind: string): Person {
  return girls.some((girl) => girl === name)
    ? { name, kind, she: "she", her: "her", hers: "her" }
    : { name, kind, she: "he", her: "him", hers: "his" };
}

function opening({ hero, place, pick }: World): readonly string[] {
  const time = pick(["one day", "one morning", "one evening"]);
  return pick([
    [`${hero.name} was a ${hero.kind}.`, `${time} ${hero.she} was ${place}.`],
    [`${hero.name} the ${hero.kind} lived ${place}.`],
    [`there was a ${hero.kind} ${place}.`, `${hero.hers} name was ${hero.name}.`],
    [`${time} ${hero.name} the ${hero.kind} was ${place}.`],
  ]);
}

const gift: Plot = ({ hero, friend, pick }) => {
  const toy = pick(toys);
  const thing = `${pick(colours)} ${toy}`;
  return [
    pick([
      `${hero.she} found ${article(thing)}.`,
      `${hero.she} saw ${article(thing)} and took it.`,
    ]),
    `${friend.name} the ${friend.kind} came and said, "${pick(["what a nice", "I like your"])} ${toy}!"`,
    `so ${hero.name} gave the ${thing} to ${friend.name}.`,
    `${friend.name} was happy and played with the ${toy} all day.`,
    `${pick(["now", "after that"])} the ${hero.kind} and the ${friend.kind} were friends.`,
  ];
};

const lost: Plot = ({ hero, friend, pick }) => {
  const toy = pick(toys);
  const thing = `${pick(colours)} ${toy}`;
  const where = pick(hidingPlaces);
  return [
    `${hero.she} had ${article(thing)}, but ${hero.she} lost it.`,
    `${hero.name} was sad and ${pick(["looked for it all day", "began to cry"])}.`,
    `${friend.name} the ${friend.kind} wanted to help ${hero.her}.`,
    `${friend.name} looked ${where}, and there was the ${toy}!`,
    `"here is your ${thing}," said ${friend.name}.`,
    `${hero.name} was not sad any more.`,
  ];
};

const hungry: Plot = ({ hero, friend, pick }) => {
  const food = pick(foods);
  const shared = pick([true, false]);
  return [
    `${hero.she} was very hungry.`,
    `${hero.name} asked ${friend.name} the ${friend.kind}, "do you have ${article(food)}?"`,
    ...(shared
      ? [
          `${friend.name} had only one ${food}, so they shared it.`,
          `the ${hero.kind} ate one half and the ${friend.kind} ate one half.`,
          "it was good, and they were not hungry any more.",
        ]
      : [
          `${friend.name} had no ${food}, so they went to the house to look for one.`,
          `${hero.name} found ${article(food)} ${pick(["in the box", "under the table"])} and ate it.`,
          `now ${hero.name} was not hungry any more.`,
        ]),
  ];
};

const hide: Plot = ({ hero, friend, pickTwo }) => {
  const [wrong, right] = pickTwo(hidingPlaces);
  return [
    `${hero.she} played with ${friend.name} the ${friend.kind}.`,
    `${hero.name} hid ${right}.`,
    `${friend.name} looked ${wrong}, but ${hero.name} was not there.`,
    `then ${friend.name} looked ${right}.`,
    `"I found you!" said the ${friend.kind}, and ${hero.name} laughed.`,
  ];
};

const swap: Plot = ({ hero, friend, pick, pickTwo }) => {
  const [mine, yours] = pickTwo(toys);
  const [a, b] = pickTwo(colours);
  return [
    `${hero.name} had ${article(`${a} ${mine}`)}, and ${friend.name} the ${friend.kind} had ${article(`${b} ${yours}`)}.`,
    `"I want your ${yours}," said ${hero.name}.`,
    `"you can have it for your ${mine}," said ${friend.name}.`,
    `so ${hero.name} took the ${b} ${yours} and ${friend.name} took the ${a} ${mine}.`,
    `${pick(["both were happy", "they played until night"])}.`,
  ];
};

const rain: Plot = ({ hero, friend, place, pick }) => {
  const [weather, reason, result] = pick([
    ["it began to rain", "wet", "dry"],
    ["it began to snow", "cold", "warm"],
  ] as const);
  return [
    `${weather}, and ${hero.name} was ${reason}.`,
    `${friend.name} the ${friend.kind} had a ${pick(["big", "little"])} house ${place}.`,
    `"come in, ${hero.name}!" said ${friend.name}.`,
    `${hero.name} sat by the fire and was soon ${result}.`,
    `"thank you, ${friend.name}," said the ${hero.kind}.`,
  ];
};

const sleepy: Plot = ({ hero, friend, pick }) => {
  const noise = pick(["played the drum", "sang a song", "ran around the house"]);
  return [
    `it was late, but ${hero.name} could not sleep.`,
    `${friend.name} the ${friend.kind} ${noise}.`,
    `"please stop, ${friend.name}," said ${hero.name}.`,
    `${friend.name} said, "I am sorry, ${hero.name}."`,
    `then it was quiet, and the ${hero.kind} went to sleep.`,
    `${friend.name} went to sleep too.`,
  ];
};

const race: Plot = ({ hero, friend, pickTwo }) => {
  const [winner, loser] = pickTwo([hero, friend]);
  return [
    `${friend.name} the ${friend.kind} said, "I can run faster than you, ${hero.name}."`,
    `so ${hero.name} and ${friend.name} ran to the big tree.`,
    `${loser.name} fell over a stone, and ${winner.name} was the first.`,
    `but ${winner.name} went back to help ${loser.her}.`,
    `"you are a good friend," said the ${loser.kind}.`,
  ];
};

const plots: readonly Plot[] = [gift, lost, hungry, hide, swap, rain, sleepy, race];

function article(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

/** A capital for the sentence, also behind an opening quote. */
function capitalised(sentence: string): string {
  return sentence
    .replace(/^"?[a-z]/, (start) => start.toUpperCase())
    .replace(/(?<=(?:said|asked [^,]*), ")[a-z]/, (start) => start.toUpperCase());
}
