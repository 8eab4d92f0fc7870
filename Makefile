# Everything set up lives in .venv; nothing else on the machine is touched.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RAW ?= data/raw/sample
PROCESSED ?= data/processed/sample
OUT ?= reports
DOCS := $(VENV)-docs
SITE ?= build/site
ARCHIVE ?= data/processed/archive

SAMPLE_FORCE ?= metropolitan
SAMPLE_FROM ?= 2018-04
SAMPLE_TO ?= 2019-03
REPORTS := $(shell ls notebooks | sed -n 's/^[0-9]*_\(.*\)\.ipynb$$/\1/p')

BAYES_NOTEBOOKS := notebooks/methods/threshold_test.ipynb

.DEFAULT_GOAL := help
.PHONY: help setup bayes sample report test test-on reproduce national validate constants validate-audit validate-bayes lab check licences dist docs docs-setup format lock notebooks bench clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(VENV)/ready ## set up .venv from the lock (other targets do it by themselves)

$(VENV)/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("Python 3.11 or later is needed, and this is %d.%d: install a later one and name it, as in make PYTHON=/path/to/python3.14 ..." % v[:2])'
	@echo "==> setting up $(VENV) from requirements.lock (a minute or two, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

bayes: $(VENV)/bayes ## add what the threshold test needs (NumPyro, some 600 MB) to .venv

$(VENV)/bayes: $(VENV)/ready requirements-bayes.lock
	@echo "==> adding NumPyro to $(VENV) from requirements-bayes.lock"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
	  -r requirements-bayes.lock || { echo "NumPyro could not be installed: JAX has no build for this Python or machine, or" \
	  "no registry can be reached; all but the threshold test works without it"; exit 1; }
	@touch $@

sample: $(RAW)/SYNTHETIC.json ## write the embedded synthetic extract into data/raw/sample

$(RAW)/SYNTHETIC.json: $(VENV)/ready $(wildcard src/sas_analysis/records/synthetic/*.py src/sas_analysis/records/synthetic/tables/*.csv)
	@echo "==> writing the synthetic sample into $(RAW)"
	@$(BIN)/sas-analysis sample --raw $(RAW)

report: sample ## set up, then make every report on the embedded sample
	@echo "==> making $(words $(REPORTS)) reports into $(OUT)"
	@for name in $(REPORTS); do \
	  force=$(SAMPLE_FORCE); [ $$name != national ] || force=all; \
	  $(BIN)/sas-analysis report $$name --force $$force --from $(SAMPLE_FROM) --to $(SAMPLE_TO) \
	    --raw $(RAW) --processed $(PROCESSED) --out $(OUT) || exit $$?; \
	done
	@echo "==> open $(OUT)/*/report.html"

test: sample ## set up, then run every test: pytest, and nbval over the notebooks
	@echo "==> pytest"
	@$(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder
	@$(MAKE) --no-print-directory reproduce

test-on: ## run every test on another Python, set up beside .venv: make test-on PYTHON=/path/to/python3.14
	$(if $(filter file,$(origin PYTHON)),$(error say which Python: make test-on PYTHON=/path/to/python3.14))
	@version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])') && \
	  $(MAKE) --no-print-directory VENV=.venv-$$version test

reproduce: sample ## set up, then run all notebooks on the sample against their committed tables (nbval)
	@echo "==> nbval: the notebooks' committed tables against a fresh run"
	@ignored=; $(BIN)/python -c 'import numpyro' 2>/dev/null || { ignored="$(BAYES_NOTEBOOKS:%=--ignore=%)"; \
	  echo "==> not run without NumPyro (make bayes): $(BAYES_NOTEBOOKS)"; }; \
	  $(BIN)/python -m pytest -n auto --dist loadscope --nbval-lax --nbval-kernel-name python3 notebooks $$ignored \
	  -p no:cacheprovider

notebooks: sample ## run the notebooks on the sample and renew their checked outputs
	@$(BIN)/python scripts/notebook_outputs.py

lab: sample ## open JupyterLab on the notebooks
	@$(BIN)/jupyter lab --notebook-dir=. --LabApp.default_url=/lab/tree/notebooks

check: $(VENV)/ready ## ruff: style and format; known vulnerabilities of what is pinned, where they can be asked for
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/python scripts/dependency_audit.py
	@$(BIN)/python scripts/dependency_audit.py requirements-docs.lock

