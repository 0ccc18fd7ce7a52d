/**
 * Noise: the forward process on any sentence and back, in the page itself.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { createSchedule, scheduleNames, schedules } from "../../src/diffusion/schedules/index.ts";
import type { ScheduleName } from "../../src/diffusion/schedules/index.ts";
import type { Stretch } from "../../src/report/text-view.ts";
import { choice, flag, number, text, useAddress } from "../address.ts";
import { Board } from "../board/board.tsx";
import type { Cell } from "../board/cells.ts";
import { Legend } from "../board/legend.tsx";
import { widthOf } from "../board/rows.ts";
import { Exports } from "../export/exports.tsx";
import { thinned } from "../export/film.ts";
import type { Film } from "../export/film.ts";
import { sentenceOf, unitsOfText } from "../noise/alphabets.ts";
import type { Sentence, TextUnit } from "../noise/alphabets.ts";
import { Curve } from "../noise/curve.tsx";
import { noises, noiseSteps } from "../noise/noises.ts";
import type { NoiseName } from "../noise/noises.ts";
import { intact, pathBack, pathOf, survival } from "../noise/path.ts";
import { Choice, NumberField, Switch, TextField } from "../parts/fields.tsx";
import { Trouble } from "../parts/trouble.tsx";
import { PlayerBar } from "../player/player-bar.tsx";
import { usePlayer } from "../player/use-player.ts";
import { replay } from "../recording.ts";
import type { Recording, TimedFrame } from "../recording.ts";

const examples = [
  "파이썬은 배우기 쉬운 언어다",
  "AI가 미래를 바꿀 것이다",
  "Once upon a time there was a fox.",
];

const fields = {
  text: text(examples[0]!),
  unit: choice(Object.keys(unitsOfText) as TextUnit[], "characters"),
  noise: choice(Object.keys(noises) as NoiseName[], "absorbing"),
  schedule: choice(scheduleNames as ScheduleName[], "log-linear"),
  block: number(4, { min: 1, max: 256 }),
  seed: number(1, { min: 0, max: 2 ** 32 }),
  /** Up to 1: the time on the way to noise. Beyond: 2 less the time on the way back. */
  t: number(0.5, { min: 0, max: 2, step: "any" }),
  numbers: flag(false),
};
type Settings = { readonly [K in keyof typeof fields]: (typeof fields)[K]["usual"] };

/** Characters of a sentence that are shown. */
const longest = 2000;

const speeds = [
  { value: 0.2, name: "usual" },
  { value: 0.05, name: "slow" },
];
const marks = Array.from({ length: 2 * noiseSteps + 1 }, (_, step) => step / noiseSteps);

/** The two ways, and what shades mean on each. */
const ways = {
  forward: {
    tell: "to noise",
    legend: { early: "replaced early", plain: "clean" },
    doc: "Each step is drawn from the one before, q(x_t | x_s).",
  },
  back: {
    tell: "back",
    legend: { early: "changed early", plain: "as it was at t = 1" },
    doc:
      "Each step is drawn from the exact posterior q(x_s | x_t, x_0), which knows the sentence: what a perfect " +
      "denoiser would do. A model has to guess x_0.",
  },
} as const;

