# Everything one needs: `make` lists it. Python 3.11 or newer is the only thing expected to be there.

PYTHON ?= python3
BIN := .venv/bin
CLIPS ?= demo
LOCK := requirements/dev.lock
# What makes the lock and audits it, each in an environment of its own.
UV := uv==0.13.9
PIP_AUDIT := pip-audit==2.10.1
.DEFAULT_GOAL := help
.PHONY: help install lock audit wheel wheel-test demo sounds test check lint types format bench bench-quality bench-gpu bench-loudness figures fuzz clean

help:  ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-14s %s\n", $$1, $$2}'

install: .venv/installed  ## Set up .venv with everything for use and development, in the versions of the lock

.venv/installed: pyproject.toml $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed; name one with: make install PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 14))'; then \
	    $(BIN)/python -m pip install --quiet --require-hashes --requirement $(LOCK); \
	else \
	    echo "$(LOCK) is for Python 3.11 to 3.13: on a newer one the newest packages are installed, unchecked"; \
	    $(BIN)/python -m pip install --quiet '.[dev]'; \
	fi
	$(BIN)/python -m pip install --quiet --no-deps --no-index --no-build-isolation --editable .
	touch $@

lock:  ## Lock the newest packages that pyproject.toml allows, with their hashes, for Python 3.11 and newer
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet '$(UV)'
	build/lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	    --upgrade --no-emit-index-url --custom-compile-command 'make lock' --quiet --output-file $(LOCK)

audit:  ## Look up known vulnerabilities of the packages in the lock
	$(PYTHON) -m venv build/audit
	build/audit/bin/python -m pip install --quiet '$(PIP_AUDIT)'
	build/audit/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off --requirement $(LOCK)

wheel: install  ## Build the wheel into dist
	rm -rf dist
	$(BIN)/python -m pip wheel --quiet --no-deps --no-index --no-build-isolation --wheel-dir dist .

wheel-test: wheel  ## Install the wheel into an environment of its own, and run it from another folder
	.ci/wheel $(PYTHON)

demo: install  ## Make a texture from rain over a crackling fire, with a picture of both
	@$(BIN)/python demo/make_clip.py demo/rain-on-fire.flac
	@$(BIN)/texturize synth demo/rain-on-fire.flac -o demo/rain-on-fire.texture.wav \
	    --picture demo/rain-on-fire.texture.png --force
	@echo
	@echo "clip:     demo/rain-on-fire.flac"
	@echo "texture:  demo/rain-on-fire.texture.wav"
	@echo "picture:  demo/rain-on-fire.texture.png"

sounds: install  ## Make the sounds to hear in the docs, and write how close they are
	$(BIN)/python benchmarks/sounds.py $(OPTIONS)
	$(BIN)/python benchmarks/excerpts.py

test: install  ## Run the tests, on up to four processors at a time
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: lint types test  ## Run linters, the type checker and the tests

lint: install  ## Check style, and that imports run one way
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: install  ## Check types
	$(BIN)/mypy

format: install  ## Put the code into the project's style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install  ## Measure speed
	$(BIN)/python benchmarks/speed.py $(OPTIONS)
	$(BIN)/python benchmarks/excerpts.py

bench-quality: install  ## Measure quality on the clips of a folder: make bench-quality CLIPS=FOLDER
	$(BIN)/python benchmarks/quality.py $(CLIPS) $(OPTIONS)
	$(BIN)/python benchmarks/excerpts.py

bench-gpu: install  ## Measure speed on a GPU, in six minutes; needs the extra cuda
	$(BIN)/python benchmarks/gpu.py $(OPTIONS)
	$(BIN)/python benchmarks/gpu.py --write bench/gpu.json
	$(BIN)/python benchmarks/excerpts.py

bench-loudness: install  ## Read loudness and true peak of results with FFmpeg's meter
	$(BIN)/python benchmarks/loudness.py $(OPTIONS)

figures: install  ## Write the figures of README and docs from docs/figures
	$(BIN)/python benchmarks/excerpts.py

fuzz: install  ## Feed damaged and hostile files to everything that reads one
	$(BIN)/python benchmarks/fuzz.py $(OPTIONS)

clean:  ## Remove what was built here, .venv included
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info demo/*.flac demo/*.wav demo/*.png
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
