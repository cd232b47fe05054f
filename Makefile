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
MOTO := build/moto-venv
MOTO_VERSION := 5.2.5
FILES := internal/vision/assets/files
CLIENTS := test/clients/js/node_modules/.package-lock.json build/clients/java/.fetched
WEB = $(shell find web -type f -not -path '*/node_modules/*')
SOURCES = $(shell find *.go cmd internal -type f -not -name '*_test.go' -not -path '*/testdata/*' -not -path '*/files/*') go.mod go.sum
# These calculate. The race detector, which makes them several times slower, watches them in their own tests. Elsewhere it
# watches the rest of the program only. Nor does it watch how test/corpus draws pictures.
ARITHMETIC := ./internal/vision/linear ./internal/vision/tail ./internal/vision/evaluate/... ./internal/vision/nn/optimizer ./internal/vision/nn/quantize ./internal/vision/nn/train ./examples/belt/draw
RACE := -race $(foreach package,gonum.org/... ownsight/test/corpus $(patsubst ./%,ownsight/%,$(ARITHMETIC)),-gcflags=$(package)=-race=false)

.DEFAULT_GOAL := help
.PHONY: help demo test clients conformance build assets lint lint-deploy generate console verify bench bench-dataset bench-training bench-serving fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: bin/ownsight ## build, start a server, draw pictures, train on them, ask the model: all real
	@examples/demo.sh

