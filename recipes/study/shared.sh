# What the recipes of the study have in common; they read it with `source`, from the project's folder.

source recipes/shared.sh

: "${OUT:=runs/study}"     # models, texts and reports
: "${SEEDS:=0 1 2}"        # a training of each little model for each
: "${PAGE:=docs/STUDY.md}" # where tables go, between their markers; pictures go beside it, into study/

# fit_all FOLDER SYSTEMS STEPS OPTIONS...: the same for several systems; their folders go into the array `fitted`.
fit_all() {
  local folder=$1 systems=$2 steps=$3 system
  shift 3
  fitted=()
  for system in $systems; do
    fit "$folder/${system//[:=,]/-}" "$steps" --system "$system" "$@"
    fitted+=("$OUT/$folder/${system//[:=,]/-}")
  done
}

# measure NAME TASKS MODELS DATA OPTIONS...: sets models side by side; tasks and models have commas between them.
measure() {
  local name=$1 tasks=$2 models=$3 data=$4
  shift 4
  heading "$name: measuring"
  unmask compare --models "$models" --data "$data" --out "$OUT/$name/report" --tasks "$tasks" --seed "$SEED" \
    --threads "$THREADS" "$@"
}

# tell TASK SECTION COMMAND REPORTS...: what was measured, on the page; several reports are of as many trainings.
tell() {
  local task=$1 section=$2 command=$3
  shift 3
  node recipes/study/tell.mjs --task "$task" --page "$PAGE" --name "$section" --command "$command" "$@"
}

# train_and_tell SECTION TASK SYSTEMS STEPS ASKED COMMAND OPTIONS...: trains each system once for each of SEEDS, asks it what lies in
# ASKED, and tells what comes out.
train_and_tell() {
  local section=$1 task=$2 systems=$3 steps=$4 asked=$5 command=$6 SEED reports=()
  shift 6
  for SEED in $SEEDS; do
    fit_all "$section-$SEED" "$systems" "$steps" "$@"
    measure "$section-$SEED" "$task" "$(with_commas "${fitted[@]}")" "$asked" --samples "$SAMPLES"
    reports+=("$OUT/$section-$SEED/report/report.json")
  done
  tell "$task" "$section" "$command" "${reports[@]}"
}

# with_commas WORDS...
with_commas() {
  local IFS=,
  echo "$*"
}
