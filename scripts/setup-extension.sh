#!/bin/sh
# Installs what the VS Code extension is built and checked with, exactly as its lock file has it.
# Quick where that is done. Where Node 20 or a registry is missing, says what is left out.
set -eu

cd "$(dirname "$0")/../vscode-extension"
installed=node_modules/.package-lock.json

if [ -e "$installed" ] && [ ! package-lock.json -nt "$installed" ]; then
    exit 0
fi
left_out() {
    echo "extension: $1, so the VS Code extension is neither built nor checked"
    rm -rf node_modules # half of it would look like all of it
    [ -z "${CI:-}" ]    # but CI must not pass for want of it
    exit 0
}
major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/') || major=""
if [ -z "$major" ] || [ "$major" -lt 20 ] || ! command -v npm >/dev/null 2>&1; then
    left_out "Node 20 or newer with npm is not here"
fi
echo "extension: installing what it is built with"
if ! npm ci --no-audit --no-fund --loglevel=error; then
    left_out "npm could not install what it is built with"
fi
touch "$installed"
