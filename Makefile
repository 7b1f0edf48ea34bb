# The manual: `make` lists what there is. The scripts do the work, each one thing, and can be run alone.
.DEFAULT_GOAL := help
.PHONY: help run demo test test-unit test-api bench drill fuzz fmt lint spa openapi e2e release clean

help:
	@echo "Zgoda. make …"
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do printf '  %-11s %s\n' $$name "$$what"; done

run: ## build and serve on http://127.0.0.1:8080 (data in ./data, the first owner's link is printed)
	@exec scripts/run

demo: ## the same with invented data and staff (in ./data-demo; their passwords are printed once)
	@exec scripts/demo

test: ## everything a change must pass: format, lint, Rust, OpenAPI, components, browser
	@scripts/test

test-unit: ## only the tests that need neither database nor server
	@scripts/rust-tests -p zgoda-domain -p zgoda-api-types -p zgoda-vault

test-api: ## only the tests of the HTTP interface, with a PostgreSQL of their own
	@scripts/with-postgres scripts/rust-tests -p zgoda-api -p zgoda-client -p zgoda-server

bench: ## measurements
	@scripts/bench

drill: ## the long rehearsals: restore from a backup, power loss …
	@scripts/drill

fuzz: ## random texts for the reader of queries, for FUZZ_SECONDS (60)
	@scripts/fuzz $${FUZZ_SECONDS:-60}

fmt: ## format the code
	@scripts/fmt

lint: ## clippy, warnings are errors
	@scripts/lint

spa: ## build only the pages for the browser, and print their sizes
	@scripts/spa && cargo run --quiet -p xtask -- sizes

openapi: ## write openapi/zgoda.json from the code
	@scripts/build && scripts/openapi

e2e: ## browser stories against the built program
	@scripts/build && scripts/e2e

release: ## one optimised file: target/release/zgoda
	@scripts/release

clean: ## remove what was built; data folders stay
	@rm -rf target e2e/node_modules
