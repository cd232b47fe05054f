# Two commands matter: make demo, make test. Everything else they need, they do; each step once.
SHELL := /bin/bash
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
export CGO_ENABLED := 1
# One set of flags for all that is built, so that nothing is compiled twice.
export GOFLAGS := $(GOFLAGS) -trimpath
# What is fetched and what is compiled do not wait for each other.
MAKEFLAGS += -j2
VENV := build/venv
FILES := internal/vision/assets/files
SOURCES = $(shell find . -name '*.go' -not -path './build/*' -not -name '*_test.go') go.mod go.sum

.DEFAULT_GOAL := help
.PHONY: help demo test build assets lint generate verify bench fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: bin/ownsight ## build, start a server, draw pictures, train on them, ask the model: all real
	@examples/demo.sh

test: build/.setup-test assets ## everything that can be checked on one machine, race detector on
	@test -z "$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go'))" || { echo "run gofmt on:"; gofmt -l $$(git ls-files -co --exclude-standard '*.go'); exit 1; }
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(GO) vet ./...
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(GO) test -race -timeout 14m ./...

build: bin/ownsight ## bin/ownsight, one file

assets: build/assets/lite0.onnx ## fetch the runtime and the backbone, convert the backbone

lint: ## golangci-lint with the rules of .golangci.yml
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...

generate: build/vendor/.fetched ## write generated code again: shapes of the services, SQL
	$(GO) generate ./...
	$(GO) run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.30.0 generate

verify: generate ## fail when generated code is not what the sources give
	git diff --exit-code -- '*_gen.go' internal/store/internal

bench: bin/ownsight build/.setup-test ## the figures of bench/RESULTS.md, beside the bare runtime
	bench/run.sh

fuzz: assets ## a minute for each parser of hostile input
	tools/fuzz.sh 60s

clean: ## remove what was built; downloads stay
	rm -rf bin build/assets $(FILES)

# ---- the steps

bin/ownsight: $(SOURCES) build/.compiled $(FILES)/libonnxruntime.so $(FILES)/lite0.onnx
	@echo "building bin/ownsight"
	@$(GO) build -tags embedded -ldflags "-s -w -X main.version=$(VERSION)" -o $@ ./cmd/ownsight

build/.setup: tools/setup.sh
	@tools/setup.sh build
	@mkdir -p build && touch $@

# Libraries take minutes on a new machine: they are compiled while the runtime and the backbone are on their way.
build/.compiled: build/.setup go.sum
	@echo "compiling the libraries"
	@$(GO) build ./cmd/... ./examples/...
	@touch $@

build/.setup-test: tools/setup.sh tools/requirements.txt build/.setup
	@tools/setup.sh test
	@python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tools/requirements.txt
	@touch $@

build/vendor/.fetched: build/.setup tools/fetch/*.go internal/vision/assets/assets.go
	@$(GO) run ./tools/fetch --out build/vendor
	@touch $@

build/assets/lite0.onnx: build/vendor/.fetched tools/backbone/*.go internal/vision/assets/backbone.go
	@$(GO) run ./tools/backbone --weights build/vendor/backbone/efficientnet-lite0-57934424.pth --out $@
	@touch $@

$(FILES)/libonnxruntime.so: build/vendor/.fetched
	@mkdir -p $(FILES) && cp build/vendor/onnxruntime/libonnxruntime.so.* $@

$(FILES)/lite0.onnx: build/assets/lite0.onnx
	@mkdir -p $(FILES) && cp $< $@
