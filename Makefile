# Every target creates the .venv it needs. The first call installs the packages; later calls install nothing until
# setup.py or constraints.txt changes. `make` without a target lists the targets.

BACKENDS ?= torch jax tensorflow
BACKEND ?= tensorflow
JOBS ?= 2
PYTEST_ARGS ?=
NOTEBOOK_ARGS ?= --fast --jobs $(JOBS)
BENCHMARK_ARGS ?=
export PYTEST_ARGS
export TF_CPP_MIN_LOG_LEVEL ?= 2

comma := ,
empty :=
space := $(empty) $(empty)

# The extras of setup.py that each target installs.
TEST_EXTRAS := $(subst $(space),$(comma),$(sort $(BACKENDS))),train,tfds,export,keras-cv,keras-hub,test
DEMO_EXTRAS := $(BACKEND),train,export
NOTEBOOK_EXTRAS := $(BACKEND),train,export,notebooks
DOCS_EXTRAS := docs
BENCHMARK_EXTRAS := jax,tensorflow,torch,export,benchmark
BENCHMARK_TRAIN_EXTRAS := $(BACKEND),train,benchmark

# One stamp for the venv and one per set of extras. Each stamp is written last, so an interrupted step leaves no stamp.
STAMPS := .venv/.stamps
VENV_PYTHON := .venv/bin/python
PYTEST := $(VENV_PYTHON) -m pytest -q -n $(JOBS) --dist worksteal
PIP := $(VENV_PYTHON) -m pip --disable-pip-version-check -qq

ifeq ($(origin PYTHON),undefined)
PYTHONS := python3.11 python3
else
PYTHONS := $(PYTHON)
endif
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

.PHONY: help install demo test test-release coverage lint notebooks docs benchmark benchmark-train clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@echo "make install     install the packages of all targets except the benchmarks in .venv; each target also installs its own"
	@echo "make demo        train, evaluate and export a small model in demo/     BACKEND=$(BACKEND)"
	@echo "make test        run the tests, once per backend     BACKENDS=\"$(BACKENDS)\" JOBS=$(JOBS) PYTEST_ARGS=\"-k name\""
	@echo "make test-release  run the slow tests and the full notebooks"
	@echo "make coverage    run the tests and list the lines and branches that they miss"
	@echo "make lint        run ruff check, ruff format --check and mypy"
	@echo "make notebooks   run notebooks/*.ipynb from top to bottom     BACKEND=$(BACKEND) NOTEBOOK_ARGS=$(NOTEBOOK_ARGS)"
	@echo "make docs        build the documentation in site/; open site/index.html"
	@echo "make benchmark   measure the latency in every runtime     BENCHMARK_ARGS=..."
	@echo "make benchmark-train   measure images per second of training     BACKEND=$(BACKEND) BENCHMARK_ARGS=..."
	@echo "make clean       remove .venv, demo/, site/, caches and build products"
	@echo "make creates .venv with PYTHON=... (3.11 to 3.13), or with python3.11 or python3 if PYTHON is not set."

# Installs every package that the targets of `.ci/run` need.
install: $(addprefix $(STAMPS)/,$(TEST_EXTRAS) $(DEMO_EXTRAS) $(NOTEBOOK_EXTRAS) $(DOCS_EXTRAS) lint)

demo: $(STAMPS)/$(DEMO_EXTRAS)
	KERAS_BACKEND=$(BACKEND) $(VENV_PYTHON) -m keras_mobilevitv3 demo --out demo

# Runs one backend after the other, each with $(JOBS) worker processes that share the tests.
# Tests that do not depend on the backend run on the first backend only.
test: $(STAMPS)/$(TEST_EXTRAS)
	@skip_once=; status=0; for backend in $(BACKENDS); do \
		echo "--- tests on $$backend"; \
		eval "KERAS_BACKEND=$$backend $(PYTEST) $$skip_once $$PYTEST_ARGS" || status=1; \
		skip_once=--skip-once; \
	done; exit $$status

