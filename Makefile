# Conveniences; `python3 run.py` and `python3 run.py test` need none of them.
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help

.PHONY: help serve test matrix e2e fuzz demo seed lint types format migrations constraints ci clean

help:
	@echo "serve test matrix e2e fuzz demo seed lint types format migrations constraints ci clean"

serve:
	python3 run.py

test:
	python3 run.py test

# Every operation and page as everybody; the tests try one cell in 32.
matrix:
	ACCESS_MATRIX_EVERY=1 python3 run.py test tests/accounts/test_matrix.py

e2e:
	python3 run.py test tests/e2e

fuzz:
	python3 run.py fuzz

demo:
	python3 run.py demo

seed:
	python3 run.py seed

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m djlint --check --lint templates
	.venv/bin/lint-imports

types:
	$(PYTHON) -m mypy

format:
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .
	$(PYTHON) -m djlint --reformat templates

migrations:
	$(PYTHON) manage.py makemigrations

constraints:
	.ci/constraints --upgrade

ci:
	.ci/run

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
