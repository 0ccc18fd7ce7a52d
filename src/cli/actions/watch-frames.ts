/**
 * A canvas shown while it settles.
 *
 * @module
 */
import { emptyView, follow } from "../../report/canvas-view.ts";
import type { Vocabulary } from "../../report/canvas-view.ts";
import { liveView } from "../../report/live-view.ts";
import type { Terminal } from "../../report/terminal.ts";
import { finish } from "../../sample/frame.ts";
import type { Frame } from "../../sample/frame.ts";

export interface WatchOptions {
  readonly terminal: Terminal;
  readonly title: string;
  readonly vocabulary: Vocabulary;
}

/** Runs frames to their end, drawing each; the last one is returned, and stays on the screen. */
export async function watchFrames(
  frames: AsyncIterable<Frame>,
  { terminal, title, vocabulary }: WatchOptions,
): Promise<Frame> {
  const screen = liveView(terminal, { lines: true });
  const begun = performance.now();
  let view = emptyView(title, vocabulary);
  const drawn = async function* (): AsyncGenerator<Frame> {
    for await (const frame of frames) {
      view = follow(view, frame, (performance.now() - begun) / 1000);
      screen.draw([view]);
      yield frame;
    }
  };
  const last = await finish(drawn());
  screen.finish([view]);
  return last;
}
