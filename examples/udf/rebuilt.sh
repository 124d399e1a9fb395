#!/bin/sh
# Tests the examples, and what hostile modules can do, with modules in C and Rust that are
# built from their sources: rebuilt.sh EDYC.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$here/build.sh" -o "$dir/built" c rust
cp -r "$here" "$dir/udf" && cp -r "$here/../nexmark" "$dir/nexmark"
cp "$dir/built/c.wasm" "$dir/built/rust.wasm" "$dir/udf/modules/"
cp "$dir/built/strings.wasm" "$dir/nexmark/udf/"
"$here/../../runtime/wasm/testdata/hostile/build.sh" "$dir/hostile"
(cd "$here/../../runtime/wasm" && EDYC_HOSTILE="$dir/hostile" go test -count=1 -run '^TestHostileModules$' .)
"$1" test "$dir/udf/geofence.edy" "$dir/nexmark/nexmark.edy"