licences: $(VENV)/ready ## list the licences of all that is pinned, in docs/licences.csv
	@$(BIN)/python scripts/licences.py

dist: $(VENV)/ready ## build a release: wheel, sdist, citation and checksums, in dist
	@$(BIN)/python scripts/dist.py

docs: $(DOCS)/ready ## build the site of documents, notebooks and reference, and check its links, in build/site
	@rm -rf $(SITE)
	@PYTHONPATH=src $(DOCS)/bin/python -m sphinx -b html -qEnW --keep-going -c docs/site -d $(SITE)/.doctrees . $(SITE)
	@rm -rf $(SITE)/.doctrees
	@$(BIN)/python scripts/site_links.py $(SITE)
	@echo "==> open $(SITE)/index.html"

docs-setup: $(DOCS)/ready ## set up what builds the site, beside .venv (make docs does it by itself)

# Sphinx and its theme lie beside $(VENV), which stays as it is locked, and see what is in it.
$(DOCS)/ready: requirements-docs.lock $(VENV)/ready
	@echo "==> setting up $(DOCS) from requirements-docs.lock"
	@$(BIN)/python -m venv --clear $(DOCS)
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
	  > "$$($(DOCS)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/beside.pth"
	@$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	@touch $@

format: $(VENV)/ready ## put the code into its format
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: sample ## all promised speeds beside their baselines, into docs/performance.md (40 minutes)
	@$(BIN)/sas-analysis clean --raw $(RAW) --processed $(PROCESSED)
	@$(BIN)/python benchmarks/national

national: $(VENV)/ready ## make docs/national-2020-21 again from the publisher's files: make national ARCHIVE_RAW=FOLDER
	@$(BIN)/python scripts/national_docs.py $(or $(ARCHIVE_RAW),$(error say where the publisher's files are: make national ARCHIVE_RAW=FOLDER))

validate: $(VENV)/ready ## coverage of every interval in simulated months, into docs (minutes)
	@$(BIN)/python benchmarks/validate/unknown.py
	@$(BIN)/python benchmarks/validate/simulate_limits.py
	@$(BIN)/python benchmarks/validate/robust_outcome.py
	@$(BIN)/python benchmarks/validate/outcome_differences.py
	@$(BIN)/python benchmarks/validate/veil.py
	@$(BIN)/python benchmarks/validate/change_points.py
	@if [ -d $(ARCHIVE) ]; then $(BIN)/python benchmarks/validate/replicate_limits.py --processed $(ARCHIVE); \
	  else echo "no records in $(ARCHIVE): limits are not replicated on real records (docs/intervals.md)"; fi
	@if $(BIN)/python -c 'import numpyro' 2>/dev/null; then $(MAKE) --no-print-directory validate-bayes; \
	  else echo "NumPyro is not installed (make bayes): the threshold test is not validated"; fi

constants: $(VENV)/ready ## fit the constants of the interval rule on ARCHIVE (cleaned records of ten forces or more)
	@$(BIN)/python scripts/fit_constants.py --processed $(ARCHIVE)

validate-audit: $(VENV)/ready ## faults found and false alarms of the audit, into docs/audit_power.csv (some ten minutes)
	@$(BIN)/python benchmarks/audit_power.py

validate-bayes: bayes ## the threshold test against printed answers and placebos, into docs (half an hour)
	@$(BIN)/python benchmarks/validate/threshold.py placebo
	@if [ -d "$(SAS_REAL_DATA)/published" ]; then \
	  $(BIN)/python benchmarks/validate/threshold.py carolina && $(BIN)/python benchmarks/validate/threshold.py states; \
	  else echo "SAS_REAL_DATA names no folder of published figures: the printed answers are not made again"; fi

lock: ## compile the three locks again (needs uv)
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate pyproject.toml --extra cluster --group dev -o requirements.lock
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --group bayes -c requirements.lock -o requirements-bayes.lock
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --fork-strategy fewest --group docs -c requirements.lock -o requirements-docs.lock

clean: ## remove what these targets made (never data/raw beyond the sample)
	@rm -rf .venv .venv-* $(RAW) $(PROCESSED) $(OUT) build dist .pytest_cache .ruff_cache