/** The room. */
export function NoiseRoom(): JSX.Element {
  const [settings, change] = useAddress("noise", fields);
  const { text: typed, unit, noise: noiseName, schedule, block, seed, numbers } = settings;
  const [speed, setSpeed] = useState(speeds[0]!.value);
  const player = usePlayer(2, speed);
  const [trouble, setTrouble] = useState<string>();
  const picture = useRef<HTMLDivElement>(null);
  const source = Array.from(typed).slice(0, longest).join("");

  const { seek } = player;
  // Once: where the link says.
  useEffect(() => seek(settings.t), []);
  const { position, playing } = player;
  useEffect(() => {
    if (!playing && position !== settings.t) change({ t: Number(position.toFixed(4)) });
  }, [playing, position]);
  const { way, t } = momentOf(position);

  const sentence = useSentence(source, unit);
  const world = useMemo(
    () => sentence && thereAndBack(sentence, { noise: noiseName, schedule, block, seed }),
    [sentence, noiseName, schedule, block, seed],
  );
  const current = world?.[way];
  const step = Math.round((way === "forward" ? t : 1 - t) * noiseSteps);
  const view = current?.recording.views[step];
  const kind = noises[noiseName];
  const share = current?.drawn[Math.round(t * noiseSteps)] ?? 1;

  return (
    <>
      <h1>Noise</h1>
      <p class="lead">
        What a diffusion model learns to undo. At t = 0 the sentence is clean, at t = 1 nothing is
        left of it. From there the way leads back.
      </p>
      <div class="panel">
        <TextField label="Sentence" value={typed} onChange={(next) => change({ text: next })} />
        <p class="examples">
          {examples.map((example) => (
            <button
              key={example}
              type="button"
              class="quiet"
              onClick={() => change({ text: example })}
            >
              {example}
            </button>
          ))}
        </p>
        <div class="row">
          <Switch
            label="In"
            value={unit}
            choices={Object.entries(unitsOfText).map(([value, { name }]) => ({
              value: value as TextUnit,
              name,
            }))}
            onChange={(next) => change({ unit: next })}
          />
          <Switch
            label="Noise"
            value={noiseName}
            choices={Object.entries(noises).map(([value, { name }]) => ({
              value: value as NoiseName,
              name,
            }))}
            onChange={(next) => change({ noise: next })}
          />
        </div>
        <div class="row">
          {kind.hasSchedule && (
            <Choice
              label="Schedule"
              doc={schedules[schedule].docs.summary}
              value={schedule}
              choices={scheduleNames.map((name) => ({ value: name, name }))}
              onChange={(next) => change({ schedule: next as ScheduleName })}
            />
          )}
          {kind.hasBlocks && (
            <NumberField
              label="Tokens of a block"
              value={block}
              range={{ min: 1, max: 256 }}
              onChange={(next) => change({ block: next! })}
            />
          )}
          <NumberField
            label="Seed"
            value={seed}
            range={{ min: 0, max: 2 ** 32 }}
            onChange={(next) => change({ seed: next! })}
          />
        </div>
        <p class="aside">{kind.doc}</p>
      </div>
      <Trouble message={trouble} />

      <div class="noise">
        <div
          class={`${numbers ? "numbered" : ""} ${unit === "bytes" ? "spaced" : ""}`}
          ref={picture}
        >
          <Board
            label={`The sentence at ${tellMoment(position)}`}
            view={view ?? nothing}
            steps={noiseSteps}
            ahead={unit === "bytes" ? undefined : world?.forward.recording.views[0]!.stretches}
            hint={`${Math.round(100 * share)} % of ${sentence?.states.length ?? 0} ${unit} are still their own.`}
            tell={(cell) => tellOf(cell, sentence, way)}
          />
          <p class="aside">{ways[way].doc}</p>
        </div>
        {world && <Curve expected={world.expected} drawn={world[way].drawn} t={t} />}
      </div>
      <PlayerBar
        player={player}
        length={2}
        marks={marks}
        tell={tellMoment}
        speed={speed}
        speeds={speeds}
        onSpeed={setSpeed}
      />
      <div class="row below">
        <Legend
          open="masked"
          {...ways[way].legend}
          late="late"
          fresh="just now"
          numbers={numbers}
          onNumbers={(next) => change({ numbers: next })}
        />
      </div>
      <Exports
        name="noise"
        part={picture}
        recordings={world ? [world.forward.recording, world.back.recording] : []}
        film={() => filmOfBoth(world!)}
        onTrouble={setTrouble}
      />
    </>
  );
}

const nothing = { stretches: [], step: 0 } as const;

/** The sentence in its unit, as soon as the tokenizer is made; the one before until then. */
function useSentence(source: string, unit: TextUnit): Sentence | undefined {
  const [sentence, set] = useState<Sentence>();
  useEffect(() => {
    let isWanted = true;
    void sentenceOf(source, unit).then((made) => {
      if (isWanted) set(made);
    });
    return () => void (isWanted = false);
  }, [source, unit]);
  return sentence;
}

