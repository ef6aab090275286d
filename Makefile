# The only task runner; `make` or `make help` lists what there is to do.

# Taken from the command line only (make read PORT=9000), never from the environment.
PYTHON = python3
PORT =
NAME =
CHAPTER =
PYODIDE =
ARGS =
CORES = logical
N = 30
LOCK = --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command 'make lock'
# In the browser: what is compiled comes with Pyodide, what shows pages is JupyterLite itself.
NOT_PURE = numpy matplotlib scikit-learn pillow jupyterlab jupyterlab-widgets widgetsnbextension
LOCK_BROWSER = --python-platform wasm32-pyodide2025 --python-version 3.14 --no-build \
	--generate-hashes --no-annotate --custom-compile-command 'make lock'

BIN = $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
PY = $(BIN)/python$(if $(filter Windows_NT,$(OS)),.exe)
UV = $(BIN)/uv
INSTALL = $(UV) pip install --quiet --python $(PY)
BOOK = $(PY) -m annex_lib.book
# Several processes with several threads each would only get in one another's way.
STEADY = OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

unexport PYTHONDONTWRITEBYTECODE # compiled code halves the time to start
.DELETE_ON_ERROR:
.PHONY: help read site lite export class class-test env test test-long run images bench bench-sliders mutants mutants-equations chapter reset lock fix

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Settings: PYTHON=python3.12 (another Python), PORT=9000 (read), CORES=1 (test),'
	@echo '          NAME=06-title (chapter), CHAPTER=04 (export), PYODIDE=file.tar.bz2 (lite),'
	@echo '          N=30 (class-test),'
	@echo '          ARGS="..." (passed on)'

read: .venv/read.stamp ## open the book in JupyterLab
	@$(BOOK) read $(if $(PORT),--port=$(PORT)) $(ARGS)

site: .venv/site.stamp ## make the web pages of the book in _site/, and its PDF
	@$(BOOK) site $(ARGS)

lite: .venv/lite.stamp ## make the book for a browser with no machine in _lite/; needs npm
	@$(BOOK) lite $(if $(PYODIDE),--pyodide="$(PYODIDE)") $(ARGS)

export: .venv/site.stamp ## one chapter as one HTML file in _export/: make export CHAPTER=04
	@$(BOOK) export "$(CHAPTER)"

class: .venv/class.stamp ## serve the book to a class from this machine: see deploy/README.md
	@$(BOOK) album
	@$(BIN)/jupyterhub -f deploy/jupyterhub_config.py $(ARGS)

class-test: .venv/class.stamp .venv/test.stamp ## a class of simulated students on this machine: make class-test N=30
	@$(BOOK) album
	@$(PY) tests/class_use.py "$(N)" $(ARGS)

reset: .venv/read.stamp ## start over with fresh chapters; your copy is kept in a dated folder
	@$(BOOK) reset $(ARGS)

test: .venv/test.stamp ## check everything: style, tests, every notebook executed again
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(STEADY) $(PY) -m pytest -n $(CORES) --dist loadfile $(ARGS)

test-long: .venv/test.stamp .venv/lite.stamp .venv/class.stamp ## the same with the long tests, then the mutants
	$(STEADY) $(PY) -m pytest -n $(CORES) --dist loadfile -m "" $(ARGS)
	$(MAKE) mutants mutants-equations

run: .venv/test.stamp ## execute the notebooks and store their outputs
	@$(BOOK) run $(ARGS)

images: .venv/read.stamp ## draw the pictures in images/
	@$(BOOK) images

chapter: .venv/read.stamp ## begin a chapter from the template: make chapter NAME=06-title
	@$(BOOK) chapter "$(NAME)"

bench: .venv/test.stamp ## timings against other libraries
	$(PY) benchmarks/bench.py $(ARGS)

bench-sliders: .venv/test.stamp ## how soon each slider answers, beside a picture drawn anew
	$(PY) benchmarks/sliders.py $(ARGS)

