#!/usr/bin/env bash
#
# From nothing to a trained, compared and served pair of models, in a quarter of an hour on two cores (13 minutes were measured,
# docs/LOG.md): an autoregressive and a masked diffusion model of one backbone learn the same text for the same time.
#
#   recipes/speedrun.sh
#   DATA=book.txt TOKENIZER=bpe:1024 MINUTES=15 recipes/speedrun.sh
#
# Without DATA they learn made-up stories, which little models tell well. Stopped or killed, it goes on where it was when it is
# started again. Needs a build (npm run build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source recipes/shared.sh

: "${DATA:=}"               # a text; its last tenth is held out
: "${OUT:=runs/speedrun}"   # both models, and the report
: "${MINUTES:=7}"           # of training, for each
: "${SIZE:=micro}"
: "${TOKENIZER:=word}"
: "${LENGTH:=64}"
: "${PROMPT:=Mia the fox}"
: "${PORT:=0}"              # of the server; 0 is any free one
: "${KEEP:=}"               # not empty: the server stays until Ctrl-C

mkdir -p "$OUT"
text=$OUT/text.txt
test=$OUT/test.txt
if [[ ! -e $test ]]; then
  if [[ -n $DATA ]]; then cp "$DATA" "$OUT/all.txt"; else node recipes/stories.mjs 2000000 0 >"$OUT/all.txt"; fi
  characters=$(wc -c <"$OUT/all.txt")
  head -c $((characters * 9 / 10)) "$OUT/all.txt" >"$text"
  tail -c +$((characters * 9 / 10 + 1)) "$OUT/all.txt" >"$test"
  rm "$OUT/all.txt"
fi

for system in autoregressive mdlm; do
  heading "$system: training for $MINUTES minutes"
  if [[ -e $OUT/$system/run.json ]]; then
    unmask train --out "$OUT/$system" --resume
  else
    unmask train --out "$OUT/$system" --system "$system" --data "$text" --tokenizer "$TOKENIZER" --size "$SIZE" \
      --length "$LENGTH" --minutes "$MINUTES"
  fi
done

heading "both on text that they have not seen"
unmask compare --models "$OUT/autoregressive,$OUT/mdlm" --data "$test" --out "$OUT/report" --quick \
  --tasks likelihood,writing,infill

heading "both behind one server"
# Not through the function, whose own process would be the one to be killed.
node dist/cli/main.js serve --model "$OUT/autoregressive,$OUT/mdlm" --port "$PORT" --log-level warn >"$OUT/server.txt" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" || true' EXIT
until grep -q http "$OUT/server.txt"; do
  kill -0 "$server" 2>/dev/null || exit 1
  sleep 0.2
done
url=$(grep -o 'http://[^ ]*' "$OUT/server.txt" | head -1)
for model in autoregressive mdlm; do
  node -e '
    const [url, model, prompt] = process.argv.slice(1);
    const body = JSON.stringify({ model, prompt, max_tokens: 40, seed: 1, temperature: 0.8 });
    const headers = { "content-type": "application/json" };
    fetch(`${url}/v1/completions`, { method: "POST", headers, body })
      .then((answer) => answer.json())
      .then(({ choices, error }) => console.log(`${model}: ${error?.message ?? prompt + choices[0].text}\n`));
  ' "$url" "$model" "$PROMPT"
done
if [[ -n $KEEP ]]; then
  heading "the server is at $url; Ctrl-C ends it"
  wait "$server"
fi
