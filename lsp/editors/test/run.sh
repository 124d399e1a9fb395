#!/usr/bin/env bash
# Tries the language server and the grammars with real editors. It installs what it
# needs: Neovim and Emacs from Debian where they are missing, Node packages as locked,
# and the tree-sitter command line from Rust's packages into ~/.cache/edynamic. Node,
# cargo and a C compiler must be there.
#
#   make test-editors            everything
#   lsp/editors/test/run.sh nvim node     only some: grammar vscode nvim emacs node storm latency
#   lsp/editors/test/run.sh workbench     VS Code itself in a browser, which installs 700 MB for it
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
root=$(cd ../../.. && pwd)
tree_sitter_version=0.27.1
code_server_version=4.139.1
workbench_node_version=24.21.0
puppeteer_version=24.43.1
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

# code-server is VS Code with its extension host on this machine and its window in a
# browser. Its native modules are left out: what is tried here does without them.
workbench() {
  say "VS Code in a browser"
  debian chromium chromium
  local dir=${XDG_CACHE_HOME:-$HOME/.cache}/edynamic/workbench-$code_server_version port=${WORKBENCH_PORT:-18431}
  if [ ! -e "$dir/.installed" ]; then
    mkdir -p "$dir"
    (cd "$dir" && npm install --no-audit --no-fund --loglevel=error "node@$workbench_node_version")
    (cd "$dir" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error "code-server@$code_server_version" "puppeteer-core@$puppeteer_version")
    (cd "$dir/node_modules/code-server/lib/vscode" && npm install --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error)
    touch "$dir/.installed"
  fi
  npm_packages "$root/lsp/editors/vscode"
  (cd "$root/lsp/editors/vscode" && npm run --silent package >"$work/vsce" 2>&1) || { cat "$work/vsce"; exit 1; }
  mkdir -p "$work/code/User" "$work/code/Machine"
  cp -r shop "$work/workbench"
  echo '{"workbench.startupEditor": "none", "chat.disableAIFeatures": true, "editor.inlayHints.enabled": "on"}' >"$work/code/User/settings.json"
  echo "{\"edy.path\": \"$EDYC\"}" >"$work/code/Machine/settings.json"
  local node=$dir/node_modules/node/bin/node code=$dir/node_modules/code-server/out/node/entry.js
  local folders=(--user-data-dir "$work/code" --extensions-dir "$work/extensions" --config "$work/code-server.yaml")
  "$node" "$code" "${folders[@]}" --install-extension "$root/lsp/editors/vscode/dist/edy.vsix" >"$work/code.log" 2>&1
  setsid "$node" "$code" "${folders[@]}" --auth none --disable-workspace-trust --disable-telemetry --disable-update-check --bind-addr "127.0.0.1:$port" >>"$work/code.log" 2>&1 &
  local server=$!
  trap 'kill -- -'"$server"'; rm -rf "$work"' EXIT
  for _ in $(seq 60); do
    curl -sf -o /dev/null "http://127.0.0.1:$port/healthz" && break
    sleep 1
  done
  WORKBENCH=$dir "$node" workbench.mjs "http://127.0.0.1:$port" "$work/workbench"
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
    grammar | vscode | storm | latency | workbench) $step ;;
    nvim) neovim ;;
    emacs) emacs_eglot ;;
    node) node_client ;;
    *) echo "there is no step $step: grammar vscode nvim emacs node storm latency workbench" && exit 2 ;;
  esac
done
say "all editors are well"
