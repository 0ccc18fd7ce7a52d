/**
 * What a person types, line by line: at a terminal, with a prompt and a history, or through a pipe.
 *
 * @module
 */
import { createInterface } from "node:readline";

/** Lines from standard input until it ends (ctrl-D at a terminal). Prompts go to standard error. */
export async function* userLines(signal: AbortSignal): AsyncGenerator<string> {
  if (!process.stdin.isTTY) {
    yield* createInterface({ input: process.stdin, crlfDelay: Infinity, signal });
    return;
  }
  process.stderr.write("an empty line ends the conversation; /help shows more\n");
  const history: string[] = [];
  for (;;) {
    const line = await askLine(history, signal);
    if (line === undefined) return;
    history.unshift(line);
    yield line;
  }
}

/**
 * One line, `undefined` at the end. The terminal is only held while it is typed: ctrl-C must reach the
 * program while an answer is written.
 */
function askLine(history: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const { stdin: input, stderr: output } = process;
    const reader = createInterface({ input, output, history: [...history], prompt: "> ", signal });
    let typed = false;
    reader.once("line", (line) => {
      typed = true;
      resolve(line);
      reader.close();
    });
    reader.once("close", () => {
      if (!typed) output.write("\n");
      resolve(undefined);
    });
    reader.prompt();
  });
}
