"""When to look for garbage: what the application consists of stays, so that looking through it is time lost."""

from __future__ import annotations

import gc

RARELY = (50_000, 20, 100)
"""A page makes and drops some ten thousand objects: with Python's own 700, a tenth of its time goes into looking."""


def spare_what_stays() -> None:
    """Leave alone all there is by now, and look through what comes rarely. Once, when the application has been built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
    gc.enable()
