"""`python -m scripts.recount`: each report of a programme in every form, for each role and language, and counted again."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
MONTHS = 2
"""The one that runs, and those before it."""


def main() -> int:
    """Compare all of it; the number of differences is the exit status (at most 1)."""
    asks = argparse.ArgumentParser(prog="python -m scripts.recount", description=__doc__)
    asks.add_argument("folder", type=Path, help="the data folder of a programme, as HILO_DATA_DIR has it")
    asks.add_argument("--no-paper", action="store_true", help="without PDF, which takes most of the time")
    asks.add_argument("--no-forms", action="store_true", help="count again, and compare no files")
    options = asks.parse_args()
    os.environ["HILO_DATA_DIR"] = str(options.folder)
    from app import create_app
    from config import load

    app = create_app(load())
    said, checked = [], 0
    for what, differences in _all(app, forms=not options.no_forms, paper=not options.no_paper):
        checked += 1
        said += [f"{what}: {one}" for one in differences]
        print(f"\r{checked} compared, {len(said)} differences", end="", file=sys.stderr)
    print(file=sys.stderr)
    print("\n".join(said) or f"{checked} compared, no difference")
    return bool(said)


def _all(app: Any, *, forms: bool, paper: bool) -> Iterator[tuple[str, list[str]]]:
    from app.core.database import reading
    from scripts.recount import again, agreed, asking, reviewed, reviews, tables

    with app.app_context(), reading():
        readers, months, today = asking.readers(), asking.months(MONTHS), asking.today()
    for role, reader in readers.items():
        for month in months:
            if forms:
                yield from asking.forms(app, role, reader, month, paper=paper)
            yield from again.of_lists(asking.client(app, reader), role, month, today)
    if forms:
        yield from reviews.in_forms(app, readers, paper=paper)
        yield from agreed.in_forms(app, readers)
    manager = readers["program_manager"]
    yield from tables.of_tables(app, asking.client(app, manager), months, today)
    yield from reviewed.of_reviews(app, manager, today)


if __name__ == "__main__":
    sys.exit(main())
