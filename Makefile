# `make demo` and `make test` do all their own set-up.
PYTHON ?=
VENV ?= .venv
RUN := $(VENV)/bin

.PHONY: demo test check install lint types contracts clean

demo: install
	$(RUN)/motion-transfer demo

test: install
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/pyright
	$(RUN)/lint-imports
	$(RUN)/python -m pytest

check: install
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/pyright
	$(RUN)/lint-imports
	$(RUN)/python -m pytest -m "not slow"

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml scripts/install.sh
	PYTHON='$(PYTHON)' sh scripts/install.sh $(VENV)
	touch $@

clean:
	rm -rf $(VENV) work outputs
