VERSION ?= $(shell git describe --tags --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X zinit/applets/version.Number=$(VERSION)
VCS     := $(shell git status >/dev/null 2>&1 && echo auto || echo false)
TAGS    := urfave_cli_no_docs

.PHONY: build run test sim fuzz soak bench clean

build: ## the static binary, ./zinit
	CGO_ENABLED=0 go build -trimpath -buildvcs=$(VCS) -tags $(TAGS) -ldflags '$(LDFLAGS)' -o zinit .

run: build ## a server on the example services, in a temporary directory
	@scripts/run.sh

test: ## every lane: format, vet, linter, laws, tests, simulation, fuzz, real programs
	@scripts/test.sh

sim: ## the simulator with a fresh seed, or with SEED=n; RUNS=n
	@scripts/sim.sh

fuzz: ## every fuzz target for FUZZTIME, 20s unless set
	@scripts/fuzz.sh

soak: build ## SIGKILL to the server at random moments, for SECONDS (300)
	@scripts/kill9.sh $(SECONDS)

bench: build ## speed and size, beside the floor and the peers
	@scripts/bench.sh

clean:
	rm -rf zinit bin