/** To noise and back, as one text. */
function filmOfBoth({ forward, back }: Readonly<Record<Way, Walk>>): Film {
  const there = forward.recording.views.map((view, i) => ({ view, position: i / noiseSteps }));
  const again = back.recording.views.map((view, i) => ({ view, position: 1 + i / noiseSteps }));
  return {
    columns: [
      {
        title: forward.recording.title,
        ahead: widest([...there, ...again].map(({ view }) => view.stretches)),
        steps: noiseSteps,
      },
    ],
    pictures: thinned([...there, ...again.slice(1)], 101).map(({ view, position }) => ({
      views: [view],
      captions: [tellMoment(position)],
    })),
  };
}

/** Of each place the widest of the texts that stand there in turn. */
const widest = (texts: readonly (readonly Stretch[])[]): Stretch[] =>
  texts[0]!.map((_, place) =>
    texts
      .map((stretches) => stretches[place]!)
      .reduce((most, one) => (widthOf(one.text) > widthOf(most.text) ? one : most)),
  );

type Way = keyof typeof ways;

/** Where a position of the player lies. */
const momentOf = (position: number): { readonly way: Way; readonly t: number } =>
  position <= 1 ? { way: "forward", t: position } : { way: "back", t: 2 - position };

function tellMoment(position: number): string {
  const { way, t } = momentOf(position);
  return `t = ${t.toFixed(2)}, ${ways[way].tell}`;
}

/** A way of the noise as a recording, and its share of intact tokens at each time from 0 to 1. */
interface Walk {
  readonly recording: Recording;
  readonly drawn: readonly number[];
}

/** A path to noise, one back, and the share of intact tokens that is expected at each time. */
function thereAndBack(
  { states, size, show }: Sentence,
  { noise: name, schedule, block, seed }: Pick<Settings, "noise" | "schedule" | "block" | "seed">,
): Readonly<Record<Way, Walk>> & { readonly expected: readonly number[] } {
  const noise = noises[name].create({
    states: { size: size + 1, maskId: size },
    schedule: createSchedule(schedule),
    length: states.length,
    block,
  });
  const textOf = (state: number): string | undefined => (state === size ? undefined : show(state));
  const request = { noise: name, schedule, block, seed };
  const recorded = (path: readonly Int32Array[], title: string): Recording =>
    replay({ title, request, frames: framesOf(path, textOf), seed, likeliest: [] });
  const path = pathOf(states, noise, seed);
  const back = pathBack(path.at(-1)!, states, noise, seed);
  const shares = (texts: readonly Int32Array[]): number[] =>
    texts.map((now) => intact(states, now));
  const title = `${noises[name].name} noise`;
  return {
    forward: { recording: recorded(path, title), drawn: shares(path) },
    back: { recording: recorded(back, `${title}, undone`), drawn: shares(back).toReversed() },
    expected: survival(states, noise),
  };
}

/** @param textOf of a state; undefined for the mask */
function framesOf(
  path: readonly Int32Array[],
  textOf: (state: number) => string | undefined,
): TimedFrame[] {
  return path.map((now, step) => {
    const before = path[step - 1] ?? now;
    const pieces = Array.from(now, (state, place) => {
      const spelt = textOf(state);
      const open = spelt === undefined;
      const changed = !open && state !== before[place];
      return { text: spelt ?? "", places: 1, open, changed, confidence: 1 };
    });
    const open = pieces.filter((piece) => piece.open).length;
    return { step, passes: 0, open, pieces, at: step / noiseSteps };
  });
}

function tellOf(
  { place, kind, text: now, step }: Cell,
  sentence: Sentence | undefined,
  way: Way,
): string {
  const state = sentence?.states[place];
  const own = state === undefined ? "" : `“${sentence!.show(state)}”`;
  const t = way === "forward" ? step / noiseSteps : 1 - step / noiseSteps;
  if (kind === "open") return `masked; it was ${own}`;
  if (kind === "decided") return `“${now}” since t = ${t.toFixed(2)}; it was ${own}`;
  return way === "forward" ? `${own}, still clean` : `“${now}”, as at t = 1; it was ${own}`;
}
