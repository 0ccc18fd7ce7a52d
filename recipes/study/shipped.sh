#!/usr/bin/env bash
#
# What the models that ship are good at: a figure of docs/STUDY.md for each task of `unmask compare` that is named.
#
#   DATA=fairy-tales.valid.txt recipes/study/shipped.sh likelihood writing infill correction planted long
#
# Measured once, a figure is kept (OUT); with another setting or model it is measured again. Needs a build (npm run build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source recipes/study/shared.sh

: "${DATA:?must name a text that the models have not seen}"
: "${MODELS:=autoregressive mdlm bd3lm-4}"
: "${JUDGE:=autoregressive}"
: "${SAMPLES:=64}"
: "${STEPS:=8,16,32,64,128}"

measure shipped "$(with_commas "$@")" "${MODELS// /,}" "$DATA" --judge "$JUDGE" --samples "$SAMPLES" --steps "$STEPS"
for task in "$@"; do
  tell "$task" "$task" \
    "DATA=$(basename "$DATA") MODELS=\"$MODELS\" JUDGE=$(basename "$JUDGE") SAMPLES=$SAMPLES STEPS=$STEPS SEED=$SEED recipes/study/shipped.sh $task" \
    "$OUT/shipped/report/report.json"
done
