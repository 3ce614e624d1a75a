#!/bin/sh
# Installs a real VS Code and a browser to drive it with, into the folder that is given: code-server
# from npm, whose native parts are built here, and Debian's chromium and ripgrep. About 0.9 GB and
# two minutes; quick where that is done. Elsewhere than on Debian as root, says what is missing.
set -eu

folder=$1
# node-gyp is what native parts are built with; node-pty looks for it among the packages above it.
versions="code-server@4.100.3 playwright-core@1.65.1 node-gyp@12.4.0"
installed="$folder/installed"

if [ "$(cat "$installed" 2>/dev/null)" = "$versions" ]; then
    exit 0
fi
rm -f "$installed" # what is there is not whole until all below is done
if ! command -v chromium >/dev/null 2>&1 || ! command -v rg >/dev/null 2>&1; then
    if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
        echo "browser: wants these; on Debian, as root:" \
            "apt-get install --no-install-recommends chromium ripgrep"
        exit 1
    fi
    echo "browser: installing chromium and ripgrep"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq --yes --no-install-recommends chromium ripgrep >/dev/null
fi
echo "browser: installing $versions"
mkdir -p "$folder"
cd "$folder"
rm -rf node_modules package-lock.json
echo '{ "private": true }' >package.json
export npm_config_nodedir=/usr npm_config_audit=false npm_config_fund=false npm_config_loglevel=error
# code-server's own install scripts want what is not in npm, so they never run.
# shellcheck disable=SC2086  # a list of names
npm install --ignore-scripts $versions
npm rebuild argon2 --build-from-source
(
    cd node_modules/code-server/lib/vscode
    npm install --ignore-scripts --omit=dev
    npm rebuild @vscode/spdlog native-watchdog node-pty --build-from-source
    ln -sfn node_modules node_modules.asar
    mkdir -p node_modules/@vscode/ripgrep/bin
    ln -sf "$(command -v rg)" node_modules/@vscode/ripgrep/bin/rg
)
echo "$versions" >"$installed"
