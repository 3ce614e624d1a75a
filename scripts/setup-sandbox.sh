#!/bin/sh
# Installs bubblewrap, in which untrusted programs are compiled and run. Quick where it is already
# there. Elsewhere than on Debian as root, says what is missing.
set -eu

if command -v bwrap >/dev/null 2>&1; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
    echo "sandbox: bubblewrap is not here; where namespaces can't be made by hand either, nothing" \
        "is scored. On Debian, as root: apt-get install bubblewrap"
    exit 0
fi
echo "sandbox: installing bubblewrap"
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -qq --yes --no-install-recommends bubblewrap >/dev/null; }
then
    echo "sandbox: that failed"
    [ -z "${CI:-}" ] # but CI must not pass for want of it
fi
