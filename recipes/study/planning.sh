#!/usr/bin/env bash
#
# Who can plan? Sudokus of 4 by 4 and countdowns with three numbers: docs/STUDY.md.
#
#   recipes/study/planning.sh
#   SUDOKUS=sudoku-4x4.test.csv COUNTDOWNS=countdown-3.test.jsonl recipes/study/planning.sh
#
# Little models learn made-up puzzles and are asked others: the files' (of d1, https://github.com/dllm-reasoning/d1), or made-up
# ones again. A canvas is one puzzle, which is given, and its solution, which is to be learnt, as in Ye et al. 2024. Stopped or
# killed, it goes on when it is started again. Needs a build (npm run build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source recipes/study/shared.sh

: "${SUDOKUS:=}"    # lines of puzzle,solution, behind a heading
: "${COUNTDOWNS:=}" # lines of {"input": "30,100,93", "output": "23"}
: "${ONLY:=sudoku countdown}"
: "${SYSTEMS:=autoregressive mdlm}"
: "${SIZE:=nano}"
: "${STEPS:=6000}"
: "${COUNT:=50000}" # puzzles to learn from
: "${SAMPLES:=128}"

mkdir -p "$OUT"
# tested NAME FILE: puzzles to ask, from the user's file or made up.
tested() {
  case $1:$2 in
    sudoku:?*) tail -n +2 "$2" | tr ',' '\t' ;;
    countdown:?*) node recipes/study/countdown.mjs --solve "$2" ;;
    *) node "recipes/study/$1.mjs" 500 2 ;;
  esac
}

# plan NAME FILE
plan() {
  local name=$1 file=$2
  tested "$name" "$file" >"$OUT/$name.test.txt"
  # A puzzle that is asked is not learnt.
  node "recipes/study/$name.mjs" "$COUNT" 1 | awk -F'\t' 'NR == FNR { asked[$1]; next } !($1 in asked)' \
    "$OUT/$name.test.txt" - | node recipes/study/pairs.mjs >"$OUT/$name.train.jsonl"
  node recipes/study/pairs.mjs <"$OUT/$name.test.txt" >"$OUT/$name.test.jsonl"
  local length # of the longest, and an end token
  length=$(awk 'length > longest { longest = length } END { print longest + 1 }' "$OUT/$name.test.txt")
  train_and_tell "$name" puzzles "$SYSTEMS" "$STEPS" "$OUT/$name.test.txt" "$command" --data "$OUT/$name.train.jsonl" \
    --valid "$OUT/$name.test.jsonl" --tokenizer char --size "$SIZE" --length "$length" --batch 64
}

for name in $ONLY; do
  file=$([[ $name == sudoku ]] && echo "$SUDOKUS" || echo "$COUNTDOWNS")
  variable=$([[ $name == sudoku ]] && echo SUDOKUS || echo COUNTDOWNS)
  command="${file:+$variable=$(basename "$file") }ONLY=$name SYSTEMS=\"$SYSTEMS\" SIZE=$SIZE STEPS=$STEPS COUNT=$COUNT SAMPLES=$SAMPLES SEEDS=\"$SEEDS\" recipes/study/planning.sh"
  plan "$name" "$file"
done
