#!/usr/bin/env bash
#
# Who repairs a text: given one with wrong tokens, and while writing one. docs/correction.md.
#
#   MODELS="runs/ar runs/book runs/uniform" DATA=test.txt recipes/correction.sh
#   MODELS="runs/ar runs/book" DATA=test.txt SAMPLES=32 LENGTH=32 recipes/correction.sh
#
# The models must not have seen the text; they are compared as they are, whatever they were trained on. Stopped or
# killed, it goes on where it was when it is started again. Needs a build (npm run build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

: "${MODELS:?must name model folders with spaces between them, an autoregressive one among them}"
: "${DATA:?must name a text that the models have not seen}"
: "${OUT:=runs/correction}"     # the report of unmask compare
: "${PAGE:=docs/correction.md}" # where the tables go, between their markers
: "${NAME:=tables}"             # of the markers, <!-- NAME: begin --> and <!-- NAME: end -->

: "${SAMPLES:=64}" # windows and texts
: "${LENGTH:=64}"  # tokens of each
: "${STEPS:=$LENGTH}" # in which texts with a planted error are written
: "${JUDGE:=}"     # an autoregressive model; by default the first of MODELS, which is partial to itself
: "${SEED:=0}"
: "${DEVICE:=cpu}"

judge=()
[[ -z $JUDGE ]] || judge=(--judge "$JUDGE")
node dist/cli/main.js compare --models "${MODELS// /,}" --data "$DATA" --out "$OUT" \
  --tasks correction,planted --samples "$SAMPLES" --length "$LENGTH" --steps "$STEPS" --seed "$SEED" \
  --device "$DEVICE" "${judge[@]}"

short=""
for model in $MODELS; do short+="${short:+ }$(basename "$model")"; done
command="MODELS=\"$short\" DATA=$(basename "$DATA") SAMPLES=$SAMPLES LENGTH=$LENGTH SEED=$SEED"
[[ -z $JUDGE ]] || command+=" JUDGE=$(basename "$JUDGE")"
node recipes/correction-table.mjs --report "$OUT/report.json" --page "$PAGE" --name "$NAME" \
  --command "$command recipes/correction.sh"
