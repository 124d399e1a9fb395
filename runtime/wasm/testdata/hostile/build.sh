#!/usr/bin/env bash
# Builds the hostile modules: build.sh [FOLDER]. Toolchains that are missing are installed
# from Debian.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here}
mkdir -p "$out"
install() { apt-get update -qq && apt-get install -y -qq "$@" >/dev/null; }
{ command -v clang && ls /usr/bin/wasm-ld*; } >/dev/null 2>&1 || install clang lld
[ -d /usr/lib/rustlib/wasm32-unknown-unknown ] || install rustc libstd-rust-dev-wasm32
clang --target=wasm32 -mbulk-memory -O2 -nostdlib -ffreestanding -Wall -Werror -Wno-infinite-recursion -Wno-for-loop-analysis -Wl,--no-entry -Wl,--export-table \
  -Wl,-z,stack-size=16384 -Wl,--strip-all -o "$out/hostile-c.wasm" "$here/hostile.c"
"${RUSTC:-/usr/bin/rustc}" --target wasm32-unknown-unknown -O -C panic=abort -C lto -C strip=symbols -C target-feature=+bulk-memory \
  -C link-arg=-zstack-size=16384 -A unconditional_recursion --crate-type cdylib --edition 2021 -o "$out/hostile-rust.wasm" "$here/hostile.rs"
