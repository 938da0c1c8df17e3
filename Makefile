# `make demo` and `make test` do all their own set-up.
PYTHON ?=
VENV ?= .venv
RUN := $(VENV)/bin
PYTEST := $(RUN)/python -m pytest --numprocesses=logical --maxprocesses=8 --dist=loadfile --no-loadscope-reorder

.PHONY: demo test check soak page-bars page-pictures static every-test quick-tests install lock audit clean

demo: install
	$(RUN)/motion-transfer demo

test: install
	$(MAKE) --jobs=2 static every-test

check: install
	$(MAKE) --jobs=2 static quick-tests

# The tests that are too long for every change, and two hundred kills of a run at random moments.
soak: install
	SOAK_ROUNDS=67 $(PYTEST) -m soak

# How fast the page and its jobs are, with real jobs: needs a quiet machine for a quarter of an hour.
page-bars: install
	$(RUN)/python tests/support/page_bars.py outputs/page_bars

# The pictures of the page in docs/, taken anew.
page-pictures: install
	$(RUN)/python tests/support/page_pictures.py outputs/page_pictures

# Most of what Pyright holds lives long: a large young generation saves Node a sixth of the work.
static: install
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/lint-imports
	NODE_OPTIONS=--max-semi-space-size=128 $(RUN)/pyright

every-test: install
	$(PYTEST)

quick-tests: install
	$(PYTEST) -m "not slow and not subprocess"

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt scripts/install.sh
	PYTHON='$(PYTHON)' sh scripts/install.sh $(VENV)
	touch $@

# The newest versions that pyproject.toml allows, for every platform: plain, and with a hash of each file.
COMPILE = UV_CUSTOM_COMPILE_COMMAND='make lock' $(VENV)/tools/bin/uv pip compile --quiet --upgrade --universal \
	--python-version 3.11 --no-annotate --extra dev pyproject.toml

lock: $(VENV)/tools/installed
	$(COMPILE) --output-file constraints.txt
	$(COMPILE) --constraints constraints.txt --generate-hashes --output-file requirements.lock

# Asks for known holes of the locked versions and of the lowest that pyproject.toml allows; needs the advisories online.
audit: $(VENV)/tools/installed
	$(VENV)/tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--resolution lowest-direct pyproject.toml --output-file $(VENV)/tools/lowest.lock
	for versions in requirements.lock $(VENV)/tools/lowest.lock; do \
		$(VENV)/tools/bin/pip-audit --strict --disable-pip --require-hashes --requirement $$versions || exit 1; done

$(VENV)/tools/installed: | $(VENV)/installed
	$(RUN)/python -m venv $(VENV)/tools
	$(VENV)/tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.11,<1' 'pip-audit>=2.7,<3'
	touch $@

clean:
	rm -rf $(VENV) work outputs
