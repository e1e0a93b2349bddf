# What a contributor types. Only Go, gcc and make are needed.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

MODULES := . cmd/sealkeeper-sds tools tools/helm tools/sbom tools/vaultserver tools/zlintbench
# What test and fuzz work on: make test PKG=./certs/...
PKG ?= ./...
# The packages whose tests take longest, the longest first. Go begins with what is named first, and in the order of the
# alphabet web/ui would be left to run alone for ten minutes.
LONGEST := ./web/ui ./cmd/sealkeeper ./internal/store ./web/api ./vault ./vault/hcvault ./registration ./client/source
FUZZTIME ?= 60s
# The Vault of the tests: VAULT_ADDR with VAULT_TOKEN, else vault or bao on the PATH, else one built here.
VAULT := $(or $(and $(VAULT_TOKEN),$(VAULT_ADDR)),$(shell command -v vault || command -v bao || true),bin/vault-server)

.PHONY: help run demo build sds release release-check test check lint vuln bench bench-large drill fuzz screenshots axe vault-server compose-secrets compose-test \
	pin-images clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build and start everything on this machine, console and simulated bank included
	bin/sealkeeper-lab dev --data .data --listen 127.0.0.1:8420

demo: build ## do the whole main job without a browser, step by step
	bin/sealkeeper-lab demo

build: ## build bin/sealkeeper and bin/sealkeeper-lab
	go build -trimpath -ldflags="-s -w" -o bin/ ./cmd/...

sds: ## build bin/sealkeeper-sds, which brings gRPC along and takes minutes the first time
	go -C cmd/sealkeeper-sds build -trimpath -ldflags="-s -w" -o ../../bin/ .

release: bin/cyclonedx-gomod ## build the release of this commit into dist/: archive, SBOM, checksums
	CYCLONEDX=bin/cyclonedx-gomod deploy/release dist

release-check: ## build the release in two places, and see that they are the same, byte for byte
	deploy/release-check

test: bin/gotestsum $(filter bin/vault-server,$(VAULT)) ## run all tests, those against a real Vault included; lists what was skipped and why
	SEALKEEPER_REQUIRE="vault$${SEALKEEPER_REQUIRE:+,$$SEALKEEPER_REQUIRE}" bin/gotestsum --format pkgname --format-hide-empty-pkg -- -vet=off -race -shuffle=on -timeout 30m $(if $(filter ./...,$(PKG)),$(LONGEST)) $(PKG)
ifeq ($(PKG),./...)
	cd cmd/sealkeeper-sds && ../../bin/gotestsum --format pkgname -- -vet=off -race -shuffle=on -timeout 30m ./...
endif

check: lint vuln ## format, vet, linters, import rules, Helm chart, tidiness, known vulnerabilities
	go test -count=1 ./internal/layout
	go -C tools test ./notices ./pinimages
	go -C tools/helm test -count=1 ./...
	for m in $(MODULES); do go -C $$m mod tidy -diff; done
	go mod verify

lint: bin/golangci-lint
	@unformatted=$$(gofmt -l .); if [[ -n $$unformatted ]]; then echo "run gofmt -w on:" $$unformatted; exit 1; fi
	go vet ./...
	bin/golangci-lint config verify
	bin/golangci-lint run ./...
	go -C cmd/sealkeeper-sds vet ./...
	cd cmd/sealkeeper-sds && ../../bin/golangci-lint run ./...

vuln: bin/govulncheck bin/vulncheck
	bin/vulncheck ./...
	cd cmd/sealkeeper-sds && ../../bin/vulncheck -part -govulncheck ../../bin/govulncheck ./...

bench: $(filter bin/vault-server,$(VAULT)) ## measure, against targets; writes bench.json
	go run ./lab/bench

