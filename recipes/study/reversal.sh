#!/usr/bin/env bash
#
# Who knows that B is A, having read that A is B? docs/STUDY.md.
#
#   recipes/study/reversal.sh
#   COUPLETS=tang-couplets.tsv recipes/study/reversal.sh
#
# Little models learn made-up facts by heart, and, with COUPLETS, lines of two verses with a tab between them. Stopped or killed, it
# goes on when it is started again. Needs a build (npm run build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source recipes/study/shared.sh

: "${COUPLETS:=}"            # a text of pairs to learn as well
: "${COUNT:=200}"            # pairs to learn
: "${SYSTEMS:=autoregressive mdlm}"
: "${SIZE:=nano}"
: "${STEPS:=4000}"
: "${SAMPLES:=100}"
: "${RETELL:=40}"            # orders in which the pairs are told

# learn NAME TOKENIZER LENGTH FILE
learn() {
  local name=$1 tokenizer=$2 length=$3 pairs=$4
  node recipes/study/retell.mjs "$pairs" "$RETELL" 1 >"$OUT/$name.train.txt"
  # What is validated on is learnt as well: nothing here is about what was not read.
  train_and_tell "$name" reversal "$SYSTEMS" "$STEPS" "$pairs" "$command" --data "$OUT/$name.train.txt" --valid "$pairs" \
    --tokenizer "$tokenizer" --size "$SIZE" --length "$length" --batch 16
}

mkdir -p "$OUT"
settings="COUNT=$COUNT SYSTEMS=\"$SYSTEMS\" SIZE=$SIZE STEPS=$STEPS SAMPLES=$SAMPLES RETELL=$RETELL SEEDS=\"$SEEDS\""
command="$settings recipes/study/reversal.sh"
node recipes/study/facts.mjs "$COUNT" 1 >"$OUT/facts.txt"
learn facts word 48 "$OUT/facts.txt"

if [[ -n $COUPLETS ]]; then
  command="COUPLETS=$(basename "$COUPLETS") $settings recipes/study/reversal.sh"
  awk -F'\t' -v count="$COUNT" 'NF == 2 && !seen[$1]++ && !seen[$2]++ && ++n <= count' "$COUPLETS" >"$OUT/couplets.txt"
  learn couplets char 48 "$OUT/couplets.txt"
fi
