"""Runs the benchmarks: a table on standard output, everything in bench/results.json, status 1 when one is over budget."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from tempfile import TemporaryDirectory

import bench
from bench import truth
from bench.frame import Result, run

RESULTS = Path(__file__).with_name("results.json")
HEAD = f"{'':44}{'seconds':>10}{'reference':>11}{'ratio':>8}{'budget':>8}{'aim':>7}"


def results(names: list[str]) -> Iterator[Result]:
    """The results of all benchmarks, or of the modules with these names, as they come in."""
    for found in iter_modules(bench.__path__):
        if names and found.name not in names:
            continue
        module = import_module(f"bench.{found.name}")
        if hasattr(module, "benchmarks"):
            with TemporaryDirectory() as folder:
                yield from map(run, module.benchmarks(Path(folder)))


def line(result: Result) -> str:
    """A result as a line of the table."""
    others = "".join(f", {value:.0f} {name}" for name, value in result.others.items())
    verdict = "" if result.within else f"  over: {', '.join(result.exceeded)}"
    return (
        f"{result.name:44}{result.seconds:10.4f}{result.reference_seconds:11.4f}{result.ratio:8.2f}"
        f"{result.budget:8.2f}{result.aim:7.2f}  against {result.against}{others}{verdict}"
    )


def _scores() -> Iterator[str]:
    """What worlds with known truth say, line by line."""
    print()
    for said in truth.scores():
        print(said, flush=True)
        yield said


def main(names: list[str]) -> int:
    print(HEAD)
    done: list[Result] = []
    for result in results(names):
        print(line(result), flush=True)
        done.append(result)
    told = [] if names and "truth" not in names else list(_scores())
    rows = [{**asdict(result), "within": result.within} for result in done]
    RESULTS.write_text(json.dumps({"benchmarks": rows, "scores": told}, indent=2) + "\n")
    return 0 if (done or told) and all(result.within for result in done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
