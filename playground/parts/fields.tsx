/**
 * Labelled controls.
 *
 * @module
 */
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Range } from "../address.ts";

interface Labelled {
  readonly label: string;
  /** One line below the control. */
  readonly doc?: string | undefined;
}

/** What ties a control to its label and its line. */
interface Ties {
  readonly id: string;
  readonly "aria-describedby"?: string;
}

function Labels({
  label,
  doc,
  children,
}: Labelled & { children: (ties: Ties) => JSX.Element }): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(doc === undefined ? { id } : { id, "aria-describedby": `${id}-doc` })}
      {doc !== undefined && <small id={`${id}-doc`}>{doc}</small>}
    </div>
  );
}

/** Several lines of text. Input methods compose in it undisturbed: what it shows is what was typed. */
export function TextField({
  label,
  doc,
  value,
  rows = 2,
  onChange,
}: Labelled & {
  readonly value: string;
  readonly rows?: number;
  onChange(value: string): void;
}): JSX.Element {
  return (
    <Labels label={label} doc={doc}>
      {(ties) => (
        <textarea
          {...ties}
          rows={rows}
          value={value}
          spellcheck={false}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Labels>
  );
}

/** A number, or nothing where the model has its own. What is out of range is not taken. */
export function NumberField({
  label,
  doc,
  value,
  range,
  otherwise,
  onChange,
}: Labelled & {
  readonly value: number | undefined;
  readonly range: Range;
  /** What nothing means; without it there must be a number. */
  readonly otherwise?: string;
  onChange(value: number | undefined): void;
}): JSX.Element {
  const { min, max, step = 1 } = range;
  return (
    <Labels label={label} doc={doc}>
      {(ties) => (
        <input
          {...ties}
          type="number"
          inputMode={step === 1 ? "numeric" : "decimal"}
          min={min}
          max={max}
          step={step}
          value={value ?? ""}
          placeholder={otherwise ?? ""}
          onInput={({ currentTarget: input }) => {
            if (!input.validity.valid) return;
            if (input.value !== "") onChange(input.valueAsNumber);
            else if (otherwise !== undefined) onChange(undefined);
          }}
        />
      )}
    </Labels>
  );
}

/** One of several. */
export function Choice({
  label,
  doc,
  value,
  choices,
  onChange,
}: Labelled & {
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly name: string }[];
  onChange(value: string): void;
}): JSX.Element {
  return (
    <Labels label={label} doc={doc}>
      {(ties) => (
        <select {...ties} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value} selected={choice.value === value}>
              {choice.name}
            </option>
          ))}
        </select>
      )}
    </Labels>
  );
}

/** One of a few, all in view. */
export function Switch<T extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly { readonly value: T; readonly name: string; readonly doc?: string }[];
  onChange(value: T): void;
}): JSX.Element {
  return (
    <fieldset class="switch">
      <legend>{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} title={choice.doc}>
          <input
            type="radio"
            name={label}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          <span>{choice.name}</span>
        </label>
      ))}
    </fieldset>
  );
}
