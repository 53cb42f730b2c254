# `make` and `make help` list what there is. Go is all that is needed; tools are Go modules, pinned here.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell sed -n 's/^ *newTag: //p' config/manager/kustomization.yaml)
COMMIT ?= $(shell git rev-parse --short HEAD 2>/dev/null || echo dev)
IMAGE ?= ghcr.io/afrotomation/afroapp:$(VERSION)
KUBECTL ?= kubectl
CONTAINER_TOOL ?= docker

# Symbols are left out, and so are paths of this machine.
LDFLAGS := -s -w -X github.com/afrotomation/afroapp/internal/version.Version=$(VERSION) \
	-X github.com/afrotomation/afroapp/internal/version.Commit=$(COMMIT)

# Kept between runs, outside the checkout: the control plane of the tests (6 minutes to build on two cores), the
# linter (as long again).
AFROAPP_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/afroapp
export AFROAPP_CACHE

CONTROLLER_GEN := go run sigs.k8s.io/controller-tools/cmd/controller-gen@v0.23.0
GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := $(AFROAPP_CACHE)/golangci-lint/$(GOLANGCI_LINT_VERSION)/golangci-lint

# Modules of their own, because what they need would weigh on everybody who imports ours: Helm, Argo CD, Prometheus.
NESTED := test/chart test/conformance test/alerts

##@ General

.PHONY: help
help: ## Show this help.
	@awk 'BEGIN {FS = ":.*## "; printf "Usage: make \033[36m<target>\033[0m\n"} \
		/^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} \
		/^[a-zA-Z0-9_-]+:.*## / {printf "  \033[36m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Build

.PHONY: build
build: BIN ?= bin
build: ## Build bin/manager and bin/afroctl: static, and the same bytes for the same source.
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/manager ./cmd/afroctl

.PHONY: image
image: ## Build the container image IMAGE with CONTAINER_TOOL (docker).
	$(CONTAINER_TOOL) build --build-arg VERSION=$(VERSION) --build-arg COMMIT=$(COMMIT) --tag $(IMAGE) .

##@ Generate

.PHONY: generate
generate: ## Write deepcopy code, CRDs and the manager's role from the markers in the source.
	$(CONTROLLER_GEN) object paths=./api/... paths=./internal/foreign/...
	$(CONTROLLER_GEN) crd paths=./api/... output:crd:dir=config/crd/bases
	$(CONTROLLER_GEN) rbac:roleName=afroapp-manager-role paths=./controllers/... output:rbac:dir=config/rbac

.PHONY: bundle
bundle: ## Write the OLM bundle from config/.
	go run ./internal/tools/bundle

.PHONY: tidy
tidy: ## Write go.mod and go.sum from what the source imports; nested modules too.
	for module in . $(NESTED); do (cd $$module; go mod tidy); done

.PHONY: goldens
goldens: ## Write every golden file anew; then read the diff.
	@for module in . $(NESTED); do (cd $$module; \
		packages=$$(go list -f '{{$$dir := .Dir}}{{range .TestGoFiles}}{{$$dir}}/{{.}}{{"\n"}}{{end}}' ./... \
			| xargs -r grep -l 'flag.Bool("update"' | xargs -r -n1 dirname | sort -u); \
		[ -z "$$packages" ] || go test $$packages -update); done

##@ Test

.PHONY: test
test: ## Run every test that runs on every change, against a real API server; nested modules too.
	assets="$${KUBEBUILDER_ASSETS:-$$(go run ./test/controlplane/cmd/controlplane --build)}"; \
	export KUBEBUILDER_ASSETS="$$assets"; \
	go test -timeout 40m ./...; \
	for module in $(NESTED); do (cd $$module; go test -timeout 20m ./...); done

.PHONY: test-long
test-long: ## Run the tests again with the race detector, in another order, with all that AFROAPP_LONG=1 adds (needs a C compiler).
	assets="$${KUBEBUILDER_ASSETS:-$$(go run ./test/controlplane/cmd/controlplane --build)}"; \
	export KUBEBUILDER_ASSETS="$$assets" AFROAPP_LONG=1; \
	go test -race -shuffle on -timeout 120m ./...

