#!/usr/bin/env bash
#
# The models that ship with the project, in models/: every system on the same backbone, tokenizer, text and raw tokens.
#
#   DATA=fairy-tales.train.txt VALID=fairy-tales.valid.txt recipes/models.sh
#   DATA=... VALID=... ONLY="mdlm bd3lm-4" STEPS=5000 recipes/models.sh
#
# First an autoregressive model, `start`, reads the text; a masked one, `masks`, goes on from its weights; and most of the
# diffusion models go on from those, as Arriola et al. 2025 do with theirs. A masked model that begins with random weights stands for
# hundreds of steps where it knows how often tokens are and nothing else (docs/LOG.md, 2026-11-25); one that can read already
# does not, and with little time everybody is better off. In the end all have read as many tokens; where the weights come from
# is said in each card.
#
# Stopped or killed, it goes on when it is started again; with more steps it trains on. Needs a build (npm run build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source recipes/shared.sh

# ------------------------------------------------------------------------------------------ settings

: "${DATA:?must name a text to train on}"
: "${VALID:?must name a text to validate on}"
: "${SOURCE:=}"           # for the cards: what the text is, and its licence
: "${OUT:=runs/models}"   # a run for each
: "${MODELS:=models}"     # what ships
: "${PAGE:=docs/models.md}" # where their scores go, between the markers
: "${ONLY:=}"             # names of systems; all of them when empty

: "${SIZE:=micro}"
: "${LENGTH:=128}"
: "${BATCH:=16}"
: "${TOKENIZER:=bpe:4096}"
: "${START_STEPS:=2000}"
: "${MASK_STEPS:=2500}"
: "${STEPS:=400}"
: "${RATE:=0.001}"
: "${CHAT_STEPS:=400}"

: "${LIMIT:=100}"         # windows for the cards' scores
: "${COUNT:=32}"          # texts for the cards' scores

# ------------------------------------------------------------------------------------------- systems

# name|what --system takes|whose weights it begins with|how it writes where nothing else is asked for; first those to wait for
systems=(
  'autoregressive|autoregressive|start|--temperature 0.8'
  'mdlm|mdlm:loss=masked|start|--rule confidence --block 4 --temperature 0.9'
  'bd3lm-4|bd3lm:block=4|masks|--temperature 0.6'
  'bd3lm-16|bd3lm:block=16|masks|--temperature 0.6'
  'renoise|renoise|masks|'
  'sedd|sedd:graph=absorb|masks|--rule confidence --block 4 --temperature 0.9'
  'd3pm-absorbing|d3pm:transition=absorbing|masks|--rule confidence --block 4 --temperature 0.9'
  'd3pm-uniform|d3pm:transition=uniform|masks|'
)

wanted() { [[ -z $ONLY || " $ONLY " == *" $1 "* ]]; }

# ship NAME HABITS: the model in float16, with its way to write, its scores and its card.
ship() {
  local name=$1 scores=$OUT/scores/$1
  local -a habits judged
  read -ra habits <<<"$2"
  heading "$name: scores and card"
  mkdir -p "$OUT/scores"
  rm -rf "${MODELS:?}/$name.new"
  unmask import "$OUT/$name" --out "$MODELS/$name.new" --quantize float16
  unmask evaluate --model "$MODELS/$name.new" --metric bound --data "$VALID" --limit "$LIMIT" --samples 16 \
    --threads "$THREADS" --json >"$scores.bound.json"
  judged=(evaluate --model "$MODELS/$name.new" --metric generative --data "$VALID" --judge "$OUT/autoregressive"
    --count "$COUNT" --seed "$SEED" --threads "$THREADS" --json)
  # As its system writes, and as it does by itself.
  unmask "${judged[@]}" >"$scores.generative.json"
  cp "$scores.generative.json" "$scores.usual.json"
  [[ -z $2 ]] || unmask "${judged[@]}" "${habits[@]}" >"$scores.usual.json"
  node recipes/model-card.mjs --run "$OUT/$name" --scores "$scores" --source "$SOURCE" --habits="$2" \
    >"$MODELS/$name.new/README.md"
  [[ -z $2 ]] || node recipes/habits.mjs "$MODELS/$name.new" "${habits[@]}"
  rm -f "$MODELS/$name.new/import.json"
  rm -rf "${MODELS:?}/$name"
  mv "$MODELS/$name.new" "$MODELS/$name"
}

# ---------------------------------------------------------------------------------------------- all

shape=(--data "$DATA" --valid "$VALID" --length "$LENGTH" --batch "$BATCH" --save-every 100 --eval-every 200)
fit start "$START_STEPS" "${shape[@]}" --system autoregressive --tokenizer "$TOKENIZER" --size "$SIZE"
go_on=("${shape[@]}" --lr "$RATE")
for system in "${systems[@]}"; do
  IFS='|' read -r name spec begins habits <<<"$system"
  wanted "$name" || continue
  steps=$STEPS
  if [[ $begins == masks ]]; then
    fit masks "$MASK_STEPS" "${go_on[@]}" --system mdlm:loss=masked --init "$OUT/start"
  else
    steps=$((steps + MASK_STEPS)) # As many as theirs.
  fi
  fit "$name" "$steps" "${go_on[@]}" --system "$spec" --init "$OUT/$begins"
  ship "$name" "$habits"
done

if wanted llada-chat; then
  # In short windows: what an answer leaves of one is end tokens, which it learns to write.
  node recipes/dialogues.mjs 6000 1 >"$OUT/dialogues.jsonl"
  fit llada-chat "$CHAT_STEPS" --data "$OUT/dialogues.jsonl" --system llada --init "$OUT/mdlm" \
    --length 64 --batch 32 --lr "$RATE"
  ship llada-chat ""
fi

node recipes/models-table.mjs --scores "$OUT/scores" --page "$PAGE" "${systems[@]%%|*}" llada-chat
heading "the models are in $MODELS, their table is in $PAGE"
