/**
 * Lab: a model is trained in the tab, and samples show what it has learnt.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { formatCount } from "../../src/report/number-format.ts";
import { randomKey } from "../../src/tensor/random.ts";
import { stories } from "../../src/text/stories.ts";
import { number, text, useAddress } from "../address.ts";
import type { RoomProps } from "../app.tsx";
import { computingHere } from "../engine/computing.ts";
import { save } from "../export/save.ts";
import type { Lab, LabState } from "../lab/lab.ts";
import { LossCurve } from "../lab/loss-curve.tsx";
import type { Offer, SavedModel } from "../lab/messages.ts";
import { Samples } from "../lab/samples.tsx";
import { TextSource } from "../lab/text-source.tsx";
import type { Source } from "../lab/text-source.tsx";
import { Choice, NumberField } from "../parts/fields.tsx";
import { Trouble, troubleOf } from "../parts/trouble.tsx";

const ranges = {
  length: { min: 8, max: 512 },
  batch: { min: 1, max: 64 },
  steps: { min: 1, max: 20_000 },
  seed: { min: 0, max: 2 ** 32 },
} as const;

const fields = {
  system: text("mdlm"),
  tokenizer: text("word"),
  size: text("nano"),
  length: number(32, ranges.length),
  batch: number(32, ranges.batch),
  steps: number(600, ranges.steps),
  seed: number(0, ranges.seed),
};

/** Characters of the stories that are there to begin with. */
const storyCharacters = 60_000;

const usualText = (): Source => ({
  text: stories(randomKey(0), storyCharacters).join("\n"),
  file: undefined,
});

/** The room. */
export function LabRoom({ engine, lab }: RoomProps): JSX.Element {
  const [settings, change] = useAddress("lab", fields);
  const state = useLab(lab);
  const [source, setSource] = useState(() =>
    state.order === undefined ? usualText() : state.order,
  );
  const [trouble, setTrouble] = useState<string>();
  const { phase, offers, order, model } = state;
  const isBusy = phase === "preparing" || phase === "training" || phase === "pausing";
  const begin = (): void => {
    setTrouble(undefined);
    const name = `${settings.system.replace(/\W.*$/, "")}-lab`;
    lab.begin({ ...computingHere(), ...settings, ...source, name });
  };
  const open = (room: string, query: Record<string, string>): void => {
    const { facts, files } = model!;
    engine.add({ ...facts, from: files });
    window.location.hash = `${room}?${new URLSearchParams(query).toString()}`;
  };

  return (
    <>
      <h1>Lab</h1>
      <p class="lead">
        Train a small model here, in this tab, on any text. The curve shows how well it predicts
        what is hidden from it; the samples, written with the same dice each time, show what it has
        learnt.
      </p>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          begin();
        }}
      >
        <TextSource source={source} onChange={setSource} onTrouble={setTrouble} />
        <div class="row">
          <OfferChoice
            label="System"
            value={settings.system}
            offers={offers?.systems}
            onChange={(system) => change({ system })}
          />
          <OfferChoice
            label="Tokens"
            value={settings.tokenizer}
            offers={offers?.tokenizers}
            onChange={(tokenizer) => change({ tokenizer })}
          />
          <OfferChoice
            label="Size"
            value={settings.size}
            offers={offers?.sizes}
            onChange={(size) => change({ size })}
          />
          <div class="actions">
            <button type="submit" class="primary" disabled={isBusy}>
              Train
            </button>
          </div>
        </div>
        <details>
          <summary>
            {settings.steps} steps of {settings.batch} canvases of {settings.length} tokens, seed{" "}
            {settings.seed}
          </summary>
          <div class="row">
            {(["steps", "batch", "length", "seed"] as const).map((name) => (
              <NumberField
                key={name}
                label={labels[name]}
                value={settings[name]}
                range={ranges[name]}
                onChange={(next) => change({ [name]: next! })}
              />
            ))}
          </div>
        </details>
      </form>
      <Trouble message={trouble ?? troubleOfState(state)} />

      <div class="row below">
        <p class="note progress">{progressOf(state)}</p>
        {(phase === "training" || phase === "pausing") && (
          <button
            type="button"
            class="quiet"
            disabled={phase === "pausing"}
            onClick={() => lab.pause()}
          >
            Pause
          </button>
        )}
        {phase === "paused" && (
          <button type="button" class="quiet" onClick={() => lab.resume()}>
            Resume
          </button>
        )}
      </div>
      {order !== undefined && (
        <>
          <div class="lab">
            <LossCurve losses={state.losses} validations={state.validations} />
            <Samples samples={state.samples} />
          </div>
          <div class="exports" role="group" aria-label="The model">
            <button
              type="button"
              class="quiet"
              disabled={model === undefined}
              onClick={() =>
                void saveModel(model!).catch((error: unknown) => setTrouble(troubleOf(error)))
              }
            >
              Download the model
            </button>
            <button
              type="button"
              class="quiet"
              disabled={model === undefined}
              onClick={() =>
                open("race", { lanes: new URLSearchParams({ model: order.name }).toString() })
              }
            >
              Open it in the race
            </button>
            <button
              type="button"
              class="quiet"
              disabled={model?.facts.infills !== true}
              onClick={() => open("canvas", { model: order.name })}
            >
              Open it in the canvas
            </button>
            <output>{model === undefined ? "" : `As it was after ${model.step} steps.`}</output>
          </div>
        </>
      )}
    </>
  );
}