.PHONY: detection
detection: ## Inject silent failures into a fleet, and write how many were found to docs/detection.md.
	assets="$${KUBEBUILDER_ASSETS:-$$(go run ./test/controlplane/cmd/controlplane --build)}"; \
	KUBEBUILDER_ASSETS="$$assets" go run ./test/detection/cmd/detection docs/detection.md

FUZZTIME ?= 30s

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (30s).
	@for module in . $(NESTED); do (cd $$module; \
		go list -f '{{$$path := .ImportPath}}{{$$dir := .Dir}}{{range .TestGoFiles}}{{$$path}} {{$$dir}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$$path}} {{$$dir}}/{{.}}{{"\n"}}{{end}}' ./... \
		| while read -r package file; do \
			for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$file); do \
				echo "$$package $$target"; \
				go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package < /dev/null; \
			done; \
		done); done

BENCH ?= .

.PHONY: bench
bench: ## Run the benchmarks that match BENCH (all); counts of requests are exact, times are of this machine.
	assets="$${KUBEBUILDER_ASSETS:-$$(go run ./test/controlplane/cmd/controlplane --build)}"; \
	KUBEBUILDER_ASSETS="$$assets" go test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 120m ./...

$(GOLANGCI_LINT):
	GOBIN=$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Run the linters, which also hold the architecture; the first run builds them.
	$(GOLANGCI_LINT) run --allow-parallel-runners ./...
	for module in $(NESTED); do (cd $$module; $(GOLANGCI_LINT) run --allow-parallel-runners --config $(CURDIR)/.golangci.yml ./...); done

.PHONY: verify
verify: ## Prove that generated files are current; fails with the diff.
	@copy=$$(mktemp -d); trap 'rm -rf "$$copy"' EXIT; \
	mkdir "$$copy/is"; tar --exclude=./.git --exclude=./bin -cf - . | tar -xf - -C "$$copy/is"; \
	cp -R "$$copy/is" "$$copy/should-be"; \
	$(MAKE) --no-print-directory -C "$$copy/should-be" generate bundle tidy; \
	(cd "$$copy"; diff -ruN is should-be) || { echo "Not current: run make generate bundle tidy" >&2; exit 1; }

# Root, Linux, Debian packages that `e2e check` names. STORY picks some; docs/e2e.md has the rest.
STORY ?=

.PHONY: e2e
e2e: ## Run the stories against the real peers, on a Kubernetes node of its own; the first time builds for half an hour.
	go run ./test/e2e/cmd/e2e run $(STORY)

##@ Demo

# ACTORS=1 plays Argo CD, image-updater, cert-manager, CloudNativePG and a kubelet, so that the app becomes Ready; then an image
# is pushed that does not arrive, its hop is named, and the fix is proven to run.
# KEEP=1 leaves the cluster running, and says how to reach it.
.PHONY: demo
demo: ## Show it: a cluster in this terminal, the operator, one app. ACTORS=1 plays the peers, KEEP=1 stays.
	@echo "Compiling the demo; the first time takes minutes."
	go run ./test/demo $(if $(filter 1,$(ACTORS)),--actors) $(if $(filter 1,$(KEEP)),--keep)

##@ Deploy

.PHONY: install
install: ## Install the CRDs into the cluster of the current context.
	$(KUBECTL) apply --server-side -k config/crd

.PHONY: uninstall
uninstall: ## Remove the CRDs, and with them every AfroApp; databases stay.
	$(KUBECTL) delete --ignore-not-found -k config/crd

.PHONY: deploy
deploy: ## Install all of config/default.
	$(KUBECTL) apply --server-side -k config/default

.PHONY: undeploy
undeploy: ## Remove the operator, and keep the CRDs, the AfroApps and the key of their passwords.
	$(KUBECTL) kustomize config/default | awk 'BEGIN {RS = "---\n"; ORS = "---\n"} !/\nkind: (CustomResourceDefinition|Namespace)\n/' \
		| $(KUBECTL) delete --ignore-not-found -f -
