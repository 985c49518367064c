# Every command works on a fresh Debian, Ubuntu or macOS machine with Python >= 3.11 and make.
PYTHON    ?= python3
WORKSPACE ?= workspace
VENV      := .venv
RUN       := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
WORKERS   ?= 2
PYTEST    := $(RUN) -m pytest --dist loadfile --no-loadscope-reorder -n
UNIT_TIER := tests/unit tests/architecture
HOME_DIR  := $(abspath $(WORKSPACE))
SPARK     := .spark
# A container that sets it has every night and every test compile the whole program anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install demo refresh cut serve erase verify-erasure withdraw rollback backup restore rebuild rotate-key doctor profile try sql test test-unit test-integration test-browser test-slow test-spark check format where browser clean

help: ## show the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

install: $(INSTALLED) ## create .venv from the lock

$(INSTALLED): requirements.lock package-lock.json
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@if command -v npm >/dev/null 2>&1; then \
	  npm ci --silent --ignore-scripts --no-audit --no-fund || echo "npm could not fetch the page's script and font: the pages use the larger script inside the plotly package, and system fonts"; \
	else echo "no npm here: the pages use the larger script inside the plotly package, and system fonts"; fi
	$(RUN) -m dashboards.vendor
	$(RUN) -m compileall -q assets dashboards pipelines
	@touch $(INSTALLED)

demo: install ## fill an empty workspace with the sample contact centre, run the nightly job once
	@if [ -z "$$(ls -A '$(HOME_DIR)/landing' 2>/dev/null)" ]; then \
	  $(RUN) -m pipelines.simulation --landing '$(HOME_DIR)/landing'; fi
	@$(RUN) -m assets.refresh --workspace '$(HOME_DIR)'

refresh: install ## run the nightly job once: WORKSPACE=dir
	@$(RUN) -m assets.refresh --workspace '$(HOME_DIR)'

serve: install ## Dagster's UI with schedule and sensor on, loopback only: WORKSPACE=dir PORT=3000
	@$(RUN) -m assets.commands.serve --workspace '$(HOME_DIR)' --port $(or $(PORT),3000)

erase: install ## remove people from everything but landing/, and publish: EMPLOYEE="E123 E124" WORKSPACE=dir
	@$(if $(EMPLOYEE),,$(error say whom: make erase EMPLOYEE=E123))$(RUN) -m assets.commands.erase --workspace '$(HOME_DIR)' --employee $(EMPLOYEE)

verify-erasure: install ## check the receipt of an erasure: RECEIPT=path EMPLOYEE=E123 WORKSPACE=dir
	@$(if $(RECEIPT),,$(error say which: make verify-erasure RECEIPT=path))$(RUN) -m assets.commands.erase --workspace '$(HOME_DIR)' --verify "$$RECEIPT" $(if $(EMPLOYEE),--employee $(EMPLOYEE))

cut: install ## make the comparisons anew now, whatever the calendar says: WORKSPACE=dir
	@$(RUN) -m assets.commands.cut --workspace '$(HOME_DIR)'

withdraw: install ## take a delivery back, so that its rows count no longer, and publish: FILE=source/file or feed/file WORKSPACE=dir
	@$(if $(FILE),,$(error say which: make withdraw FILE=attrition/exits.csv))$(RUN) -m assets.commands.withdraw --workspace '$(HOME_DIR)' --file "$$FILE"

rollback: install ## let the publication before stand again, or TO=number: WORKSPACE=dir
	@$(RUN) -m assets.commands.rollback --workspace '$(HOME_DIR)' $(if $(TO),--to "$$TO")

backup: install ## write what can't be made again into one file: TO=dir WORKSPACE=dir
	@$(if $(TO),,$(error say where: make backup TO=dir))$(RUN) -m assets.commands.backup --workspace '$(HOME_DIR)' --to "$$TO"

restore: install ## bring a backup back, make everything from it, and publish: FROM=file WORKSPACE=dir
	@$(if $(FROM),,$(error say which: make restore FROM=file))$(RUN) -m assets.commands.restore --workspace '$(HOME_DIR)' --from "$$FROM"

rebuild: install ## make everything anew from what was ever delivered, and publish: WORKSPACE=dir
	@$(RUN) -m assets.commands.rebuild --workspace '$(HOME_DIR)'

