/**
 * What a text costs a remote model, where its server tells: a completion of no tokens that repeats its
 * prompt (`echo`) with the log-probability of each token (`logprobs`).
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { TextCost } from "../evaluate/author.ts";
import { ask, isRefusal } from "./connection.ts";
import type { RemoteModel } from "./remote-model.ts";
import { readJson, scoredCompletion } from "./wire.ts";

/**
 * Scores a text.
 *
 * @throws UnmaskError "missing" when the server doesn't tell
 */
export async function scoreText(model: RemoteModel, text: string): Promise<TextCost> {
  const { connection, name } = model;
  const request = { model: name, prompt: text, max_tokens: 0, echo: true, logprobs: 1 };
  let answer = await ask(connection, "/completions", request);
  // Some servers want to write at least one token.
  const atLeastOne = isRefusal(answer) && /max_tokens/.test(answer.message);
  if (atLeastOne) answer = await ask(connection, "/completions", { ...request, max_tokens: 1 });
  if (isRefusal(answer)) {
    const error = await model.explain(answer);
    const refused = error === undefined || error.code === "usage";
    throw refused ? notTold(model, ` (status ${answer.status}: ${answer.message})`) : error;
  }
  const { choices, usage } = await readJson(connection, answer, scoredCompletion);
  const { text: repeated, logprobs } = choices[0]!;
  if (!logprobs) throw notTold(model, "");
  const written = usage?.completion_tokens ?? (atLeastOne ? 1 : 0);
  const count = logprobs.tokens.length - written;
  // Tokenizers may spell a text in another way; then its tokens are counted.
  const echoed = repeated?.startsWith(text) === true || count === usage?.prompt_tokens;
  if (count <= 0 || !echoed) throw notTold(model, "");
  const tokens = logprobs.tokens.slice(0, count);
  return costOf(text, tokens, logprobs.token_logprobs.slice(0, count), connection.url);
}

/** What the tokens of a text cost together. */
function costOf(
  text: string,
  tokens: readonly string[],
  logProbs: readonly (number | null)[],
  url: string,
): TextCost {
  const wrong = logProbs.findIndex((logProb) => logProb !== null && logProb > 0.01);
  if (logProbs.length !== tokens.length || wrong >= 0)
    throw new UnmaskError(
      "corrupt",
      `${url}: each token needs a log-probability of at most 0, got ${logProbs[wrong]} for ` +
        `${tokens.length} tokens' number ${wrong + 1}`,
    );
  const scored = logProbs.filter((logProb) => logProb !== null);
  const first = logProbs.findIndex((logProb) => logProb !== null);
  const unscored = tokens.slice(0, Math.max(0, first)).join("");
  // A token that begins every text is none of its characters.
  const given = text.startsWith(unscored) ? Array.from(unscored).length : 0;
  return {
    nats: -scored.reduce((sum, logProb) => sum + logProb, 0),
    tokens: scored.length,
    characters: Array.from(text).length - given,
  };
}

const notTold = ({ connection: { url } }: RemoteModel, said: string): UnmaskError =>
  new UnmaskError(
    "missing",
    `${url}: the likelihood of a text needs echo with logprobs on /completions, which this server ` +
      `doesn't offer${said}; --metric generative and speed do without`,
  );
