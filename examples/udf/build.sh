#!/usr/bin/env bash
# Builds the modules of this folder: build.sh [-o FOLDER] [c] [rust] [go] [assemblyscript].
# Without names, those in C and Rust, with toolchains that are installed from Debian where
# they are missing. Go and AssemblyScript (node, npm) have to be there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
sdk=$here/../../runtime/wasm/sdk
out=$here/modules
nexmark=$here/../nexmark/udf
if [ "${1:-}" = -o ]; then
  out=$2 nexmark=$2
  shift 2
fi
mkdir -p "$out"
install() { apt-get update -qq && apt-get install -y -qq "$@" >/dev/null; }
clang_for() { # SOURCE MODULE
  { command -v clang && ls /usr/bin/wasm-ld*; } >/dev/null 2>&1 || install clang lld
  clang --target=wasm32 -O2 -nostdlib -Wall -Werror -I"$sdk/c" -Wl,--no-entry -Wl,-z,stack-size=16384 -Wl,--strip-all -o "$2" "$1"
}
for language in ${@:-c rust}; do
  case $language in
  c)
    clang_for "$here/c/geofence.c" "$out/c.wasm"
    clang_for "$here/../nexmark/udf/strings.c" "$nexmark/strings.wasm"
    ;;
  rust)
    rustc=${RUSTC:-/usr/bin/rustc}
    [ -d /usr/lib/rustlib/wasm32-unknown-unknown ] || install rustc libstd-rust-dev-wasm32
    "$rustc" --target wasm32-unknown-unknown -O -C panic=abort -C lto -C strip=symbols -C link-arg=-zstack-size=16384 \
      --crate-type cdylib --edition 2021 -o "$out/rust.wasm" "$here/rust/geofence.rs"
    ;;
  go) (cd "$here/go" && GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags='-s -w' -o "$out/go.wasm" .) ;;
  assemblyscript)
    (cd "$here/assemblyscript" && npm install --silent --no-audit --no-fund &&
      npx asc geofence.ts --outFile "$out/assemblyscript.wasm" -O --runtime minimal --exportRuntime --use abort=)
    ;;
  *)
    echo "build.sh: there is no $language here" >&2
    exit 2
    ;;
  esac
done
