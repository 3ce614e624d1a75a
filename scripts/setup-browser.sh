#!/bin/sh
# Installs a real VS Code and a browser to drive it with, into the folder that is given: code-server
# from npm, whose native parts are built here, and Debian's chromium and ripgrep. About 0.9 GB and
# two minutes; quick where that is done. Where that cannot be had, says what is left out.
set -eu

folder=$1
# node-gyp is what native parts are built with; node-pty looks for it among the packages above it.
versions="code-server@4.100.3 playwright-core@1.65.1 node-gyp@12.4.0"
installed="$folder/installed"
packages="chromium ripgrep"

left_out() {
    echo "browser: $1, so the VS Code extension is not driven in a real VS Code"
    [ -z "${CI:-}" ] # but CI must not pass for want of it
    exit 0
}
are_packages_here() {
    command -v chromium >/dev/null 2>&1 && command -v rg >/dev/null 2>&1
}
install_packages() {
    apt-get update -qq || true # lists that are there may do
    DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq --yes --no-install-recommends "$@" >/dev/null
}
# code-server's own install scripts want what is not in npm, so they never run.
install_code_server() (
    set -e
    mkdir -p "$folder"
    cd "$folder"
    rm -rf node_modules package-lock.json
    echo '{ "private": true }' >package.json
    # shellcheck disable=SC2086  # a list of names
    npm install --ignore-scripts $versions
    npm rebuild argon2 --build-from-source
    cd node_modules/code-server/lib/vscode
    npm install --ignore-scripts --omit=dev
    npm rebuild @vscode/spdlog native-watchdog node-pty --build-from-source
    ln -sfn node_modules node_modules.asar
    mkdir -p node_modules/@vscode/ripgrep/bin
    ln -sf "$(command -v rg)" node_modules/@vscode/ripgrep/bin/rg
)

if [ "$(cat "$installed" 2>/dev/null)" = "$versions" ] && are_packages_here; then
    exit 0
fi
rm -f "$installed" # what is there is not whole until all below is done
major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/') || major=""
if [ "$major" != 20 ] || ! command -v npm >/dev/null 2>&1; then
    left_out "Node 20 with npm, which code-server wants, is not here"
fi
if ! are_packages_here; then
    if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
        left_out "these are not here (on Debian, as root: apt-get install $packages)"
    fi
    echo "browser: installing $packages"
    # shellcheck disable=SC2086  # a list of names
    install_packages $packages || left_out "Debian's $packages could not be installed"
fi
echo "browser: installing $versions"
export npm_config_nodedir=/usr npm_config_audit=false npm_config_fund=false npm_config_loglevel=error
# Not behind `if` or `||`, where `set -e` says nothing.
set +e
install_code_server
status=$?
set -e
[ "$status" -eq 0 ] || left_out "code-server could not be installed"
echo "$versions" >"$installed"
