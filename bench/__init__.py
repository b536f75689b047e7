"""Benchmarks, each beside a reference measured in the same run, so that the ratio holds on any machine.

A module of this package that has a function `benchmarks(folder)` takes part: a generator that prepares what it needs in
`folder`, yields `Benchmark`s and cleans up after each. `python -m bench.run [MODULE…]` runs some of them only.
"""
