/**
 * Little dialogues to fine-tune on, one JSON object a line: questions whose answers stand in them, or that a
 * small model can learn by heart.
 *
 *     node recipes/dialogues.mjs 6000 1 > dialogues.jsonl
 *
 * The arguments are how many, and a seed.
 */
import { randomKey, randomStream } from "../dist/tensor/index.js";

const [count = 1000, seed = 1] = process.argv.slice(2).map(Number);
const random = randomStream(randomKey(seed));
const coin = () => random.uniform() < 0.5;
const pick = (things) => things[random.integer(things.length)];
function pickTwo(things) {
  const first = pick(things);
  let second = pick(things);
  while (second === first) second = pick(things);
  return [first, second];
}

const names = [
  "Anna",
  "Hans",
  "Peter",
  "Mary",
  "John",
  "the king",
  "the queen",
  "the fox",
  "the wolf",
  "the old woman",
];
const things = [
  "a golden ring",
  "a white horse",
  "a red cap",
  "a silver cup",
  "an apple",
  "a lamp",
  "a sword",
  "a key",
];
const places = [
  "in the garden",
  "by the river",
  "in the forest",
  "under the bridge",
  "at the castle",
  "on the hill",
];
const colours = ["red", "blue", "green", "white", "black", "golden"];
const objects = ["the cap", "the door", "the rose", "the bird", "the coat", "the stone"];
const opposites = [
  ["big", "small"],
  ["hot", "cold"],
  ["day", "night"],
  ["old", "young"],
  ["rich", "poor"],
  ["good", "bad"],
  ["long", "short"],
  ["happy", "sad"],
  ["up", "down"],
  ["black", "white"],
  ["open", "shut"],
  ["first", "last"],
];
const sounds = [
  ["dog", "barks"],
  ["cat", "mews"],
  ["cow", "moos"],
  ["lion", "roars"],
  ["bee", "hums"],
  ["wolf", "howls"],
  ["bird", "sings"],
];
const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const counted = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

const begin = (text) => text[0].toUpperCase() + text.slice(1);

/** Each makes a question and its answer. */
const kinds = [
  function whoHas() {
    const [[one, other], [mine, theirs]] = [pickTwo(names), pickTwo(things)];
    const story = `${begin(one)} has ${mine}. ${begin(other)} has ${theirs}.`;
    return coin()
      ? [`${story} What has ${one}?`, `${begin(one)} has ${mine}.`]
      : [`${story} Who has ${theirs}?`, `${begin(other)} has ${theirs}.`];
  },
  function whereIs() {
    const [[one, other], [here, there]] = [pickTwo(names), pickTwo(places)];
    const [who, where] = pick([
      [one, here],
      [other, there],
    ]);
    return [
      `${begin(one)} is ${here}. ${begin(other)} is ${there}. Where is ${who}?`,
      `${begin(who)} is ${where}.`,
    ];
  },
  function whatColour() {
    const [[one, other], [mine, theirs]] = [pickTwo(objects), pickTwo(colours)];
    const [what, colour] = pick([
      [one, mine],
      [other, theirs],
    ]);
    return [
      `${begin(one)} is ${mine} and ${other} is ${theirs}. What colour is ${what}?`,
      `${begin(what)} is ${colour}.`,
    ];
  },
  function opposite() {
    const [one, other] = pick(opposites);
    return coin()
      ? [`What is the opposite of ${one}?`, `The opposite of ${one} is ${other}.`]
      : [`What is the opposite of ${other}?`, `The opposite of ${other} is ${one}.`];
  },
  function sound() {
    const [animal, does] = pick(sounds);
    return coin()
      ? [`What does the ${animal} do?`, `The ${animal} ${does}.`]
      : [`Which animal ${does}?`, `The ${animal} ${does}.`];
  },
  function nextDay() {
    const today = random.integer(days.length);
    return [
      `Today is ${days[today]}. What day is tomorrow?`,
      `Tomorrow is ${days[(today + 1) % days.length]}.`,
    ];
  },
  function nextNumber() {
    const at = random.integer(counted.length - 1);
    return [`What comes after ${counted[at]}?`, `After ${counted[at]} comes ${counted[at + 1]}.`];
  },
  function greeting() {
    const name = pick(names.slice(0, 5));
    return [`Good morning! My name is ${name}.`, `Good morning, ${name}!`];
  },
];

for (let i = 0; i < count; i++) {
  const [question, answer] = pick(kinds)();
  const messages = [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ];
  console.log(JSON.stringify({ messages }));
}
