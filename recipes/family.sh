#!/usr/bin/env bash
#
# Every system on the same backbone, text, steps and raw tokens, in one table: docs/family.md.
#
#   DATA=book.txt recipes/family.sh
#   DATA=book.txt ONLY="autoregressive mdlm" SIZE=nano STEPS=500 LIMIT=16 recipes/family.sh
#
# Stopped or killed, it goes on with the training that was interrupted when it is started again; with
# more STEPS it trains on. Scores are always measured anew. Needs a build (npm run build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source recipes/shared.sh

# ------------------------------------------------------------------------------------------ settings

: "${DATA:?must name a .txt file to train on}"
: "${OUT:=runs/family}"     # a folder for each system, and one for the scores
: "${PAGE:=docs/family.md}" # where the table goes, between its markers
: "${ONLY:=}"               # names of systems, "autoregressive mdlm"; all of them when empty

: "${SIZE:=micro}"
: "${LENGTH:=128}"
: "${BATCH:=16}"
: "${STEPS:=1500}"
: "${TOKENIZER:=char}"
: "${DEVICE:=cpu}"

: "${LIMIT:=64}"           # held-out windows to score
: "${SAMPLES:=32}"         # noise levels for each of them; as many as D3PM has steps scan them all
: "${ORDERS:=left-to-right confidence}"
: "${COUNT:=32}"           # texts to write
: "${WRITE_STEPS:=$LENGTH}" # forward passes for each of them, at most
: "${JUDGE:=$OUT/autoregressive}" # one that trained longer, on other text, is a better judge

# ------------------------------------------------------------------------------------------- systems

# name|what --system takes
systems=(
  'autoregressive|autoregressive'
  'bd3lm-4|bd3lm:block=4'
  'bd3lm-16|bd3lm:block=16'
  'mdlm|mdlm'
  'mdlm-timed|mdlm:timed=true'
  'llada|llada'
  'sedd-absorb|sedd:graph=absorb'
  'sedd-uniform|sedd:graph=uniform'
  'udlm|udlm'
  'd3pm-absorbing|d3pm:transition=absorbing'
  'd3pm-uniform|d3pm:transition=uniform'
  'd3pm-absorbing-uniform|d3pm:transition=absorbing-uniform'
)

chosen=()
names=()
for system in "${systems[@]}"; do
  name=${system%%|*}
  [[ -z $ONLY || " $ONLY " == *" $name "* ]] || continue
  chosen+=("$system")
  names+=("$name")
done
if [[ $JUDGE == "$OUT/autoregressive" && ! -e $JUDGE && " ${names[*]} " != *' autoregressive '* ]]; then
  echo "family: ONLY must name autoregressive, which judges the others, got \"$ONLY\"; or set JUDGE" >&2
  exit 2
fi

# ---------------------------------------------------------------------------------------------- text

# Training holds the last tenth out; the same characters, for scoring.
mkdir -p "$OUT/scores"
test=$OUT/test.txt
node -e '
  const { readFileSync, writeFileSync } = require("node:fs");
  const characters = Array.from(readFileSync(process.argv[1], "utf8"));
  writeFileSync(process.argv[2], characters.slice(Math.ceil(0.9 * characters.length)).join(""));
' "$DATA" "$test"

# ------------------------------------------------------------------------------------------ training

for system in "${chosen[@]}"; do
  name=${system%%|*}
  heading "$name: training"
  if [[ -e $OUT/$name/run.json ]]; then
    unmask train --out "$OUT/$name" --resume --steps "$STEPS" --device "$DEVICE"
  else
    unmask train --out "$OUT/$name" --system "${system#*|}" --data "$DATA" \
      --size "$SIZE" --length "$LENGTH" --batch "$BATCH" --steps "$STEPS" \
      --tokenizer "$TOKENIZER" --seed "$SEED" --device "$DEVICE"
  fi
done

# ------------------------------------------------------------------------------------------- scoring

# score NAME METRIC OPTIONS...: prints what was measured as JSON.
score() { unmask evaluate --model "$OUT/$1" --metric "$2" --device "$DEVICE" --json "${@:3}"; }

for name in "${names[@]}"; do
  heading "$name: scoring"
  scores=$OUT/scores/$name
  score "$name" bound --data "$test" --limit "$LIMIT" --samples "$SAMPLES" >"$scores.bound.json"
  for order in $ORDERS; do
    # Status 2: this system has no likelihood in this order, and the file says why.
    score "$name" exact --data "$test" --limit "$LIMIT" --order "$order" \
      >"$scores.$order.json" || [[ $? == 2 ]]
  done
  score "$name" generative --data "$test" --judge "$JUDGE" --count "$COUNT" \
    --steps "$WRITE_STEPS" --seed "$SEED" >"$scores.generative.json"
done

# --------------------------------------------------------------------------------------------- table

command="DATA=$(basename "$DATA")"
for setting in SIZE LENGTH BATCH STEPS TOKENIZER SEED LIMIT SAMPLES COUNT WRITE_STEPS; do
  command+=" $setting=${!setting}"
done
[[ $JUDGE == "$OUT/autoregressive" ]] || command+=" JUDGE=$(basename "$JUDGE")"
[[ -z $ONLY ]] || command+=" ONLY=\"$ONLY\""

node recipes/family-table.mjs --runs "$OUT" --page "$PAGE" --orders "$ORDERS" \
  --command "$command recipes/family.sh" "${names[@]}"
heading "the table is in $PAGE"
