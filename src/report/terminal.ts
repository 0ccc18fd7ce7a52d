/**
 * What a terminal can do, and the one way the project writes to it.
 *
 * A {@link Terminal} is a stream plus answers: is a person looking, how wide is it, may there be
 * colour. It also keeps one *status line* (a progress bar) below everything that is written, so a
 * message never lands in the middle of a bar.
 *
 * @module
 */

/** The part of a Node stream that is needed here; tests pass a plain object. */
export interface OutputStream {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** 0 none, 1 the sixteen colours, 2 the 256 colours, 3 all of them. */
export type ColourLevel = 0 | 1 | 2 | 3;

export interface Terminal {
  /** A person may be looking, and the cursor can be moved. False for `TERM=dumb`. */
  readonly isTTY: boolean;
  /** Width in cells, read anew each time (windows are resized); 80 when unknown. */
  readonly columns: number;
  /** Height in lines; 24 when unknown. */
  readonly rows: number;
  /** Bold, underline and the like are understood. `NO_COLOR` does not forbid these. */
  readonly ansi: boolean;
  readonly colour: ColourLevel;
  /** Characters beyond ASCII may be drawn. */
  readonly unicode: boolean;
  /** Writes text above the status line. */
  readonly write: (text: string) => void;
  /** Draws the status line (one line, narrower than the terminal), or removes it. */
  readonly status: (line: string | undefined) => void;
  /** Runs `write` with the status line out of the way: for text that another stream writes. */
  readonly withoutStatus: (write: () => void) => void;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** ANSI control sequences. */
export const ansi = {
  eraseLine: "\u001B[2K\r",
  /** From the cursor to the end of the screen. */
  eraseBelow: "\u001B[0J",
  up: (lines: number): string => (lines > 0 ? `\u001B[${lines}A` : ""),
  hideCursor: "\u001B[?25l",
  showCursor: "\u001B[?25h",
} as const;

/**
 * The terminal behind a stream.
 *
 * Follows https://no-color.org (`NO_COLOR` set and not empty), `FORCE_COLOR` (0-3, empty or `true`
 * mean 1, wins over `NO_COLOR`), `TERM=dumb`, `COLORTERM=truecolor`, and the locale for Unicode.
 */
export function terminalOf(stream: OutputStream, env: Environment): Terminal {
  const isTTY = stream.isTTY === true && env["TERM"] !== "dumb";
  const colour = colourLevel(isTTY, env);
  let status: string | undefined;

  const withoutStatus = (write: () => void): void => {
    if (status === undefined) return write();
    stream.write(ansi.eraseLine);
    write();
    stream.write(status);
  };
  return {
    isTTY,
    get columns() {
      return usable(stream.columns) ?? usable(Number(env["COLUMNS"])) ?? 80;
    },
    get rows() {
      return usable(stream.rows) ?? 24;
    },
    ansi: isTTY || colour > 0,
    colour,
    unicode: hasUnicode(env),
    write: (text) => withoutStatus(() => void stream.write(text)),
    status(line) {
      if (!isTTY || line === status) return;
      stream.write(ansi.eraseLine + (line ?? ""));
      status = line;
    },
    withoutStatus,
  };
}

function usable(size: number | undefined): number | undefined {
  return size !== undefined && Number.isInteger(size) && size > 0 ? size : undefined;
}

function colourLevel(isTTY: boolean, env: Environment): ColourLevel {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) {
    if (forced === "0" || forced === "false") return 0;
    return forced === "3" ? 3 : forced === "2" ? 2 : 1;
  }
  if (!isTTY || env["NO_COLOR"]) return 0;
  if (/^(truecolor|24bit)$/i.test(env["COLORTERM"] ?? "")) return 3;
  return /256/.test(env["TERM"] ?? "") ? 2 : 1;
}

function hasUnicode(env: Environment): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  if (locale === undefined || locale === "") return env["TERM"] !== "linux";
  // "C" and "POSIX" are what containers have, and their terminals draw UTF-8 all the same.
  return /utf-?8/i.test(locale) || /^(C|POSIX)$/.test(locale);
}

/** Ways to set text apart. Every one is the identity where the terminal cannot do it. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly underline: (text: string) => string;
  /** Light for 0 (early), dark for 1 (late). In greys of one hue, so it reads without colour vision. */
  readonly shade: (text: string, age: number) => string;
}

/** The style of a terminal (or of what is to be drawn as if on one). */
export function styleOf(terminal: Pick<Terminal, "ansi" | "colour">): Style {
  const wrapWith =
    (open: string, close: string) =>
    (text: string): string =>
      terminal.ansi && text !== "" ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  const dim = wrapWith("2", "22");
  const ramp = terminal.ansi ? ramps[terminal.colour] : [];
  return {
    bold: wrapWith("1", "22"),
    dim,
    underline: wrapWith("4", "24"),
    shade(text, age) {
      if (ramp.length === 0) return terminal.ansi && age < 1 / 3 ? dim(text) : text;
      const at = Math.min(ramp.length - 1, Math.max(0, Math.floor(age * ramp.length)));
      return wrapWith(ramp[at]!, "39")(text);
    },
  };
}

/** One blue, light to dark, with enough contrast on black as well as on white. */
const blues = ["38;5;75", "38;5;69", "38;5;33", "38;5;32", "38;5;26"] as const;
const ramps: Readonly<Record<ColourLevel, readonly string[]>> = {
  0: [],
  1: ["96", "36", "34"],
  2: blues,
  3: blues,
};

/** A style that changes nothing. */
export const plainStyle: Style = styleOf({ ansi: false, colour: 0 });

/**
 * Text that is safe to show: control characters (a model may well produce an escape sequence)
 * become visible ones. Newlines and tabs stay.
 */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, (control) => {
    const code = control.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\uFFFD";
  });
}
