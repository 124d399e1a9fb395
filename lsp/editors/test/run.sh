#!/usr/bin/env bash
# Tries the language server and the grammars with real editors. It installs what it
# needs: Neovim and Emacs from Debian where they are missing, Node packages as locked,
# and the tree-sitter command line from Rust's packages into ~/.cache/edynamic. Node,
# cargo and a C compiler must be there.
#
#   make test-editors            everything
#   lsp/editors/test/run.sh nvim node     only some: grammar vscode nvim emacs node storm latency
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
root=$(cd ../../.. && pwd)
tree_sitter_version=0.27.1
tools=${XDG_CACHE_HOME:-$HOME/.cache}/edynamic/tree-sitter-$tree_sitter_version

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '\n== %s\n' "$*"; }

debian() { # debian COMMAND PACKAGE...
  command -v "$1" >/dev/null && return
  shift
  say "installing $*"
  [ -n "${updated:-}" ] || apt-get update -qq
  updated=1
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

npm_packages() { # npm_packages FOLDER
  if ! cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock"; then
    say "installing the Node packages of $(basename "$1")"
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error)
    cp "$1/package-lock.json" "$1/node_modules/.installed-lock"
  fi
}

tree_sitter() {
  if command -v tree-sitter >/dev/null && [ "$(tree-sitter --version)" = "tree-sitter $tree_sitter_version" ]; then
    command -v tree-sitter
    return
  fi
  if [ ! -x "$tools/bin/tree-sitter" ]; then
    command -v cargo >/dev/null || { echo "there is no cargo to build tree-sitter $tree_sitter_version with: install Rust, or put that tree-sitter on the PATH" >&2; return 1; }
    say "building tree-sitter $tree_sitter_version, which takes some minutes" >&2
    cargo install -q --locked --no-default-features --root "$tools" "tree-sitter-cli@$tree_sitter_version" >&2
  fi
  echo "$tools/bin/tree-sitter"
}

# passed prints what a step did, and checks that it did something.
passed() { # passed FILE PATTERN
  cat "$1"
  grep -qE "$2" "$1" || { echo "there is no line like: $2"; exit 1; }
}

grammar() {
  say "tree-sitter: the generated parser, the corpus, the highlights, the trees of edyc"
  local cli dir=$root/lsp/editors/tree-sitter-edy
  cli=$(tree_sitter)
  mkdir "$work/src"
  (cd "$dir" && "$cli" generate --abi 14 -o "$work/src")
  for f in parser.c grammar.json node-types.json; do
    cmp "$dir/src/$f" "$work/src/$f" || { echo "src/$f is not that of grammar.js: (cd lsp/editors/tree-sitter-edy && tree-sitter generate --abi 14)"; exit 1; }
  done
  (cd "$dir" && "$cli" build -o "$work/edy.so" .)
  (cd "$dir" && "$cli" test) >"$work/corpus" 2>&1 || { cat "$work/corpus"; exit 1; }
  passed "$work/corpus" 'failed parses: 0'
  for q in "$dir"/queries/*.scm "$root"/lsp/editors/helix/queries/edy/*.scm "$root"/lsp/editors/zed/languages/edy/*.scm; do
    "$cli" query --lib-path "$work/edy.so" --lang-name edy "$q" "$root/examples/cooling/cooling.edy" >"$work/query" 2>&1 || { echo "$q:"; tail -5 "$work/query"; exit 1; }
    grep -q 'capture' "$work/query" || { echo "$q finds nothing in the cooling example"; exit 1; }
  done
  node "$dir/test/compare.mjs" "$EDYC" "$cli" "$work/edy.so" "$root"
}

vscode() {
  say "VS Code: the TextMate grammar, the package"
  local dir=$root/lsp/editors/vscode
  npm_packages "$dir"
  (cd "$dir" && npm run --silent package >"$work/vsce" 2>&1) || { cat "$work/vsce"; exit 1; }
  (cd "$dir" && npm test --silent)
}

neovim() {
  say "Neovim's client"
  [ -n "${NVIM:-}" ] || debian nvim neovim
  "${NVIM:-nvim}" --version | head -1
  cp -r shop "$work/nvim"
  local grammar=$root/lsp/editors/tree-sitter-edy
  mkdir -p "$work/rt/parser" "$work/rt/queries/edy"
  cc -shared -fPIC -O1 -I "$grammar/src" "$grammar"/src/*.c -o "$work/rt/parser/edy.so"
  cp "$grammar"/queries/*.scm "$work/rt/queries/edy/"
  "$EDYC" editor vim >"$work/edy.lua"
  PATH=$(dirname "$EDYC"):$PATH timeout 120 "${NVIM:-nvim}" --headless -u NONE -i NONE --cmd "set rtp+=$work/rt" --cmd "source $work/edy.lua" -c "luafile $here/nvim.lua" "$work/nvim/shop.edy" 2>&1 | tee "$work/nvim.log"
  grep -q '^all well' "$work/nvim.log"
}

emacs_eglot() {
  say "Emacs and eglot"
  debian emacs emacs-nox
  emacs --version | head -1
  emacs --batch --eval '(unless (locate-library "eglot") (kill-emacs 1))' >/dev/null 2>&1 || debian no-such-command elpa-eglot
  mkdir "$work/emacs"
  "$EDYC" editor emacs >"$work/emacs/edy-mode.el"
  EDY_TEST=$here timeout 300 emacs --batch -L "$work/emacs" -l "$here/emacs.el" -f ert-run-tests-batch-and-exit 2>&1 | grep -vE '^\[|^Loading|^Indenting' | tee "$work/emacs.log"
  grep -qE 'Ran [1-9][0-9]* tests, [0-9]+ results as expected, 0 unexpected' "$work/emacs.log"
}

node_client() {
  say "a client on VS Code's protocol library"
  npm_packages "$here"
  node --test --test-concurrency=1 client.test.mjs agree.test.mjs
}

storm() {
  say "a storm of edits; STORM_SECONDS=300 for a long one"
  npm_packages "$here"
  node storm.mjs "${STORM_SECONDS:-20}"
}

latency() {
  say "latencies"
  npm_packages "$here"
  node latency.mjs
}

if ! command -v node >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0] >= 20')" != true ]; then
  echo "Node 20 or newer is needed for the VS Code package and the client; Debian 13 has it as nodejs and npm"
  exit 1
fi
if [ -z "${EDYC:-}" ]; then
  say "building edyc"
  EDYC=$work/bin/edyc
  (cd "$root" && go build -o "$EDYC" ./cmd/edyc)
fi
export EDYC
for step in ${*:-grammar vscode nvim emacs node storm latency}; do
  case $step in
    grammar | vscode | storm | latency) $step ;;
    nvim) neovim ;;
    emacs) emacs_eglot ;;
    node) node_client ;;
    *) echo "there is no step $step: grammar vscode nvim emacs node storm latency" && exit 2 ;;
  esac
done
say "all editors are well"
