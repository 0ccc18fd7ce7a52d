#!/usr/bin/env bash
#
# The models that ship with the project, in models/: every system on the same backbone, tokenizer, text and raw tokens.
#
#   DATA=fairy-tales.train.txt VALID=fairy-tales.valid.txt recipes/models.sh
#   DATA=... VALID=... ONLY="mdlm bd3lm-4" STEPS=5000 recipes/models.sh
#   DATA=... VALID=... recipes/korean.sh     a family in another language, by the same steps
#
# First an autoregressive model, `start`, reads the text; a masked one, `masks`, goes on from its weights; and most of the
# diffusion models go on from those, as Arriola et al. 2025 do with theirs. A masked model that begins with random weights stands for
# hundreds of steps where it knows how often tokens are and nothing else (docs/LOG.md, 2026-11-25); one that can read already
# does not, and with little time everybody is better off. In the end all have read as many tokens; where the weights come from is said
# in each card.
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
: "${TABLE:=scores}"      # what the markers are called
: "${ONLY:=}"             # names of systems; all of them when empty
: "${SUFFIX:=}"           # of all names, so that another family can stand beside this one
: "${SPOKEN:=en}"         # the language, for the cards
: "${RECIPE:=recipes/models.sh}" # what does it all, for the cards
: "${JUDGE:=autoregressive}" # whose opinion of what they write is on the cards
: "${PRECISION:=}"        # of the weights that ship: as the table below has it when empty

: "${SIZE:=micro}"
: "${LENGTH:=128}"
: "${BATCH:=16}"
: "${TOKENIZER:=bpe:4096}"
: "${START_STEPS:=2000}"
: "${MASK_STEPS:=2500}"
: "${STEPS:=1600}"
: "${RATE:=0.001}"
: "${CHAT_STEPS:=400}"
: "${PARAGRAPH:=32}"      # of the planner
: "${READ_STEPS:=1500}"   # of each of its two stages, and once more as many as make its tokens those of the others
: "${SAY_STEPS:=$(((MASK_STEPS + STEPS) * LENGTH / (3 * PARAGRAPH) - READ_STEPS))}"

: "${LIMIT:=100}"         # windows for the cards' scores
: "${COUNT:=32}"          # texts for the cards' scores
: "${QUESTIONS:=200}"     # for the model that answers

# ------------------------------------------------------------------------------------------- systems

WHOLE_STEPS=$((STEPS + MASK_STEPS)) # As many as masks and one that goes on from them.

# name|what --system takes|whose weights it begins with|how many steps|how its weights are rounded|how it writes where nothing else
# is asked for; first those to wait for. To doubt whatever stands there, as uniform noise asks for, is further from masks than the
# rest. All have room in 40 MB because most lie in 8 bits (docs/import.md says what that costs).
systems=(
  'autoregressive|autoregressive|start|WHOLE_STEPS|float16|--temperature 0.8'
  'mdlm|mdlm:loss=masked|start|WHOLE_STEPS|float16|--rule confidence --block 4 --temperature 0.9'
  'bd3lm-4|bd3lm:block=4|masks|STEPS|float16|--temperature 0.6'
  'bd3lm-16|bd3lm:block=16|masks|STEPS|int8|--temperature 0.6'
  'renoise|renoise|masks|STEPS|int8|--rule self-correct --temperature 0.8'
  'sedd|sedd:graph=absorb|masks|STEPS|int8|--rule confidence --block 4 --temperature 0.9'
  'd3pm-absorbing|d3pm:transition=absorbing|masks|STEPS|int8|--rule confidence --block 4 --temperature 0.9'
  'd3pm-uniform|d3pm:transition=uniform|masks|STEPS|int8|--rule self-correct --temperature 0.8'
)

wanted() { [[ -z $ONLY || " $ONLY " == *" $1 "* ]]; }

# written FOLDER SCORES HABITS: how well a model writes, as its system does and as it does by itself.
written() {
  local scores=$2
  local -a habits judged
  read -ra habits <<<"$3"
  judged=(evaluate --model "$1" --metric generative --data "$VALID" --judge "$OUT/$JUDGE$SUFFIX" --length "$LENGTH"
    --count "$COUNT" --seed "$SEED" --threads "$THREADS" --json)
  unmask "${judged[@]}" >"$scores.generative.json"
  cp "$scores.generative.json" "$scores.usual.json"
  [[ -z $3 ]] || unmask "${judged[@]}" "${habits[@]}" >"$scores.usual.json"
}

# texts FOLDER SCORES HABITS: how well a model reads held-out text, and writes.
texts() {
  unmask evaluate --model "$1" --metric bound --data "$VALID" --length "$LENGTH" --limit "$LIMIT" --samples 16 \
    --threads "$THREADS" --json >"$2.bound.json"
  written "$@"
}