rotate-key: install ## give everybody another pseudonym, and publish: WORKSPACE=dir
	@$(RUN) -m assets.commands.rotate_key --workspace '$(HOME_DIR)'

doctor: ## what is wrong with this installation and its workspace, changing nothing; TELL=1 sends a trial alert: WORKSPACE=dir
	@$(if $(wildcard $(RUN)),,$(error no installation yet: make install))$(RUN) -m assets.commands.doctor --workspace '$(HOME_DIR)' --port $(or $(PORT),3000) $(if $(TELL),--tell)

profile: install ## propose a mapping for an export that was never seen: FILE=path SOURCE=roster
	@$(if $(FILE),,$(error say which file: make profile FILE=path))$(RUN) -m pipelines.ingest.profile.propose_mapping "$$FILE" $(if $(SOURCE),--source "$$SOURCE")

try: install ## what becomes of the newest file of a feed or source, changing nothing: FEED=name WORKSPACE=dir
	@$(if $(FEED),,$(error say which feed: make try FEED=name))$(RUN) -m pipelines.ingest.profile.try_feed "$$FEED" --workspace '$(HOME_DIR)'

sql: install ## a read-only SQL shell on the published file: WORKSPACE=dir
	@$(VENV)/bin/duckdb -readonly '$(HOME_DIR)/published/analytics.duckdb'

where: install ## where a number comes from (definition, SQL, code, page): metric=voluntary_exit page=retention.html all=1 WORKSPACE=dir
	@$(if $(metric),,$(error say which name: make where metric=voluntary_exit))$(RUN) -m assets.commands.where "$$metric" --workspace '$(HOME_DIR)' $(if $(page),--page '$(page)') $(if $(all),--all)

test: install browser ## the test suite
	$(PYTEST) $(WORKERS)

test-unit: install ## the fast tier: one part at a time, and the rules of the house
	$(PYTEST) 2 $(UNIT_TIER)

test-integration: install browser ## real refreshes, SQL against recounts, privacy and disclosure
	$(PYTEST) $(WORKERS) tests $(addprefix --ignore=,$(UNIT_TIER) tests/browser)

test-slow: install browser ## longer proofs of what the suite holds already; CI runs them after it
	$(PYTEST) $(WORKERS) -m slow tests --ignore=tests/engine

test-browser: install browser ## the pages in a real Chromium
	$(PYTEST) $(WORKERS) tests/browser

test-spark: install $(SPARK)/.installed ## every table the same in DuckDB and in Spark; needs Java 17 or newer
	PYTHONPATH=$(SPARK) $(RUN) -m pytest -n 0 -m slow tests/engine

$(SPARK)/.installed: requirements-spark.lock | $(INSTALLED)
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade --target $(SPARK) -r requirements-spark.lock
	@touch $@

browser: install
	@$(RUN) -m tests.chromium

screenshots: demo ## pictures of every page of the sample into docs/screenshots
	@$(RUN) -m dashboards.screenshots --site '$(HOME_DIR)/published/site' --out docs/screenshots

check: install ## format, lint, types, import rules, generated files up to date
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(RUN) -m pipelines.contracts.generate --check
	$(RUN) -m pipelines.contracts.generate_docs --check
	$(RUN) -m pipelines.config.recipe_pages --check
	$(RUN) -m pipelines.quality.suites --check
	$(RUN) -m pipelines.lineage.column_lineage --check
	$(RUN) -m pipelines.core.tables_read --check
	$(RUN) -m assets.graph_reading --check

format: install ## put the code into its standard format, write the generated files anew
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .
	$(RUN) -m pipelines.contracts.generate
	$(RUN) -m pipelines.contracts.generate_docs
	$(RUN) -m pipelines.config.recipe_pages
	$(RUN) -m pipelines.quality.suites
	$(RUN) -m pipelines.lineage.column_lineage
	$(RUN) -m pipelines.core.tables_read
	$(RUN) -m assets.graph_reading

clean: ## remove what the commands created, but no workspace
	rm -rf $(VENV) $(SPARK) node_modules dashboards/static/vendor .pytest_cache .mypy_cache .ruff_cache .hypothesis
