# `make demo` and `make test` do all their own set-up.
PYTHON ?=
VENV ?= .venv
RUN := $(VENV)/bin
PYTEST := $(RUN)/python -m pytest --numprocesses=logical --maxprocesses=8 --dist=loadfile --no-loadscope-reorder

.PHONY: demo test check static every-test quick-tests install clean

demo: install
	$(RUN)/motion-transfer demo

test: install
	$(MAKE) --jobs=2 static every-test

check: install
	$(MAKE) --jobs=2 static quick-tests

static: install
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/lint-imports
	$(RUN)/pyright

every-test: install
	$(PYTEST)

quick-tests: install
	$(PYTEST) -m "not slow and not subprocess"

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml scripts/install.sh
	PYTHON='$(PYTHON)' sh scripts/install.sh $(VENV)
	touch $@

clean:
	rm -rf $(VENV) work outputs
