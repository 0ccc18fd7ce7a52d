/**
 * Chunks of a stream as frames: each the whole text so far.
 *
 * There are three kinds of streams. Our own server says of each chunk what is in it. Mercury's chunks with
 * `diffusing: true` hold the whole text so far, in which anything may still change. Everybody else's
 * hold what is new.
 *
 * @module
 */
import type { Piece, TextFrame } from "../generate/task.ts";
import { openPlace } from "../generate/text-frame.ts";
import type { Choice, Reply, Told } from "./wire.ts";
import { textOf } from "./wire.ts";

/** A frame of a text; of a server that doesn't tell its forward passes, without them. */
export interface RemoteFrame extends Omit<TextFrame, "passes"> {
  readonly passes: number | undefined;
}

/** What a stream has said so far. */
export interface StreamState {
  readonly text: string;
  /** Why it ended. */
  readonly reason: string | undefined;
  /** Only from our own server. */
  readonly told: Told | undefined;
  readonly usage: Reply["usage"];
}

export interface StreamReader {
  /** The frame after a chunk, if it brought any text. */
  read(chunk: Reply): RemoteFrame | undefined;
  state(): StreamState;
}

/**
 * Reads the chunks of one stream.
 *
 * @param diffusing whether frames were asked for. A stream that doesn't say what its chunks are holds
 * whole texts if they were and its second chunk repeats the first: `Hxllo wor`, `Hello wor`.
 */
export function streamReader(diffusing: boolean): StreamReader {
  let text = "";
  let step = 0;
  let whole: boolean | undefined = diffusing ? undefined : false;
  /** Whether chunks are our own server's frames. */
  let marked = false;
  let told: Told | undefined;
  let reason: string | undefined;
  let usage: Reply["usage"];

  const next = (reply: Reply, content: string): RemoteFrame => {
    const says = reply.diffusion_meta?.diffusion_content;
    if (typeof says === "boolean") whole = says;
    else if (whole === undefined && step > 0) whole = repeats(text, content);
    const pieces = whole === true ? piecesBetween(text, content) : joined(text, content);
    text = whole === true ? content : text + content;
    step += 1;
    return { step, passes: undefined, open: openIn(pieces), text, pieces };
  };
  return {
    read(reply) {
      usage = reply.usage ?? usage;
      const choice = ours(reply);
      if (choice === undefined) return undefined;
      reason = choice.finish_reason ?? reason;
      const content = textOf(choice);
      const { unmask } = choice;
      if (unmask && "step" in unmask) {
        marked = true;
        return { ...unmask, text: (text = content ?? "") };
      }
      told = unmask ?? told;
      if (marked) {
        // The text as it is in the end; it may be empty.
        if (told !== undefined) text = content ?? text;
        return undefined;
      }
      if (content === undefined || content === "") return undefined;
      return next(reply, content);
    },
    state: () => ({ text, reason, told, usage }),
  };
}

const ours = ({ choices }: Reply): Choice | undefined =>
  choices.find(({ index }) => (index ?? 0) === 0);

/** Whether a chunk is another state of the text before it, and not what follows it. */
function repeats(before: string, after: string): boolean {
  const [a, b] = [Array.from(before), Array.from(after)];
  const same = a.filter((character, place) => b[place] === character).length;
  return a.length >= 4 && b.length >= a.length / 2 && same >= a.length / 2;
}

/** What was there, and what is new behind it. */
function joined(before: string, after: string): Piece[] {
  const piece = (text: string, changed: boolean): Piece[] => {
    const places = Array.from(text).length;
    return places === 0 ? [] : [{ text, places, open: false, changed, confidence: 1 }];
  };
  return [...piece(before, false), ...piece(after, true)];
}

/** A text in pieces, by what is new in it: what doesn't stand where it stood, from either end. */
export function piecesBetween(previous: string, text: string): Piece[] {
  const [before, after] = [Array.from(previous), Array.from(text)];
  const shift = after.length - before.length;
  const most = Math.min(before.length, after.length);
  let end = 0;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const pieces: Piece[] = [];
  after.forEach((character, place) => {
    const open = character === openPlace;
    const kept =
      before[place] === character ||
      (place >= after.length - end && before[place - shift] === character);
    const changed = !open && !kept;
    const last = pieces.at(-1);
    if (last && last.open === open && last.changed === changed)
      pieces[pieces.length - 1] = {
        ...last,
        text: open ? "" : last.text + character,
        places: last.places + 1,
      };
    else pieces.push({ text: open ? "" : character, places: 1, open, changed, confidence: 1 });
  });
  return pieces;
}

const openIn = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { open, places }) => sum + (open ? places : 0), 0);
