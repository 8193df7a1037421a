# The commands of this project. `make demo` and `make test` do all set-up themselves.

ACTIVATE := . .venv/bin/activate &&
SOLIDITY := 'contracts/**/*.sol' 'interfaces/**/*.sol'

.PHONY: help setup setup-dev demo web check lint test fuzz faults audit audit-install bench screenshots lock sbom format
.PHONY: clean

help:
	@echo 'make setup       install everything inside this folder; then: . .venv/bin/activate'
	@echo 'make demo        the whole story on a real X-ray'
	@echo 'make web         the website, beside a chain and an IPFS node of your own'
	@echo 'make test        every check and every test'
	@echo 'make fuzz        feeds what reads bytes of strangers for FUZZ_SECONDS each (600)'
	@echo 'make audit       what takes hours: mutants, coverage, deep runs, large files; results in docs/audit.md'
	@echo 'make faults      every fault at all its points, or those of TESTS=FILE; writes the table in docs/reliability.md'
	@echo 'make check       formatters, linters and types alone'
	@echo 'make bench       speed and memory beside the peers; results in docs/speed.md'
	@echo 'make screenshots each state of each page, into .build/screenshots'
	@echo 'make format      lay out Python, Solidity and TypeScript anew'
	@echo 'make setup-dev   install what tests, linters and benchmarks need besides'
	@echo 'make lock        pin Python packages anew'
	@echo 'make sbom        list every package that is installed to run (CycloneDX), into .build/sbom'
	@echo 'make audit-install  plain pip in an empty environment, and the steps of the Dockerfile (as root)'
	@echo 'make clean       remove all that set-up and runs made'

setup:
	@python3 tools/setup.py

setup-dev:
	@python3 tools/setup.py dev

demo:
	@python3 tools/setup.py demo
	@$(ACTIVATE) ape run demo

web: setup
	@$(ACTIVATE) ape run web

check: setup-dev lint

lint:
	$(ACTIVATE) ruff check .
	$(ACTIVATE) ruff format --check --quiet .
	$(ACTIVATE) mypy
	npx --no-install prettier --check --log-level warn $(SOLIDITY)
	npx --no-install solhint --max-warnings 0 $(SOLIDITY)
	$(ACTIVATE) python tools/abi.py --check
	$(ACTIVATE) python tools/deidentify_table.py --check
	cd web && npm run --silent check

test: setup-dev
	@tools/test-tools.sh
	@$(ACTIVATE) python tools/test.py

# Inputs that were found are kept in .build/fuzz, and gone on from.
fuzz: setup-dev
	$(ACTIVATE) python -m tests.fuzz.run

# The longest last; what was interrupted there goes on where it stopped.
audit: setup-dev
	@tools/test-tools.sh
	$(ACTIVATE) python -m tests.advisories --write
	$(ACTIVATE) python -m tests.contract.gas
	$(ACTIVATE) python bench/scale.py --write
	$(ACTIVATE) python -m tests.contract.slither --write
	$(ACTIVATE) python -m tests.large --write
	$(ACTIVATE) python -m tests.junk --write
	$(ACTIVATE) python -m tests.contract.coverage --write
	$(ACTIVATE) python -m tests.mutants --write
	$(ACTIVATE) python -m tests.contract.deep --write
	$(ACTIVATE) python -m tests.contract.mutants --write
	$(ACTIVATE) python -m tests.contract.generated_mutants --write

# What is slow of tests/install: it downloads all that plain pip chooses, and every stage of the image anew.
audit-install: setup-dev
	$(ACTIVATE) RADIOGRAM_PLAIN_PIP=1 ape test tests/install -rs
	python3 tests/install/container_steps.py

faults: setup-dev
	@tools/test-tools.sh
	$(ACTIVATE) RADIOGRAM_FAULTS=all PYTHONPATH=. ape test $(or $(TESTS),tests) -m fault -p tests.faults -o python_files='test_*.py nodes_that_stop.py'

bench: setup-dev
	@tools/test-tools.sh
	@$(ACTIVATE) python -m bench --write
	@$(ACTIVATE) python -m bench.website --write

screenshots: setup-dev
	@tools/test-tools.sh
	$(ACTIVATE) RADIOGRAM_SCREENSHOTS=1 ape test tests/web
	cd docs/website && for picture in *.png; do cp "../../.build/screenshots/$$picture" .; done

format: setup-dev
	$(ACTIVATE) ruff check --fix --quiet . ; ruff format --quiet .
	npx --no-install prettier --write --log-level warn $(SOLIDITY)
	cd web && npx --no-install prettier --write --log-level warn .

lock: setup
	tools/lock.sh --upgrade

sbom: setup
	@tools/sbom.sh

clean:
	rm -rf .venv .tools node_modules .radiogram .build build dist *.egg-info demo web/node_modules web/dist
