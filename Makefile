# Each target makes what it needs: only Python 3.11+, pip and make must be there.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test slow lint types quality docs fix clean dist page page-types page-check device-check device-page device-site phone-check

demo: .venv/.demo
	rm -rf demo/collection  # it may be of an older model
	$(BIN)/visavis demo

# Two processes of one thread, each with whole files: what the tests of a file share is made once.
test slow: export OMP_NUM_THREADS = 1
test: .venv/.dev
	$(BIN)/pytest -n 2 --dist loadfile

slow: .venv/.dev
	$(BIN)/pytest -n 2 --dist loadfile -m slow

lint: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: .venv/.dev
	$(BIN)/mypy

# The figures of the bundled model, against benchmarks/quality.toml.
quality: .venv/.dev
	$(BIN)/python benchmarks/quality.py \
	  --data "$(or $(DATA),$(error say where the data is: make quality DATA=flickr8k:FOLDER))"

# A wheel and an sdist in dist/, ready to be published.
dist: .venv/.dev
	rm -rf dist
	$(BIN)/python -m build --quiet
	$(BIN)/twine check --strict dist/*

# The documentation site; warnings are errors, unless --quiet hides them. The TypeScript reference is committed, and made anew where Node's packages are.
docs: .venv/.dev
	@if [ -x packages/visavis/node_modules/.bin/typedoc ]; then npm --prefix packages/visavis run --silent docs; fi
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

fix: .venv/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# The page: web/ is built into the server's static files, which are committed.
page: web/node_modules/.package-lock.json
	npm --prefix web run --silent build

# The page's types of the API, from the server's OpenAPI document.
page-types: web/node_modules/.package-lock.json .venv/.dev
	mkdir -p build
	$(BIN)/python tools/openapi.py build/openapi.json
	npm --prefix web run --silent types -- --output src/schema.ts

# Its types, its tests, and that the committed files are what its sources build.
page-check: web/node_modules/.package-lock.json .venv/.dev
	mkdir -p build
	$(BIN)/python tools/openapi.py build/openapi.json
	npm --prefix web run --silent types -- --output ../build/schema.ts
	diff build/schema.ts web/src/schema.ts
	npm --prefix web run --silent check
	npm --prefix web run --silent test
	npm --prefix web run --silent build -- --outDir ../build/page --logLevel warn
	diff -r build/page src/visavis/server/static

# The page that searches in the browser itself, for `visavis serve` and for wheels built afterwards: 14 MB of it are
# WebAssembly, so it is not committed.
device-page: web/node_modules/.package-lock.json packages/visavis/node_modules/.package-lock.json
	npm --prefix web run --silent check:device
	npm --prefix web run --silent build:device -- --logLevel warn

# The same with the model, in build/device, for any static host.
device-site: device-page .venv/.dev
	$(BIN)/python tools/device_site.py build/device

# The TypeScript package: its types, its tests, and that it computes what Python computes.
device-check: packages/visavis/node_modules/.package-lock.json .venv/.dev
	mkdir -p build
	$(BIN)/python packages/visavis/test/fixtures.py build/fixtures.json
	$(BIN)/python packages/visavis/test/exported.py build/exported
	rm -rf build/models
	$(BIN)/python packages/visavis/test/models.py build/models
	npm --prefix packages/visavis run --silent check
	npm --prefix packages/visavis run --silent test
	npm --prefix packages/visavis run --silent test:package
	npm --prefix packages/visavis run --silent docs -- --out ../../build/javascript
	diff -r build/javascript docs/reference/javascript
	$(BIN)/pytest --quiet packages/visavis/test/browser
	$(MAKE) device-page
	$(BIN)/pytest --quiet -m slow tests/browser/test_device.py

# Apps for phones, as far as it goes without their SDKs: projects of the device page, and the core of the Expo app in Node.
# The encoder in Kotlin is compiled where there is a JDK.
phone-check: device-site examples/phone-app/node_modules/.package-lock.json examples/android/node_modules/.package-lock.json
	npm --prefix examples/phone-app run --silent test
	$(BIN)/python packages/visavis/test/fixtures.py build/fixtures.json
	packages/visavis/node_modules/.bin/tsc --noEmit -p examples/expo
	npm --prefix examples/expo run --silent test
	$(BIN)/pytest --quiet -m slow tests/examples/test_kotlin.py

packages/visavis/node_modules/.package-lock.json: packages/visavis/package-lock.json
	npm --prefix packages/visavis ci --no-audit --no-fund --ignore-scripts
	touch $@

examples/%/node_modules/.package-lock.json: examples/%/package-lock.json
	npm --prefix examples/$* ci --no-audit --no-fund --ignore-scripts
	touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	npm --prefix web ci --no-audit --no-fund
	touch $@

clean:
	rm -rf .venv demo build dist web/node_modules packages/visavis/node_modules packages/visavis/dist examples/*/node_modules

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.demo: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[demo]'
	touch $@

.venv/.dev: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@