const labels = {
  steps: "Steps",
  batch: "Canvases in a batch",
  length: "Tokens in a canvas",
  seed: "Seed",
};

/** The state of the Lab, and its worker at hand. */
function useLab(lab: Lab): LabState {
  const [state, setState] = useState(lab.state);
  useEffect(() => {
    lab.open();
    setState(lab.state());
    return lab.watch(() => setState(lab.state()));
  }, [lab]);
  return state;
}

/** One of what the worker offers; until it has told, what is chosen already. */
function OfferChoice({
  label,
  value,
  offers,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly offers: readonly Offer[] | undefined;
  onChange(value: string): void;
}): JSX.Element {
  const known = offers?.some(({ name }) => name === value) === true;
  const all = [...(known ? [] : [{ name: value, summary: "" }]), ...(offers ?? [])];
  return (
    <Choice
      label={label}
      doc={offers?.find(({ name }) => name === value)?.summary}
      value={value}
      choices={all.map(({ name }) => ({ value: name, name }))}
      onChange={onChange}
    />
  );
}

const troubleOfState = ({ trouble }: LabState): string | undefined => trouble && troubleOf(trouble);

const devices: Readonly<Record<string, string>> = { wasm: "WebAssembly", webgpu: "WebGPU" };

/** Where the run is, in words. */
function progressOf({ phase, order, facts, losses, secondsPerStep }: LabState): string {
  if (phase === "idle" || order === undefined) return "";
  if (facts === undefined) return "Preparing: the tokenizer, the network, its training program.";
  const { parameters, vocabulary, tokens, device } = facts;
  const step = losses.at(-1)?.step ?? 0;
  const speed =
    secondsPerStep === undefined ? "" : `, ${Math.round(1000 * secondsPerStep)} ms a step`;
  const is = {
    preparing: "",
    training: "",
    pausing: "pausing, ",
    paused: "paused, ",
    finished: "finished, ",
  }[phase];
  return (
    `${is}step ${step} of ${order.steps}${speed} with ${devices[device] ?? device}: ${formatCount(parameters)} parameters, ` +
    `${formatCount(vocabulary)} different tokens, ${formatCount(tokens)} to train on`
  );
}

/** Hands the model's folder out as a zip. */
async function saveModel({ facts: { id }, files }: SavedModel): Promise<void> {
  const { zipSync } = await import("fflate");
  const bytes = zipSync({ [id]: files });
  save(`${id}.zip`, new Blob([new Uint8Array(bytes)], { type: "application/zip" }));
}
