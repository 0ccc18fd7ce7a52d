#!/usr/bin/env bash
#
# Few data, read again and again: who overfits, and who goes on learning? docs/STUDY.md.
#
#   DATA=fairy-tales.train.txt VALID=fairy-tales.valid.txt recipes/study/few-data.sh
#
# Stopped or killed, it goes on when it is started again. Needs a build (npm run build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source recipes/study/shared.sh

: "${DATA:?must name a text to take a little of}"
: "${VALID:?must name a text to validate on}"
: "${BYTES:=40000}" # of DATA, from its beginning
: "${SYSTEMS:=autoregressive mdlm:loss=masked}"
: "${SIZE:=micro}"
: "${STEPS:=4000}"
: "${EVERY:=200}" # steps between validations
: "${LENGTH:=64}"
: "${BATCH:=8}"
: "${NAME:=few-data}" # of the figure and its trainings

mkdir -p "$OUT"
head -c "$BYTES" "$DATA" | iconv -f UTF-8 -t UTF-8 -c >"$OUT/few-data.train.txt"
runs=()
for SEED in $SEEDS; do
  fit_all "$NAME-$SEED" "$SYSTEMS" "$STEPS" --data "$OUT/few-data.train.txt" --valid "$VALID" --tokenizer char \
    --size "$SIZE" --length "$LENGTH" --batch "$BATCH" --eval-every "$EVERY"
  runs+=("${fitted[@]}")
done
command="DATA=$(basename "$DATA") VALID=$(basename "$VALID") BYTES=$BYTES SYSTEMS=\"$SYSTEMS\" SIZE=$SIZE STEPS=$STEPS EVERY=$EVERY LENGTH=$LENGTH BATCH=$BATCH SEEDS=\"$SEEDS\"$([[ $NAME == few-data ]] || echo " NAME=$NAME") recipes/study/few-data.sh"
node recipes/study/epochs.mjs --page "$PAGE" --name "$NAME" --command "$command" "${runs[@]}"
