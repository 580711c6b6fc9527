VERSION ?= $(shell git describe --tags --dirty 2>/dev/null || echo dev)
BINARY  ?= zinit
LDFLAGS := -s -w -funcalign=8 -X zinit/applets/version.Number=$(VERSION)
VCS     := $(shell git status >/dev/null 2>&1 && echo auto || echo false)
# Not inlined is what waits for the kernel or for a person anyway. With functions
# aligned to 8 bytes instead of 32 that is a twentieth of the binary.
COLD    := zinit/... fmt log/... net github.com/...
HOT     := zinit/graph
GCFLAGS := $(COLD:%=-gcflags=%=-l) $(HOT:%=-gcflags=%=)

.PHONY: build run test sim fuzz soak bench clean

build: ## the static binary, ./zinit or BINARY
	CGO_ENABLED=0 go build -trimpath -buildvcs=$(VCS) -ldflags '$(LDFLAGS)' $(GCFLAGS) -o $(BINARY) .

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
