/**
 * A canvas of tokens while it is being written: what is still masked, what was decided and when.
 *
 * `follow` folds frames into a {@link TokenView}, `renderFrame` of `render-canvas.ts` turns a view into
 * lines. Frames of text, which come from servers, have a view of their own: `text-view.ts`.
 *
 * @module
 */

/** What a view needs of a sampler's frame. */
export interface CanvasFrame {
  readonly step: number;
  readonly canvas: Int32Array;
  readonly passes: number;
  readonly open: number;
  readonly changed: readonly {
    readonly place: number;
    readonly token: number;
    readonly confidence: number;
  }[];
  readonly done: boolean;
}

/** How token ids are shown. A tokenizer is one. */
export interface Vocabulary {
  readonly maskId: number;
  /** Shown as a small mark instead of its spelling. */
  readonly endIds?: readonly number[];
  /** The text of one token; "\uFFFD" where it is only part of a character. */
  token(id: number): string;
  /** The text of several: joins parts of characters. */
  decode?(ids: ArrayLike<number>): string;
  /** Cells that a masked token takes; about the mean width of a token. Default 1. */
  readonly maskWidth?: number;
}

/** A stretch of a canvas that is drawn in one way. */
export type Run =
  /** Open places, each of so many cells. */
  | { readonly kind: "open"; readonly places: number; readonly width: number }
  /** What stands in an open place for the time being. */
  | { readonly kind: "draft"; readonly text: string }
  /** Text, and the step in which it was decided; 0: it was given. */
  | { readonly kind: "text"; readonly text: string; readonly decidedAt: number }
  /** An end of text. */
  | { readonly kind: "end"; readonly decidedAt: number };

/** A canvas and its history, as it is drawn. */
export interface CanvasView {
  readonly title: string;
  readonly step: number;
  /** Forward passes; of a server that doesn't tell them undefined: then characters are counted. */
  readonly passes: number | undefined;
  readonly open: number;
  /** Places that were written, unlike those given. */
  readonly written: number;
  readonly seconds: number;
  readonly done: boolean;
  /** What is on the canvas, from left to right. Made when it is drawn. */
  readonly runs: () => readonly Run[];
}

/** The view of a canvas of tokens. */
export interface TokenView extends CanvasView {
  readonly vocabulary: Vocabulary;
  readonly canvas: Int32Array;
  /** The step in which each place got its token; 0: it was given, -1: it is open. */
  readonly decidedAt: Int32Array;
}

/** A view before its first frame. */
export function emptyView(title: string, vocabulary: Vocabulary): TokenView {
  return {
    title,
    vocabulary,
    canvas: new Int32Array(0),
    decidedAt: new Int32Array(0),
    step: 0,
    passes: 0,
    open: 0,
    written: 0,
    seconds: 0,
    done: false,
    runs: () => [],
  };
}

/**
 * The view after one more frame. Canvases may grow; places may open again or change their token.
 *
 * @param seconds since the start of this canvas
 */
export function follow(view: TokenView, frame: CanvasFrame, seconds: number): TokenView {
  const { title, vocabulary } = view;
  const { canvas, step, passes, open, done } = frame;
  const decidedAt = Int32Array.from(canvas, (token, place) => {
    if (token === vocabulary.maskId) return -1;
    const before = view.decidedAt[place] ?? -1;
    // Not open, and no step is known for it: it was there from the start.
    return before >= 0 && view.canvas[place] === token ? before : step;
  });
  for (const { place, token } of frame.changed) {
    if (canvas[place] === token && token !== vocabulary.maskId) decidedAt[place] = step;
  }
  let written = 0;
  for (const decided of decidedAt) if (decided > 0) written += 1;
  const runs = (): Run[] => runsOf({ vocabulary, canvas, decidedAt });
  return { title, vocabulary, canvas, decidedAt, step, passes, open, written, seconds, done, runs };
}

type Tokens = Pick<TokenView, "vocabulary" | "canvas" | "decidedAt">;

function runsOf(tokens: Tokens): Run[] {
  const { canvas, decidedAt: steps, vocabulary } = tokens;
  const runs: Run[] = [];
  for (let place = 0; place < canvas.length;) {
    const id = canvas[place]!;
    if (id === vocabulary.maskId) {
      runs.push({ kind: "open", places: 1, width: vocabulary.maskWidth ?? 1 });
      place += 1;
      continue;
    }
    const end = endOfCharacter(tokens, place);
    const decidedAt = Math.max(...steps.subarray(place, end));
    if (vocabulary.endIds?.includes(id)) runs.push({ kind: "end", decidedAt });
    else runs.push({ kind: "text", text: spelling(tokens, place, end), decidedAt });
    place = end;
  }
  return runs;
}

/** Where the run of tokens ends that together make whole characters: usually one token. */
function endOfCharacter({ canvas, vocabulary }: Tokens, start: number): number {
  const partial = (place: number): boolean =>
    place < canvas.length &&
    canvas[place] !== vocabulary.maskId &&
    vocabulary.endIds?.includes(canvas[place]!) !== true &&
    vocabulary.token(canvas[place]!).includes("\uFFFD");
  let end = start + 1;
  if (vocabulary.decode && partial(start)) while (partial(end)) end += 1;
  return end;
}

function spelling({ canvas, vocabulary }: Tokens, start: number, end: number): string {
  return end - start > 1 && vocabulary.decode
    ? vocabulary.decode(canvas.subarray(start, end))
    : vocabulary.token(canvas[start]!);
}
