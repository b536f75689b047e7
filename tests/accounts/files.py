"""Files of people to import."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

HEADER = [
    "employee_no",
    "name",
    "email",
    "role",
    "partner",
    "site",
    "team",
    "market",
    "time_zone",
    "language",
    "hired_on",
    "valid_from",
    "left_on",
    "line_of_business",
    "weekly_contacts",
]
ANA = {
    "employee_no": "A1",
    "name": "Ana Ruiz",
    "email": "ana.ruiz@example.org",
    "role": "agent",
    "partner": "Norte",
    "site": "Bogotá",
    "team": "Refunds",
    "market": "CO",
    "time_zone": "America/Bogota",
    "language": "es",
    "hired_on": "2026-01-05",
    "valid_from": "2026-01-05",
    "line_of_business": "Buyers",
    "weekly_contacts": "230",
}


def row(**changes: Any) -> dict[str, Any]:
    """Ana's row with some of its cells changed."""
    return {**ANA, **changes}


def write(path: Path, *rows: dict[str, Any], header: list[str] | None = None) -> Path:
    """A CSV file of these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header or HEADER, extrasaction="ignore", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path
