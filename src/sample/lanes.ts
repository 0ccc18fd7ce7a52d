/**
 * Questions of concurrent `sample()` loops, joined into batches.
 *
 * Questions of the same turn of the event loop go together; while a batch is computed, new ones wait and
 * form the next.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";

/** Options of {@link createLanes}. */
export interface LanesOptions {
  /** The most questions that are answered together. Default: no limit. */
  readonly maxBatch?: number | undefined;
}

/** Answers several questions together, one answer for each, in order. */
export type AnswerAll<Q, A> = (questions: readonly Q[]) => Promise<readonly A[]>;

/** Makes a function that waits for company: one for each kind of question. */
export type OpenLane = <Q, A>(answerAll: AnswerAll<Q, A>) => (question: Q) => Promise<A>;

interface Waiting<Q, A> {
  readonly question: Q;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

/** Questions of one kind that wait. */
interface Lane {
  readonly length: () => number;
  /** One batch. */
  readonly pass: () => Promise<void>;
}

/**
 * Lanes of one model: kinds of questions that are answered by turns, never two batches at a time.
 *
 * If a batch fails, its questions are asked again one by one, so that an error reaches only the
 * caller whose question causes it.
 *
 * @example
 * ```ts
 * const openLane = createLanes({ maxBatch: 16 });
 * const predict = openLane(model.predictBatch);
 * const rows = await predict({ canvas, places, time: 1 });
 * ```
 */
export function createLanes({ maxBatch = Infinity }: LanesOptions = {}): OpenLane {
  if (!(maxBatch >= 1)) {
    throw new UnmaskError("usage", `batched: maxBatch must be >= 1, got ${maxBatch}`);
  }
  const lanes: Lane[] = [];
  let busy = false;

  const drain = async (): Promise<void> => {
    // The turn of the event loop ends first: whoever asks in this turn is in the batch.
    await nextTurn();
    while (lanes.some((lane) => lane.length() > 0)) {
      for (const lane of lanes) if (lane.length() > 0) await lane.pass();
      await nextTurn();
    }
    busy = false;
  };

  return <Q, A>(answerAll: AnswerAll<Q, A>) => {
    const queue: Waiting<Q, A>[] = [];
    lanes.push({
      length: () => queue.length,
      pass: () => answer(answerAll, queue.splice(0, maxBatch)),
    });
    return (question: Q) =>
      new Promise<A>((resolve, reject) => {
        queue.push({ question, resolve, reject });
        if (busy) return;
        busy = true;
        void drain();
      });
  };
}

/** Settles every promise of one batch; never throws. */
async function answer<Q, A>(
  answerAll: AnswerAll<Q, A>,
  batch: readonly Waiting<Q, A>[],
): Promise<void> {
  try {
    const answers = await answerAll(batch.map(({ question }) => question));
    if (answers.length !== batch.length) {
      throw new Error(`batched: ${batch.length} requests got ${answers.length} answers`);
    }
    batch.forEach(({ resolve }, i) => resolve(answers[i]!));
  } catch (error) {
    if (batch.length === 1) batch[0]!.reject(error);
    else for (const waiting of batch) await answer(answerAll, [waiting]);
  }
}

/** After all microtasks: setImmediate where there is one (no delay), else a timer. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
