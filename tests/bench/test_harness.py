"""The benchmark harness runs and tells; what it measures is nobody's business here."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from bench import harness
from bench.rows import Row, at_most, compared, told
from bench.timing import in_turn


def test_every_registered_benchmark_is_there():
    for benchmark in harness.BENCHMARKS.values():
        assert callable(getattr(import_module(benchmark.module), benchmark.function))


def test_list_names_them_all(capsys):
    assert harness.main(["--list"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == list(harness.BENCHMARKS)


def test_unknown_name_is_refused(capsys):
    with pytest.raises(SystemExit) as end:
        harness.main(["nonsense"])
    assert end.value.code == 2
    assert "nonsense" in capsys.readouterr().err


def test_run_prints_rows_and_counts_goals(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(
        harness, "BENCHMARKS", {"tiny": harness.Benchmark(__name__, "tiny", "adds numbers", False)}
    )
    report = tmp_path / "report.json"
    assert harness.main(["tiny", "--json", str(report)]) == 0
    out = capsys.readouterr().out
    assert "adding" in out
    assert out.endswith("bench: 1 of 2 within the goal\n")
    assert [row["name"] for row in json.loads(report.read_text())["rows"]] == [
        "adding",
        "within",
        "over",
        "told",
    ]


def test_failing_benchmark_leaves_the_others_and_ends_with_1(capsys, monkeypatch):
    benchmarks = {name: harness.Benchmark(__name__, name, "", False) for name in ("broken", "tiny")}
    monkeypatch.setattr(harness, "BENCHMARKS", benchmarks)
    assert harness.main([]) == 1
    assert capsys.readouterr().out.endswith("bench: 1 of 2 within the goal; failed: broken\n")


def test_goal_is_a_multiple_of_the_floor():
    assert compared("x", [0.003] * 3, [0.002] * 3, 1.5).ok
    assert not compared("x", [0.0031] * 3, [0.002] * 3, 1.5).ok


def tiny(_stage: object) -> list[Row]:
    times = in_turn({"ours": lambda: sum(range(100)), "floor": lambda: None}, rounds=5)
    assert [len(measured) for measured in times.values()] == [5, 5]
    return [
        compared("adding", times["ours"], times["floor"]),
        at_most("within", 1, "s", 2),
        at_most("over", 3, "s", 2),
        told("told", 4, "MB"),
    ]


def broken(_stage: object) -> list[Row]:
    raise RuntimeError("no such luck")
