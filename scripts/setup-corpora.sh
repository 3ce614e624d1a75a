#!/bin/sh
# Installs the Rust that the laws are held against: crates and rustc's own sources, as Debian packs
# them. Quick where they are already there. Elsewhere than on Debian as root, says what is missing.
set -eu

packages="rust-src
librust-anyhow-dev librust-serde-dev librust-serde-json-dev librust-tokio-dev librust-syn-dev
librust-regex-dev librust-itertools-dev librust-rand-dev librust-clap-dev librust-nom-dev
librust-hyper-dev librust-rayon-dev librust-petgraph-dev librust-proptest-dev librust-futures-dev
librust-heck-dev librust-itoa-dev librust-once-cell-dev librust-aho-corasick-dev"

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    echo "corpora: this is no Debian, so the laws are not held against real Rust here:" \
        "/usr/share/cargo/registry and /usr/src/rustc-* are not checked"
    exit 0
fi

missing=""
for package in $packages; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) || state=""
    [ "$state" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "corpora: not checked for want of these packages:$missing"
    echo "corpora: as root: apt-get install --no-install-recommends$missing"
    exit 0
fi
echo "corpora: installing$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # a list of names
if ! { apt-get update -qq && apt-get install -qq --yes --no-install-recommends $missing >/dev/null; }
then
    echo "corpora: that failed, so the laws are not held against what is missing"
    [ -z "${CI:-}" ] # but CI must not pass for want of them
fi
