#!/bin/sh
# The table of docs/import.md: what rounding to fewer bits costs trained models of mini size.
#
#   sh recipes/quantise.sh STORIES.txt HELD_OUT.txt runs/quantise
#
# About 25 minutes on two cores. Stories of the kind of TinyStories, one text file to learn and one to score.
set -eu
data=$1
held=$2
out=$3
unmask="npx unmask"
common="--data $data --batch 8 --length 128 --seed 1 --eval-every 250"
$unmask train --system autoregressive $common --tokenizer bpe:2000 --size mini --steps 1000 --out "$out/autoregressive"
$unmask train --system mdlm --init "$out/autoregressive" $common --steps 1200 --out "$out/mdlm"
for bits in int8 int4; do
  for model in autoregressive mdlm; do
    $unmask import "$out/$model" --out "$out/$model-$bits" --quantize $bits
  done
done
for bits in "" -int8 -int4; do
  $unmask evaluate --model "$out/mdlm$bits" --data "$held" --limit 128 --samples 8 --seed 1
  $unmask evaluate --model "$out/autoregressive$bits" --metric exact --data "$held" --limit 128
done
