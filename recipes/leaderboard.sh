#!/usr/bin/env bash
#
# How well can a model predict text after ten minutes of training? A row of docs/LEADERBOARD.md for each system that is named.
#
#   DATA=fairy-tales.train.txt VALID=fairy-tales.valid.txt recipes/leaderboard.sh autoregressive mdlm:loss=masked
#   DATA=... VALID=... MORE="--lr 0.002 --batch 32" recipes/leaderboard.sh mdlm
#
# Stopped or killed, it goes on when it is started again, with the minutes that are left. Let nothing else run beside it: it is
# a race against the clock. Needs a build (npm run build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source recipes/shared.sh

: "${DATA:?must name the text to train on}"
: "${VALID:?must name the text to be judged by}"
: "${OUT:=runs/leaderboard}"
: "${PAGE:=docs/LEADERBOARD.md}"
: "${MINUTES:=10}"
: "${SIZE:=micro}"
: "${TOKENIZER:=bpe:1024}"
: "${LENGTH:=128}"
: "${MORE:=}"  # what else `unmask train` is to be told
: "${LIMIT:=}" # windows to be judged by; all when empty

read -ra more <<<"$MORE"
shape="SIZE=$SIZE TOKENIZER=$TOKENIZER LENGTH=$LENGTH"
for system in "$@"; do
  run=$OUT/$(tr -c 'a-zA-Z0-9.\n' - <<<"$system $MINUTES $SIZE $TOKENIZER $LENGTH $MORE" | sed 's/-*$//')
  heading "$system: training for $MINUTES minutes"
  if [[ -e $run/config.json ]]; then
    unmask train --out "$run" --resume --threads "$THREADS"
  else
    unmask train --out "$run" --minutes "$MINUTES" --system "$system" --data "$DATA" --valid "$VALID" --size "$SIZE" \
      --tokenizer "$TOKENIZER" --length "$LENGTH" --seed "$SEED" --threads "$THREADS" "${more[@]}"
  fi
  heading "$system: what it thinks of text that it has not read"
  unmask evaluate --model "$run" --metric bound --data "$VALID" ${LIMIT:+--limit "$LIMIT"} --samples 4 \
    --threads "$THREADS" --json >"$run/score.json"
  command="DATA=$(basename "$DATA") VALID=$(basename "$VALID") MINUTES=$MINUTES $shape${MORE:+ MORE=\"$MORE\"} recipes/leaderboard.sh $system"
  node recipes/leaderboard.mjs --run "$run" --system "$system" --score "$run/score.json" --page "$PAGE" --command "$command" --threads "$THREADS"
done