test: bin/ownsight build/.setup-test assets build/.console $(CLIENTS) test/browser/node_modules/.package-lock.json examples/onnx/browser/node_modules/.package-lock.json ## everything that can be checked on one machine, race detector on
	@test -z "$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go'))" || { echo "run gofmt on:"; gofmt -l $$(git ls-files -co --exclude-standard '*.go'); exit 1; }
	@cd web && for t in test/*.test.ts; do node_modules/.bin/rolldown $$t --platform node --format esm --log-level warn -o ../build/web-$$(basename $$t .ts).mjs || exit 1; done && node --test --test-reporter=dot ../build/web-*.test.mjs
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(GO) vet ./...
	@# What takes longest is named first: packages begin in this order, and none is left to run alone at the end.
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(GO) test $(RACE) -vet=off -timeout 14m ./internal/vision/classify ./internal/vision/detect $$($(GO) list ./... | grep -v '^ownsight/test/' | grep -vxF "$$($(GO) list $(ARITHMETIC))")
	$(GO) test -race -vet=off -timeout 14m $(ARITHMETIC)
	@# Tests of programs run each time: the cache does not see that a program has changed. Trainings give way to all else, and
	@# some tests have many programs at work at once: where those are less urgent too, a training is not left without a core.
	@$(GO) build $(RACE) -o build/race/ownsight ./cmd/ownsight
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" OWNSIGHT_BINARY="$(CURDIR)/build/race/ownsight" nice -n 10 $(GO) test $(RACE) -vet=off -timeout 20m -count=1 ./test/faults ./test/sdk ./test/cluster ./test/docs ./test/browser ./test/deploy ./test/...
	tools/fuzz.sh 30 internal/awswire internal/dataset/manifest

clients: bin/ownsight build/.setup-test $(CLIENTS) ## one story through boto3, the AWS CLI and the SDKs for Go, JavaScript and Java, as a table
	@cd test/clients && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" OWNSIGHT_BINARY="$(CURDIR)/bin/ownsight" $(GO) test -count=1 -parallel 1

conformance: bin/ownsight build/.setup-test $(MOTO)/.ready ## cases made from the service model, against this server and moto's: docs/compatibility.md
	@rm -rf build/conformance && mkdir -p build/conformance
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" OWNSIGHT_BINARY="$(CURDIR)/bin/ownsight" OWNSIGHT_CONFORMANCE="$(CURDIR)/build/conformance/ownsight.json" $(GO) test -count=1 ./test/conformance
	@cd test && export PYTHONDONTWRITEBYTECODE=1 && \
	  ../$(VENV)/bin/python -m conformance.moto ../$(MOTO)/bin/moto_server ../build/conformance/moto.json >../build/conformance/moto.txt && \
	  ../$(VENV)/bin/python -m conformance.table ../docs/compatibility.md Ownsight=../build/conformance/ownsight.json "moto $(MOTO_VERSION)"=../build/conformance/moto.json

build: bin/ownsight ## bin/ownsight, one file

console: build/.console ## the web console, from web/ into internal/console/files, which the program embeds

assets: build/assets/lite0.onnx ## fetch the runtime and the backbone, convert the backbone

lint: ## golangci-lint with the rules of .golangci.yml
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...

lint-deploy: ## deploy/: chart, compose file, container file, alerts, dashboard, unit, against what reads them; test/deploy runs the commands of docs/operations.md
	cd test/deploy/lint && $(GO) run . ../../../deploy
	@mkdir -p build && sed 's#/usr/bin/ownsight#/bin/true#' deploy/systemd/ownsight.service >build/ownsight.service
	systemd-analyze verify build/ownsight.service
	systemd-analyze security --offline=true --threshold=20 build/ownsight.service | tail -1

generate: build/vendor/.fetched ## write generated code again: shapes of the services, SQL
	$(GO) generate ./...
	$(GO) run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.30.0 generate

verify: generate ## fail when generated code is not what the sources give
	git diff --exit-code -- '*_gen.go' internal/store/internal

bench: bin/ownsight build/.setup-test ## the figures of bench/RESULTS.md, beside the bare runtime
	bench/run.sh

bench-dataset: bin/ownsight ## datasets of 250,000 entries: creation, filtered pages, memory; for bench/RESULTS.md
	$(GO) run ./bench/dataset bin/ownsight build/bench-dataset

bench-images: bin/ownsight build/.setup-test ## copies of a disk of GIB=10 GiB between two S3 servers, beside an upload by the AWS CLI; for bench/RESULTS.md
	$(GO) run ./bench/images bin/ownsight $(VENV)/bin/aws build/bench-images $(or $(GIB),10)

soak-images: build/.setup-test ## copies of images under ROUNDS=100 kills and as many faults of the network
	OWNSIGHT_ROUNDS=$(or $(ROUNDS),100) $(GO) test -count=1 -timeout 60m -v -run 'TestKilledImageCopies|TestImageCopiesOnABadNetwork' ./test/faults

soak-cluster: build/.setup-test assets ## three nodes, PostgreSQL and two S3 servers under faults for MINUTES=30; as root
	OWNSIGHT_CLUSTER_MINUTES=$(or $(MINUTES),30) $(GO) test -race -count=1 -timeout $$(($(or $(MINUTES),30) + 20))m -v -run TestCluster ./test/cluster

bench-training: bin/ownsight build/.setup-test build/torch/.ready build/assets/lite0.onnx ## training beside PyTorch, which is installed for it (6 GB); PACKS="cls-signs ~/pictures:boxes" for some
	$(GO) run ./bench/tail contest build/torch/bin/python build/assets/lite0.onnx
	$(GO) run ./bench/training table $(PACKS)
	$(GO) run ./bench/training gap $(PACKS)

bench-serving: bin/ownsight build/serving-venv/.ready build/assets/lite0.onnx ## requests a second beside FastAPI, LitServe and BentoML; overload, neighbours, starts; PARTS="rivals many" for some, FLAGS=--help
	$(GO) build -o build/bench-serving/bin/ ./bench/serving ./bench/engine
	taskset -c 0,1 build/bench-serving/bin/serving $(FLAGS) $(PARTS)

build/serving-venv/.ready: bench/serving/rivals/requirements.txt
	python3 -m venv build/serving-venv
	build/serving-venv/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

build/torch/.ready: bench/training/requirements.txt bench/tail/requirements.txt
	python3 -m venv build/torch
	build/torch/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

fuzz: assets ## a minute for each parser of hostile input
	tools/fuzz.sh 60

clean: ## remove what was built; downloads stay
	rm -rf bin build/assets $(FILES)

# ---- the steps

# Where there is no Node.js the program is built without the console, and says so; tests install it first.
ifneq ($(filter test,$(MAKECMDGOALS)),)
build/.console: | build/.setup-clients
endif
build/.console: $(WEB) tools/console.sh
	@tools/console.sh
	@mkdir -p build && touch $@

bin/ownsight: $(SOURCES) build/.compiled build/.console $(FILES)/libonnxruntime.so $(FILES)/lite0.onnx
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

$(MOTO)/.ready: build/.setup-test
	@python3 -m venv $(MOTO)
	@$(MOTO)/bin/pip install --quiet --disable-pip-version-check 'moto[server]==$(MOTO_VERSION)'
	@touch $@

build/.setup-clients: tools/setup.sh build/.setup-test
	@tools/setup.sh clients
	@mkdir -p build && touch $@

test/clients/js/node_modules/.package-lock.json test/browser/node_modules/.package-lock.json examples/onnx/browser/node_modules/.package-lock.json: %/node_modules/.package-lock.json: %/package-lock.json build/.setup-clients
	@cd $* && npm ci --silent
	@touch $@

build/clients/java/.fetched: test/clients/java/pom.xml build/.setup-clients
	@rm -rf $(@D)
	@MAVEN_OPTS="$(MAVEN_OPTS) -Djansi.noreset=true" mvn --batch-mode --quiet -f $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(@D)
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
