# Everything needed is Go and a C compiler (for the race detector and later for WASM).
GO ?= go
BIN := bin/edyc

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: cc
cc:
	@command -v $${CC:-cc} >/dev/null 2>&1 || { echo "make: no C compiler found: install gcc or clang, or set CC"; exit 1; }
	@command -v $(GO) >/dev/null 2>&1 || { echo "make: no Go found: install Go 1.26 or newer, or set GO"; exit 1; }

.PHONY: build
build: cc ## Build bin/edyc
	@mkdir -p bin
	$(GO) build -o $(BIN) ./cmd/edyc

.PHONY: demo
demo: build ## Run the earthquake example on a week of real data
	@sh examples/earthquakes/demo.sh

.PHONY: test
test: cc ## Run every test
	$(GO) test ./...

.PHONY: check
check: cc fmt-check vet lint race allocs wasm ## All that must hold at every commit

.PHONY: wasm
wasm: build ## Rebuild the WASM modules in C and Rust, and test the examples with them
	@sh examples/udf/rebuilt.sh $(abspath $(BIN))

.PHONY: check-oracle
check-oracle: build ## Compare the Nexmark queries with DuckDB on the same rows
	cd bench/oracle && $(GO) vet ./... && $(GO) test -count=1 -v ./...

.PHONY: fmt
fmt: build ## Format Go and .edy files
	gofmt -w $$(git ls-files '*.go')
	$(BIN) fmt -w $$(git ls-files 'examples/*.edy' 'bench/*.edy')

.PHONY: fmt-check
fmt-check: build
	@out=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$out" ]; then echo "not formatted, run make fmt:"; echo "$$out"; exit 1; fi
	@$(BIN) fmt --check $$(git ls-files 'examples/*.edy' 'bench/*.edy')

.PHONY: vet
vet:
	$(GO) vet ./...

.PHONY: lint
lint:
	$(GO) tool staticcheck ./...

.PHONY: generate
generate: ## Write the files that are made from others
	$(GO) test ./spec -run TestGeneratedDocs -update
	@for e in examples/*/generate; do $(GO) run ./$$e $$(dirname $$e) || exit 1; done

.PHONY: race
race: # includes the test that generated files are up to date; the cases alone take five minutes
	$(GO) test -race -timeout 30m ./...

.PHONY: allocs
allocs: # not with the race detector, which takes memory of its own
	$(GO) test -run 'Allocate$$' ./stdlib ./vm ./vm/fold

.PHONY: fuzz-long
fuzz-long: ## Compare 20,000 random programs with the naive evaluator, and fuzz the parsers
	$(GO) test ./spec/differential -run TestDifferential -programs 20000 -timeout 60m
	$(GO) test ./spec/differential -run TestSettings -pipelines 5000 -seed $$(date +%s) -timeout 60m
	@for t in $$(grep -rlE '^func Fuzz' --include=*_test.go . | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -hoE '^func Fuzz[A-Za-z0-9]+' $$t/*_test.go | cut -c6-); do \
	    echo "$$t $$f"; $(GO) test $$t -run '^$$' -fuzz "^$$f$$" -fuzztime 30s || exit 1; done; done

.PHONY: sim
sim: ## Cut the power of 10,000 durable runs at any operation on the disk (300 of them are in check)
	$(GO) test ./runtime/build -run '^TestSim$$' -schedules 10000 -timeout 120m -v

.PHONY: chaos
chaos: ## Kill the command 200 times with kill -9 and compare what it writes in the end
	$(GO) test ./cmd/edyc -run '^TestKills$$' -kills 200 -timeout 60m -v

.PHONY: test-editors
test-editors: build ## Try Neovim, Emacs, a Node client, the grammars and the VS Code package (installs them)
	EDYC=$(CURDIR)/$(BIN) lsp/editors/test/run.sh

.PHONY: test-vscode
test-vscode: build ## Try the extension in VS Code itself, in a browser without a window (installs both)
	EDYC=$(CURDIR)/$(BIN) lsp/editors/test/run.sh workbench

.PHONY: storm-lsp
storm-lsp: build ## Five minutes of random edits over the wire: everything is answered, memory stays flat
	EDYC=$(CURDIR)/$(BIN) STORM_SECONDS=300 lsp/editors/test/run.sh storm

.PHONY: bench
bench: cc ## Run the Go benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: bench-wasm
bench-wasm: cc ## Measure functions in WebAssembly
	$(GO) test ./runtime/wasm -run '^$$' -bench .

.PHONY: bench-durable
bench-durable: ## What a data folder costs: W1 to W5 with and without, appends, recovery of state
	$(GO) test ./runtime/build -run '^$$' -bench 'Durable|Recovery' -benchtime 3x -timeout 30m
	$(GO) test ./runtime/log -run '^$$' -bench Append

.PHONY: bench-lsp
bench-lsp: cc ## Measure what an editor waits for on a file of 5,000 lines
	$(GO) test ./lsp/server -run '^$$' -bench Editor -benchtime 1x

.PHONY: broken-source
broken-source: cc ## Break every example at every position and complete there
	$(GO) test ./lsp/feature -run TestBrokenSource -count=1 -v -timeout 60m -args -broken-all

.PHONY: bench-nexmark
bench-nexmark: build ## Compare edyc with DuckDB and with programs written by hand
	cd bench && $(GO) run ./nexmark

.PHONY: bench-state
bench-state: build ## Memory and time of sessions and joins over a day of 10 million rows
	cd bench && $(GO) run ./state

.PHONY: bench-spill
bench-spill: build ## Memory and time of 20 million groups under --state-memory 256MiB
	cd bench && $(GO) run ./spill

.PHONY: bench-latency
bench-latency: build ## Measure how long events take from input to output
	cd bench && $(GO) run ./latency