# plans FOLDER SCORES HABITS: the same, and how well a model says paragraphs again from their latents.
plans() {
  unmask evaluate --model "$1" --metric reconstruction --data "$VALID" --limit "$LIMIT" \
    --threads "$THREADS" --json >"$2.reconstruction.json"
  texts "$@"
}

# answers FOLDER SCORES: how often a model answers rightly.
answers() {
  node recipes/dialogues.mjs "$QUESTIONS" 2 >"$OUT/questions.jsonl"
  node recipes/answers.mjs --model "$1" --learnt "$OUT/dialogues.jsonl" --asked "$OUT/questions.jsonl" \
    --threads "$THREADS" >"$2.answers.json"
}

# ship NAME PRECISION SCORES HABITS: the model in fewer bits, with its way to write, its scores (`texts`, `plans` or `answers`) and its card.
ship() {
  local name=$1 precision=${PRECISION:-$2} folder=$MODELS/$1.new scores=$OUT/scores/$1
  local -a habits
  read -ra habits <<<"$4"
  heading "$name: scores and card"
  mkdir -p "$OUT/scores"
  rm -rf "${folder:?}"
  unmask import "$OUT/$name" --out "$folder" --quantize "$precision"
  "$3" "$folder" "$scores" "$4"
  node recipes/model-card.mjs --run "$OUT/$name" --scores "$scores" --source "$SOURCE" --language "$SPOKEN" --recipe "$RECIPE" \
    --precision "$precision" --habits="$4" >"$folder/README.md"
  [[ -z $4 ]] || node recipes/habits.mjs "$folder" "${habits[@]}"
  rm -f "$folder/import.json"
  rm -rf "${MODELS:?}/$name"
  mv "$folder" "$MODELS/$name"
}

# ---------------------------------------------------------------------------------------------- all

shape=(--data "$DATA" --valid "$VALID" --length "$LENGTH" --batch "$BATCH" --save-every 100 --eval-every 200)
go_on=("${shape[@]}" --lr "$RATE")

# begin NAME: what others begin with; what that begins with itself is needed only until it has begun.
begin() {
  case $1 in
    start) fit "start$SUFFIX" "$START_STEPS" "${shape[@]}" --system autoregressive --tokenizer "$TOKENIZER" --size "$SIZE" ;;
    masks)
      [[ -e $OUT/masks$SUFFIX/config.json ]] || begin start
      fit "masks$SUFFIX" "$MASK_STEPS" "${go_on[@]}" --system mdlm:loss=masked --init "$OUT/start$SUFFIX"
      ;;
  esac
}

for system in "${systems[@]}"; do
  IFS='|' read -r name spec begins steps precision habits <<<"$system"
  wanted "$name" || continue
  begin "$begins"
  fit "$name$SUFFIX" "${!steps}" "${go_on[@]}" --system "$spec" --init "$OUT/$begins$SUFFIX"
  ship "$name$SUFFIX" "$precision" texts "$habits"
done

if wanted planner; then
  # Encoder and decoder begin with the words of the start. A decoder that sees little of what it wrote learns to read latents; then it is
  # shown nearly all, and learns to write, from latents that are less clear.
  begin start
  plans=(--data "$DATA" --valid "$VALID" --length "$PARAGRAPH" --batch "$BATCH" --save-every 500 --eval-every 500 --lr "$RATE")
  fit "latents$SUFFIX" "$READ_STEPS" "${plans[@]}" --system planner:substitution=0.1,deviation=1.6 --init "$OUT/start$SUFFIX"
  fit "planner$SUFFIX" "$SAY_STEPS" "${plans[@]}" --system planner:substitution=0.1,deviation=2,blank=0.1,clarity=0.4 \
    --init "$OUT/latents$SUFFIX"
  ship "planner$SUFFIX" int8 plans ""
fi

if wanted llada-chat; then
  # In short windows: what an answer leaves of one is end tokens, which it learns to write.
  node recipes/dialogues.mjs 6000 1 >"$OUT/dialogues.jsonl"
  fit llada-chat "$CHAT_STEPS" --data "$OUT/dialogues.jsonl" --system llada --init "$OUT/mdlm" \
    --length 64 --batch 32 --lr "$RATE"
  SOURCE="${SOURCE:+$SOURCE; then }made-up dialogues (recipes/dialogues.mjs)" ship llada-chat int8 answers "--temperature 0"
fi

names=("${systems[@]%%|*}" planner)
node recipes/models-table.mjs --scores "$OUT/scores" --page "$PAGE" --table "$TABLE" "${names[@]/%/$SUFFIX}"
heading "the models are in $MODELS, their table is in $PAGE"
