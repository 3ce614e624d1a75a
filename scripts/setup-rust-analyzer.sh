#!/bin/sh
# Unpacks a real rust-analyzer and the sources of the standard library into the cache folder, from
# Debian's packages, which are not installed: they conflict with others. About 700 MB; quick where
# that is done. Elsewhere than on Debian, says what is left out.
set -eu

packages="rust-web-analyzer rust-web-src libstd-rust-web-1.96 libllvm22"
folder="${XDG_CACHE_HOME:-$HOME/.cache}/redox/rust-analyzer"
installed="$folder/installed"

if [ "$(cat "$installed" 2>/dev/null)" = "$packages" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1; then
    echo "rust-analyzer: this is no Debian, so what redox-lsp has of rust-analyzer is not tested"
    exit 0
fi
echo "rust-analyzer: unpacking $packages"
rm -rf "$folder"
mkdir -p "$folder/packages" "$folder/bin"
cd "$folder/packages"
[ "$(id -u)" -ne 0 ] || apt-get update -qq || true # lists that are there may do
# shellcheck disable=SC2086  # a list of names
if ! apt-get download -qq -o APT::Sandbox::User=root $packages; then
    echo "rust-analyzer: that failed, so what redox-lsp has of it is not tested"
    [ -z "${CI:-}" ] # but CI must not pass for want of it
    exit
fi
for package in *.deb; do
    dpkg -x "$package" "$folder"
done
cd "$folder"
rm -rf packages
program=$(find "$folder/usr" -name rust-analyzer -type f -perm -u+x | head -n 1)
libraries=$(dirname "$(find "$folder/usr/lib" -name 'librustc_driver-*.so' | head -n 1)")
sources=$(find "$folder"/usr/src/rustc-*/library -maxdepth 0 -type d)
cat >bin/rust-analyzer <<END
#!/bin/sh
LD_LIBRARY_PATH='$libraries' exec '$program' "\$@"
END
chmod +x bin/rust-analyzer
ln -s "$sources" library
bin/rust-analyzer --version
echo "$packages" >"$installed"
