/**
 * The page's address: `#race?prompt=Once&length=48`. It names the room and all settings that are not the
 * usual ones, so that a link restores what its sender saw.
 *
 * @module
 */
import { useCallback, useRef, useState } from "preact/hooks";

/** How one setting is written into an address. Values that can't be read count as not given. */
export interface Field<T> {
  readonly usual: T;
  read(text: string): T | undefined;
  /** Undefined: nothing has to be written. */
  write(value: T): string | undefined;
}

type Fields<T> = { readonly [K in keyof T]: Field<T[K]> };

export const text = (usual: string): Field<string> => ({
  usual,
  read: (written) => written,
  write: (value) => (value === usual ? undefined : value),
});

export const flag = (usual: boolean): Field<boolean> => ({
  usual,
  read: (written) => ({ yes: true, no: false })[written],
  write: (value) => (value === usual ? undefined : value ? "yes" : "no"),
});

/** One of several names. */
export const choice = <T extends string>(names: readonly T[], usual: T): Field<T> => ({
  usual,
  read: (written) => names.find((name) => name === written),
  write: (value) => (value === usual ? undefined : value),
});

/** A range of numbers. */
export interface Range {
  readonly min: number;
  readonly max: number;
  /** Default: whole numbers. */
  readonly step?: number | "any";
}

const within = ({ min, max, step = 1 }: Range, written: string): number | undefined => {
  const value = Number(written);
  const fits = written.trim() !== "" && value >= min && value <= max;
  return fits && (step !== 1 || Number.isInteger(value)) ? value : undefined;
};

export const number = (usual: number, range: Range): Field<number> => ({
  usual,
  read: (written) => within(range, written),
  write: (value) => (value === usual ? undefined : String(value)),
});

/** A number that may be left to the model. */
export const numberOrNone = (range: Range): Field<number | undefined> => ({
  usual: undefined,
  read: (written) => within(range, written),
  write: (value) => (value === undefined ? undefined : String(value)),
});

/** A list of things that have fields themselves. */
export const list = <T extends object>(fields: Fields<T>): Field<readonly T[]> => ({
  usual: [],
  read: (written) =>
    written === ""
      ? []
      : written.split("|").map((one) => readFields(fields, new URLSearchParams(one))),
  write: (values) =>
    values.length === 0
      ? undefined
      : // An item is escaped like an address of its own, so that it holds no bar.
        values.map((value) => writeFields(fields, value).toString()).join("|"),
});

function readFields<T extends object>(fields: Fields<T>, query: URLSearchParams): T {
  const names = Object.keys(fields) as (keyof T & string)[];
  const entries = names.map((name) => {
    const written = query.get(name);
    const value = written === null ? undefined : fields[name].read(written);
    return [name, value ?? fields[name].usual] as const;
  });
  // Exactly the keys of T, each read by its own field.
  return Object.fromEntries(entries) as T;
}

function writeFields<T extends object>(fields: Fields<T>, values: T): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of Object.keys(fields) as (keyof T & string)[]) {
    const written = fields[name].write(values[name]);
    if (written !== undefined) query.set(name, written);
  }
  return query;
}

const parts = (): { room: string; query: string } => {
  const [room = "", query = ""] = window.location.hash.slice(1).split(/\?(.*)/s);
  return { room, query };
};

/** The room that the address names. */
export const roomOf = (): string => parts().room;

/**
 * Settings that live in the address. Those of a room that the address doesn't name are the usual ones.
 *
 * @example
 * ```ts
 * const [settings, change] = useAddress("race", { prompt: text("Once"), length: number(48, { min: 1, max: 512 }) });
 * change({ length: 64 }); // #race?length=64
 * ```
 */
export function useAddress<T extends object>(
  room: string,
  fields: Fields<T>,
): readonly [T, (change: Partial<T>) => void] {
  const [settings, set] = useState(() =>
    readFields(fields, new URLSearchParams(roomOf() === room ? parts().query : "")),
  );
  const own = useRef(window.location.hash);
  const change = useCallback(
    (some: Partial<T>) =>
      set((before) => {
        const after = { ...before, ...some };
        const query = writeFields(fields, after).toString();
        // One that has changed meanwhile is where the user is going.
        if (window.location.hash === own.current) {
          window.history.replaceState(null, "", query === "" ? `#${room}` : `#${room}?${query}`);
          own.current = window.location.hash;
        }
        return after;
      }),
    [room, fields],
  );
  return [settings, change];
}