mutants: .venv/test.stamp ## change the library in many small ways; the tests must notice each
	$(PY) tests/mutants.py $(ARGS)

mutants-equations: .venv/test.stamp ## make one small slip in each equation; the checker must notice each
	$(PY) -m annex_lib.equations.mutation notebooks/*.ipynb $(ARGS)

fix: .venv/test.stamp ## mend style and layout of the code, notebooks too
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

lock: .venv/uv.txt ## write the lock files from pyproject.toml: make lock ARGS=--upgrade
	$(UV) pip compile -q pyproject.toml --group setup $(LOCK) $(ARGS) -o requirements.txt
	$(UV) pip compile -q pyproject.toml --group setup --group site \
		-c requirements.txt $(LOCK) $(ARGS) -o requirements-site.txt
	$(UV) pip compile -q pyproject.toml --group setup --group class \
		-c requirements-site.txt $(LOCK) $(ARGS) -o requirements-class.txt
	$(UV) pip compile -q pyproject.toml --group setup --group site --group class --group test \
		--group dev -c requirements-site.txt -c requirements-class.txt $(LOCK) $(ARGS) \
		-o requirements-test.txt
	$(UV) pip compile -q pyproject.toml --group setup --group lite \
		-c requirements-test.txt $(LOCK) $(ARGS) -o requirements-lite.txt
	printf '%s\n' $(NOT_PURE) > .venv/not-pure.txt
	$(UV) pip compile -q pyproject.toml --group browser --excludes .venv/not-pure.txt \
		-c requirements.txt $(LOCK_BROWSER) $(ARGS) -o requirements-browser.txt
	sed -n 's/^\([a-z].*==.*[^ ]\) *\\$$/\1/p' requirements.txt > constraints.txt

env: .venv/test.stamp ## make or update the environment in .venv, tests included

# The environment: Python, then uv from the lock, then what reading needs, then what tests need.
# Each step leaves a file that says it is done, and is taken again when its lock has changed.

$(PY):
	@"$(PYTHON)" -c '' 2> /dev/null || { echo "There is no $(PYTHON) here: install Python 3.11 or later, or name the one you have, as in: make read PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Annex needs Python 3.11 or later, and $(PYTHON) is older: install one, or name the one you have, as in: make read PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || { echo "This Python cannot make an environment yet: apt install python3-venv (or your system's package of that kind), then try again" >&2; exit 1; }
	@test -w . || { echo "You may not write in this folder: clone the book to a place of your own, or ask for write permission here" >&2; exit 1; }
	@echo "Setting up in .venv, once: about 135 MB to download for reading ..."
	@"$(PYTHON)" -m venv --clear .venv || { rm -rf .venv; exit 1; }

.venv/uv.txt: requirements.txt $(PY)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.txt > $@
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $@

.venv/read.stamp: requirements.txt pyproject.toml .venv/uv.txt
	@$(INSTALL) --require-hashes --compile-bytecode -r requirements.txt
	@$(INSTALL) --no-deps --editable .
	@touch $@

.venv/site.stamp: requirements-site.txt .venv/read.stamp
	@$(INSTALL) --require-hashes --compile-bytecode -r requirements-site.txt
	@touch $@

.venv/lite.stamp: requirements-lite.txt .venv/read.stamp
	@$(INSTALL) --require-hashes --compile-bytecode -r requirements-lite.txt
	@touch $@

.venv/class.stamp: requirements-class.txt deploy/package-lock.json .venv/read.stamp
	@command -v npm > /dev/null || { echo "A class needs Node.js 20 or later with npm, for JupyterHub's proxy: apt install npm (or your system's package of that kind)" >&2; exit 1; }
	@$(INSTALL) --require-hashes --compile-bytecode -r requirements-class.txt
	@cd deploy && npm ci --silent --no-audit --no-fund
	@$(PY) -m compileall -q annex_lib
	@touch $@

.venv/test.stamp: requirements-test.txt .venv/read.stamp
	@$(INSTALL) --require-hashes --compile-bytecode -r requirements-test.txt
	@touch $@
