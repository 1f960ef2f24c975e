# The everyday tasks, one word each. Needs make, a POSIX shell and Node >= 20.19, nothing else;
# where make is missing, the npm scripts of the same names do the same.
.DEFAULT_GOAL := help
.PHONY: help start dev-install dev test test-slow test-label-studio test-kills test-fleet soak chaos test-api bench lint typecheck docs goldens docker-check test-package audit sbom release-notes node

# Lines of two hashes head the groups of `make help`.
URL = http://127.0.0.1:9090

# The name carries the lock file's checksum: whoever pulls other dependencies gets them installed, whatever the file times say.
INSTALLED := node_modules/.installed-$(shell cksum < package-lock.json | cut -d ' ' -f 1)
SOURCES := $(shell find src plugins workers models -name '*.ts' -o -name '*.json' -o -path 'plugins/playground/page/*' 2>/dev/null) tsconfig.json scripts/build.ts scripts/bundle-options.ts package.json
ENV_FILE := $(if $(wildcard .env),--env-file=.env)

help: ## List the tasks
	@awk -F ':.*## ' '/^## / { printf "\n%s\n", substr($$0, 4) } /^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

## Use

start: dist/.built ## Install and build what is missing, then serve on port 9090 (settings: .env or environment)
	@exec node $(ENV_FILE) --enable-source-maps dist/src/server.js

test-api: $(INSTALLED) ## Send a drawn figure to a running service and show the answer (URL=http://127.0.0.1:9090)
	@node_modules/.bin/tsx scripts/test-api.ts $(URL)

## Develop

dev-install: $(INSTALLED) ## Install the dependencies of package-lock.json

dev: $(INSTALLED) ## Serve from the sources and start again after every change
	@exec node_modules/.bin/tsx watch $(ENV_FILE) src/server.ts

lint: $(INSTALLED) ## Check style and the direction of imports
	@npm run --silent lint

typecheck: $(INSTALLED) ## Check the types of all sources, tests and scripts
	@npm run --silent typecheck

docs: $(INSTALLED) ## Write .env.example and the tables of configuration and errors anew
	@npm run --silent docs

## Test

test: $(INSTALLED) ## Install what is missing, then run the whole test suite
	@npm test --silent

test-slow: $(INSTALLED) ## Run the tests that take long: the documents' commands, jobs, the page, hostile input, the production files (what they need beside is skipped where it is missing)
	@npm run --silent test-slow

test-package: dist/.built ## Pack the package, install it into an empty folder and run its command
	@sh scripts/test-package.sh

test-label-studio: dist/.built ## Run the tests against the real Label Studio and Chromium; installs Label Studio once (TESTS=file LABEL_STUDIO_RELEASE=1.23.2)
	@sh scripts/test-label-studio.sh $(TESTS)

test-kills: dist/.built ## Kill replicas, Redis and Label Studio at random during a job of 500 tasks, 24 times (KILLS=24 KILL_TASKS=500 KILL_SEED=1)
	@KILLS=$(or $(KILLS),24) KILL_TASKS=$(or $(KILL_TASKS),500) $(if $(KILL_SEED),KILL_SEED=$(KILL_SEED)) sh scripts/test-label-studio.sh --timeout=1800 test/label-studio/real/kills.test.ts

test-fleet: dist/.built ## Run the tests of three replicas behind nginx with Redis: 2,000 requests, 5 kills, faults of all kinds (needs nginx and redis-server)
	@npm run --silent test-fleet

soak: dist/.built ## Send 24,000 requests of good and bad pictures to three replicas; memory and handles must stay (SOAK_REQUESTS=24000 SOAK_SEED=1)
	@$(if $(SOAK_REQUESTS),SOAK_REQUESTS=$(SOAK_REQUESTS)) $(if $(SOAK_SEED),SOAK_SEED=$(SOAK_SEED)) npm run --silent soak

chaos: dist/.built ## Kill replicas and workers 20 times and let all other faults happen, in random order under load (CHAOS_KILLS=20 CHAOS_SEED=1)
	@$(if $(CHAOS_KILLS),CHAOS_KILLS=$(CHAOS_KILLS)) $(if $(CHAOS_SEED),CHAOS_SEED=$(CHAOS_SEED)) npm run --silent chaos

docker-check: ## Check the compose files (needs docker-compose or docker compose, but no engine)
	@sh scripts/docker-check.sh

## Measure

bench: dist/.built ## Print the table of speed and memory: limit, pipeline, service and rtmlib in turns (SETS=nano,starter ROUNDS=3)
	@node_modules/.bin/tsx bench/table.ts $(if $(SETS),--sets $(SETS)) $(if $(ROUNDS),--rounds $(ROUNDS))

goldens: ## Make the golden results again from rtmlib, OpenCV and NumPy (pinned, in .cache/) and say what differs (WRITE=1 keeps them)
	@sh scripts/goldens.sh $(if $(WRITE),--write)

## Release

audit: $(INSTALLED) ## Ask the registry for known weaknesses of all packages
	@sh scripts/audit.sh

sbom: $(INSTALLED) ## Write what an installation consists of to sbom.cdx.json (CycloneDX)
	@npm run --silent sbom

release-notes: $(INSTALLED) ## Print what CHANGELOG.md says of this version, or check a tag against it (TAG=v1.2.3)
	@node_modules/.bin/tsx scripts/release-notes.ts $(TAG)

node:
	@command -v node > /dev/null || { echo 'Node is not installed. Install Node 20.19 or newer (https://nodejs.org) and run make again.' >&2; exit 1; }
	@node -e 'var v = process.versions.node.split(".").map(Number); if (v[0] < 20 || (v[0] === 20 && v[1] < 19)) { console.error("Node " + process.versions.node + " is too old. Install Node 20.19 or newer (https://nodejs.org) and run make again."); process.exit(1) }'

$(INSTALLED): | node
	@rm -f node_modules/.installed-*
	npm ci
	@touch $@

dist/.built: $(INSTALLED) $(SOURCES)
	@rm -rf dist
	@npm run --silent build
	@touch $@
