# `make demo` and `make test` do all their own set-up.
PYTHON ?= python3.11
VENV ?= .venv
RUN := $(VENV)/bin

.PHONY: demo test install lint types contracts clean

demo: install
	$(RUN)/motion-transfer demo

test: install
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/pyright
	$(RUN)/lint-imports
	$(RUN)/python -m pytest

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml scripts/install.sh
	PYTHON=$(PYTHON) sh scripts/install.sh $(VENV)
	touch $@

clean:
	rm -rf $(VENV) work outputs
