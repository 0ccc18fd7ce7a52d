# What the recipes of the study have in common; they read it with `source`, from the project's folder.

source recipes/shared.sh

: "${OUT:=runs/study}"     # models, texts and reports
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

# tell NAME TASK SECTION COMMAND: what was measured, on the page.
tell() {
  node recipes/study/tell.mjs --report "$OUT/$1/report/report.json" --task "$2" --page "$PAGE" --name "$3" --command "$4"
}

# with_commas WORDS...
with_commas() {
  local IFS=,
  echo "$*"
}