# Runs the tests marked `release`, on every backend, and the full notebooks. They take too long for every change.
test-release: $(STAMPS)/$(TEST_EXTRAS)
	@status=0; for backend in $(BACKENDS); do \
		echo "--- release tests on $$backend"; \
		eval "KERAS_BACKEND=$$backend $(PYTEST) --release $$PYTEST_ARGS" || status=1; \
	done; \
	$(MAKE) --no-print-directory notebooks NOTEBOOK_ARGS='--jobs $(JOBS)' || status=1; exit $$status

# Measures the lines and branches of the library and of `training/` that the tests of all backends run, including
# subprocesses.
coverage: export COVERAGE_FILE := $(CURDIR)/.coverage
coverage: $(STAMPS)/$(TEST_EXTRAS)
	@$(VENV_PYTHON) -m coverage erase
	@status=0; $(MAKE) --no-print-directory test PYTEST="$(PYTEST) --cov --cov-append --cov-report=" || status=1; \
	$(VENV_PYTHON) -m coverage report || status=1; exit $$status

lint: $(STAMPS)/lint
	@status=0; \
	$(VENV_PYTHON) -m ruff check . || status=1; \
	$(VENV_PYTHON) -m ruff format --check . || status=1; \
	$(VENV_PYTHON) -m mypy || status=1; \
	exit $$status

ifeq ($(wildcard notebooks/*.ipynb),)
notebooks:
	@echo "no notebooks yet"
else
notebooks: $(STAMPS)/$(NOTEBOOK_EXTRAS)
	KERAS_BACKEND=$(BACKEND) $(VENV_PYTHON) notebooks/run.py $(NOTEBOOK_ARGS)
endif

# mkdocs reads the docstrings from the source files and imports no backend.
docs: $(STAMPS)/$(DOCS_EXTRAS)
	NO_MKDOCS_2_WARNING=1 $(VENV_PYTHON) -m mkdocs build --strict --quiet --clean
	@echo "The documentation is in site/index.html"

benchmark: $(STAMPS)/$(BENCHMARK_EXTRAS)
	$(VENV_PYTHON) benchmarks/latency.py $(BENCHMARK_ARGS)

benchmark-train: $(STAMPS)/$(BENCHMARK_TRAIN_EXTRAS)
	KERAS_BACKEND=$(BACKEND) $(VENV_PYTHON) benchmarks/train_step.py $(BENCHMARK_ARGS)

clean:
	rm -rf .venv .coverage* demo site build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache
	find . -name .git -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -prune -exec rm -rf {} +

# Uses PYTHON if it is set and supported, and fails if it is not supported. Without PYTHON, uses the first supported of
# python3.11 and python3. Never changes a .venv that make did not create. Recreates a .venv that make created only in part.
$(STAMPS)/venv:
	@if [ -e .venv ] && [ ! -d $(STAMPS) ]; then \
		if [ "$(origin PYTHON)" = undefined ] && $(VENV_PYTHON) -c "$(SUPPORTED); import pip" 2>/dev/null; then \
			echo "Using the existing .venv"; mkdir $(STAMPS) && touch $@; exit; \
		fi; \
		echo "make cannot use the existing .venv; move it away or remove it" >&2; exit 1; \
	fi; \
	found=; for python in $(PYTHONS); do \
		if "$$python" -c "$(SUPPORTED)" 2>/dev/null; then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Python 3.11 to 3.13 is required; tried: $(PYTHONS). Pass a path: make PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	echo "Creating .venv with $$("$$found" --version)"; \
	rm -rf .venv && mkdir -p $(STAMPS) && "$$found" -m venv .venv && touch $@

# A package without INSTALLER was not installed completely. Its metadata is removed, so pip installs it again.
define install
	@rm -f $@; echo "Installing $(1) in .venv (takes minutes the first time)"
	@for info in .venv/lib/python*/site-packages/*.dist-info; do [ -e "$$info/INSTALLER" ] || rm -rf "$$info"; done
	@$(PIP) install -c constraints.txt $(2) && touch $@
endef

$(STAMPS)/lint: constraints.txt $(STAMPS)/venv
	$(call install,ruff and mypy,ruff mypy)

$(STAMPS)/%: setup.py constraints.txt $(STAMPS)/venv
	$(call install,keras_mobilevitv3[$*],-e ".[$*]")
