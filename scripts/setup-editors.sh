#!/bin/sh
# Installs the editors that tests start as real clients of redox-lsp, as Debian packs them. Quick
# where they are already there. Elsewhere than on Debian as root, says what is missing.
set -eu

packages="neovim emacs-nox elpa-eglot"

if command -v nvim >/dev/null 2>&1 && emacs --batch --eval "(require 'eglot)" >/dev/null 2>&1; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
    echo "editors: not all are here, so not all are tested; on Debian, as root:" \
        "apt-get install --no-install-recommends $packages"
    exit 0
fi
echo "editors: installing $packages"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # a list of names
if ! { apt-get update -qq && apt-get install -qq --yes --no-install-recommends $packages >/dev/null; }
then
    echo "editors: that failed, so what is missing is not tested"
    [ -z "${CI:-}" ] # but CI must not pass for want of them
fi
