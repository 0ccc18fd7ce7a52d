# What recipes have in common; they read it with `source`, from the project's folder.

: "${SEED:=0}"
: "${THREADS:=$(nproc)}"

unmask() { node dist/cli/main.js "$@"; }
heading() { printf '\n== %s\n' "$*" >&2; }

# fit NAME STEPS OPTIONS...: trains $OUT/NAME, goes on with it where it was interrupted, or leaves it when it is done.
fit() {
  local name=$1 steps=$2
  shift 2
  heading "$name: training"
  if [[ -e $OUT/$name/config.json ]]; then
    unmask train --out "$OUT/$name" --resume --steps "$steps" --threads "$THREADS"
  else
    unmask train --out "$OUT/$name" --steps "$steps" --seed "$SEED" --threads "$THREADS" "$@"
  fi
}
