#!/bin/sh
# Makes the small model that ships, eval/redox_eval/tiny, from nothing: the families of
# foundation_v3 that ask for small functions, in Iron, names and literals taken out. Each step is
# done once; what was broken off goes on. The last one made is kept beside, in `last`.
set -eu

FAMILIES="arith_bits arith_branch arith_chain arith_checked arith_divisors arith_early_return
arith_repeat arith_saturating arith_two_inputs arith_until arith_wrapping closure_two generic_apply
generic_pick iter_chain iter_part lifetime_pick recursion_numbers text_affix text_filter text_find
text_format_number text_is_like text_word_pick vec_steps"

REDOX="$1"
WORK="$2"
ROOT=$(cd "$(dirname "$0")/.." && pwd)
REDOX=$(cd "$(dirname "$REDOX")" && pwd)/$(basename "$REDOX")

mkdir -p "$WORK"
cd "$WORK"
[ -f tasks.jsonl ] || "$REDOX" data build foundation_v3 -o tasks.jsonl
[ -f slotted/manifest.json ] || "$REDOX" data export tasks.jsonl -o slotted --in iron --slots \
    $(printf ' --family %s' $FAMILIES)
if [ ! -d base ]; then
    rm -rf making
    "$REDOX" train scratch --data slotted --in iron -o making
    mv making base
fi
"$REDOX" train run "$ROOT/training/configs/tiny.toml" --data slotted --in iron -o redox-tiny
[ -d onnx ] || "$REDOX" train export redox-tiny --data slotted --as onnx --kind int8 -o onnx
for name in model.onnx tokenizer.json redox.json; do
    cp "onnx/$name" "$ROOT/eval/redox_eval/tiny/$name"
done
rm -rf last
mkdir last
mv tasks.jsonl slotted base redox-tiny onnx last
echo "eval/redox_eval/tiny: made anew; its README.md says what the one before scored"
