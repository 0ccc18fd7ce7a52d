#!/usr/bin/env bash
#
# The Korean model that ships: masked diffusion, by the steps of recipes/models.sh, with a tokenizer and a start of its own.
#
#   zcat bible-modern.txt.gz | awk 'NR % 20' >ko.train.txt
#   zcat bible-modern.txt.gz | awk 'NR % 20 == 0' >ko.valid.txt
#   DATA=ko.train.txt VALID=ko.valid.txt recipes/korean.sh
#
# The text has a chapter a line; every twentieth is held out. An autoregressive model, `start-korean`, reads it first; the
# masked one goes on from its weights; and what it writes is judged by the first. Needs a build (npm run build).
set -euo pipefail
export SUFFIX=-korean SPOKEN=ko RECIPE=recipes/korean.sh TABLE="${TABLE:-korean}"
export ONLY="${ONLY:-mdlm}" JUDGE="${JUDGE:-start}" PRECISION="${PRECISION:-int8}"
export START_STEPS="${START_STEPS:-1200}" MASK_STEPS="${MASK_STEPS:-1500}" STEPS="${STEPS:-400}"
exec bash "$(dirname "${BASH_SOURCE[0]}")/models.sh"