drill: ## change a certificate at 60 registrations under 100,000 requests, and live 400 days with 10,000 certificates
	SEALKEEPER_DRILL=whole go test -count=1 -vet=off -v -timeout 6h -run '^(TestDrill|TestFourHundredDays.*)$$' ./internal/campaign ./internal/cases

bench-large: ## measure lists and pages with 100,000 and 1,000,000 certificates; takes long, and 8 GB of disk
	for n in 100000 1000000; do go run ./lab/bench -large $$n || exit 1; done

fuzz: ## run every fuzz test for FUZZTIME (60s)
	go test -list '^Fuzz' $(PKG) | awk '/^Fuzz/ { f[n++] = $$1 } /^ok/ { for (i = 0; i < n; i++) print $$2, f[i]; n = 0 }' | \
		while read -r pkg name; do go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$pkg" </dev/null; done

screenshots: ## take the pictures of the README anew (needs Chromium)
	SEALKEEPER_REQUIRE=chromium SEALKEEPER_SCREENSHOTS=$(CURDIR)/docs/screenshots go test -count=1 -run 'InABrowser$$' ./web/ui

axe: bin/axe.min.js ## look at every page with axe-core, in both languages, themes and sizes (needs Chromium; 15 minutes)
	SEALKEEPER_REQUIRE=chromium,axe SEALKEEPER_AXE=all go test -count=1 -vet=off -timeout 1h -run '^TestAxeOnEveryPage$$' ./web/ui

# A pinned version with its checksum. It is used by a test and shipped with nothing.
bin/axe.min.js:
	dir=$$(mktemp -d) && cd $$dir && \
		curl -fsS --proto =https --max-time 120 --max-filesize 2000000 --retry 3 -O \
			https://registry.npmjs.org/axe-core/-/axe-core-4.14.1.tgz && \
		echo "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745  axe-core-4.14.1.tgz" | sha256sum --check --quiet && \
		tar -xzf axe-core-4.14.1.tgz package/axe.min.js && mkdir -p $(CURDIR)/bin && \
		mv package/axe.min.js $(CURDIR)/$@ && rm -rf $$dir

vault-server: bin/vault-server ## build a real Vault server for the tests (minutes, the first time)

bin/vault-server: tools/vaultserver/go.mod tools/vaultserver/go.sum tools/vaultserver/main.go
	go -C tools/vaultserver build -tags minimal -trimpath -ldflags='-s -w' -o ../../bin/vault-server .

bin/golangci-lint: tools/go.mod tools/go.sum
	go -C tools build -o ../bin/ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

bin/cyclonedx-gomod: tools/sbom/go.mod tools/sbom/go.sum
	go -C tools/sbom build -o ../../bin/ github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod

bin/gotestsum: tools/go.mod tools/go.sum
	go -C tools build -o ../bin/ gotest.tools/gotestsum

bin/govulncheck: tools/go.mod tools/go.sum
	go -C tools build -o ../bin/ golang.org/x/vuln/cmd/govulncheck

bin/vulncheck: tools/go.mod tools/vulncheck/main.go tools/vulncheck/exceptions.txt
	go -C tools build -o ../bin/ ./vulncheck

compose-secrets: ## make up the passwords that docker-compose.yml mounts
	deploy/compose-secrets

compose-test: build bin/vault-server ## start docker-compose.yml with podman, and do the main job by two people in it (needs root)
	lab/compose/images
	sed 's/@sha256:[0-9a-f]*//' Dockerfile | \
		podman build --format docker --network host --build-arg GOTOOLCHAIN=local --tag sealkeeper \
			--volume "$$(go env GOCACHE):/root/.cache/go-build" --volume "$$(go env GOMODCACHE):/go/pkg/mod" --file - .
	go run ./lab/compose

pin-images: ## write the digests behind the tags of images into Dockerfile and docker-compose.yml (needs Docker and a network)
	go run tools/pinimages/main.go Dockerfile docker-compose.yml

clean: ## remove what was built; .data stays
	rm -rf bin dist bench.json
