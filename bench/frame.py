"""What a benchmark is, and how processor time is taken."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement: processor seconds, and what else has a limit (`{"megabytes": 380.0}`)."""

    seconds: float
    others: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What is measured against what: the ratio of their seconds is to stay within `budget`, and at best `aim`.

    Both run `rounds` times in turn and the best of each counts. `limits` are for the other figures of `measure`.
    """

    name: str
    measure: Callable[[], Sample]
    reference: Callable[[], Sample]
    budget: float
    aim: float
    against: str
    rounds: int = 3
    limits: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What came out of a benchmark."""

    name: str
    against: str
    seconds: float
    reference_seconds: float
    ratio: float
    budget: float
    aim: float
    others: Mapping[str, float]
    exceeded: tuple[str, ...]

    @property
    def within(self) -> bool:
        return not self.exceeded


def run(benchmark: Benchmark) -> Result:
    """Measure both sides in turn."""
    pairs = [(benchmark.reference(), benchmark.measure()) for _ in range(benchmark.rounds)]
    reference = min(pair[0].seconds for pair in pairs)
    best = min((pair[1] for pair in pairs), key=lambda sample: sample.seconds)
    others = {name: max(pair[1].others.get(name, 0.0) for pair in pairs) for name in best.others}
    ratio = best.seconds / reference
    exceeded = [name for name, limit in benchmark.limits.items() if others[name] > limit]
    if ratio > benchmark.budget:
        exceeded.insert(0, "ratio")
    return Result(
        benchmark.name,
        benchmark.against,
        best.seconds,
        reference,
        ratio,
        benchmark.budget,
        benchmark.aim,
        others,
        tuple(exceeded),
    )


def timed(call: Callable[[], object]) -> Sample:
    """Processor time of a call in this process, all threads included."""
    began = time.process_time()
    call()
    return Sample(time.process_time() - began)


def python(*arguments: str) -> Sample:
    """Processor time and peak memory (`megabytes`) of a Python process of its own; raises when it fails."""
    command = [sys.executable, str(Path(__file__).with_name("child.py")), *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(ended.stderr)
    seconds, megabytes = ended.stderr.splitlines()[-1].split()
    return Sample(float(seconds), {"megabytes": float(megabytes)})


def command(*arguments: str) -> Sample:
    """Processor time of any command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(arguments, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Sample(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
