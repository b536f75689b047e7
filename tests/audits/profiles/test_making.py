"""A newcomer brings in each shape of file on screen: every suggestion is confirmed, what is open is decided."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.audits.models import Import, ImportState
from tests.audits.conftest import stored
from tests.audits.profiles.conftest import EXAMPLES
from tests.conftest import Cast

Sign = Callable[..., FlaskClient]


class Fields(HTMLParser):
    """The main form of a page, as a browser would send it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select: str | None = None
        self._in_form = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._in_form = given.get("method") == "post" and "data-submit-key" in given
        name = given.get("name")
        if not self._in_form:
            return
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in given or self._select not in self.values:
                self.values[self._select] = given.get("value") or ""
        elif tag == "input" and name:
            if given.get("type") in ("radio", "checkbox") and "checked" not in given:
                return
            self.values[name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "form":
            self._in_form = False


def begin(client: FlaskClient, name: str, content: bytes, title: str = "Tool") -> str:
    """The address of a new profile."""
    data = {"name": title, "file": (io.BytesIO(content), name)}
    answer = client.post("/audits/profiles/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.location.removesuffix("/table")


def confirm(client: FlaskClient, address: str, **changes: str) -> str:
    """Send a step as it stands, but for some changes; the address one is led to."""
    page = client.get(address).get_data(as_text=True)
    answer = client.post(address, data={**Fields(page).values, **changes})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 302, re.findall(r"h-note--bad.*?<p>(.*?)</p>", text, re.DOTALL)
    return answer.location


REFUND = {"at-scorecard": "s:REFUND"}
FORM = {"scorecard-0": "REFUND"}
SHAPES: dict[str, dict[str, dict[str, str]]] = {
    "answers.csv": {"columns": {}, "values": {}, "matches": FORM},
    "sections.csv": {
        "columns": REFUND,
        "values": {"passes_from": "80"},
        "matches": {f"criterion-{place}": f"R{place + 1}" for place in range(4)},
    },
    "audits.csv": {"columns": REFUND, "values": {}, "matches": {}},
    "nested.json": {"columns": {}, "values": {}, "matches": FORM},
    "quoted-dates.csv": {"columns": REFUND, "values": {}, "matches": {}},
    "espanol-windows-1252.csv": {
        "columns": REFUND,
        "values": {"maximum": "2,5", "date-contact_at": "day_first"},
        "matches": {},
    },
    "epoch-other-ids.csv": {"columns": REFUND, "values": {"result-2": "na"}, "matches": {}},
    "dos-encabezados.csv": {"columns": REFUND, "values": {"passes_from": "85"}, "matches": {}},
}
"""What a newcomer changes of what each step shows."""


CORRECTED: dict[str, tuple[bytes, bytes]] = {
    "answers.csv": (b"Verifies the identity,No,", b"Verifies the identity,Yes,"),
    "sections.csv": (b"Identity,6,10", b"Identity,9,10"),
    "audits.csv": (b"100%,,0%,", b"100%,,100%,"),
    "nested.json": (b"false", b"true"),
    "quoted-dates.csv": (b"Verifies the identity\t0", b"Verifies the identity\t1"),
    "espanol-windows-1252.csv": (b"Verifica la identidad;0,0;", b"Verifica la identidad;2,5;"),
    "dos-encabezados.csv": (b"85 %;0;", b"85 %;99;"),
    "epoch-other-ids.csv": (b"Verifies the identity,not_met", b"Verifies the identity,met"),
}
"""What a corrected export says otherwise: the miss of E-1 was none."""


def expected(people: Cast, name: str) -> dict[str, tuple[Any, ...]]:
    """What the three audits of the examples are stored as: person, contact, fails and na."""
    moments = {"E-1": "2026-10-05T15:00", "E-2": "2026-10-05T21:20", "E-3": "2026-10-12T13:05"}
    found = {"E-1": {"R2": "fail", "R4": "na"}, "E-2": {"R3": "fail"}, "E-3": {"R1": "fail"}}
    persons = {"E-1": people.ana.id, "E-2": people.luis.id, "E-3": people.ana.id}
    return {ref: (persons[ref], moments[ref], found[ref]) for ref in found}


def as_stored(session: Any) -> dict[str, tuple[Any, ...]]:
    return {
        ref: (
            row[0],
            row[2].isoformat()[:16],
            {code: result for code, result, _cause, _comment in row[-1] if result != "pass"},
        )
        for ref, row in stored(session).items()
    }


def make(client: FlaskClient, name: str) -> str:
    """Make a profile of an example; its address."""
    changes, at = SHAPES[name], begin(client, name, (EXAMPLES / name).read_bytes())
    confirm(client, f"{at}/table")
    confirm(client, f"{at}/columns", **changes["columns"])
    confirm(client, f"{at}/values", **changes["values"])
    assert confirm(client, f"{at}/matches", **changes["matches"]) == at
    return at


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_comes_in_by_screen_and_then_by_one_command(
    session: Any, world: Cast, as_user: Sign, app: Flask, tmp_path: Path, name: str
) -> None:
    client = as_user(world.mariana)
    at = make(client, name)
    page = unescape(client.get(at).get_data(as_text=True))
    assert "Everything in the sample is understood." in page

    answer = client.post(f"{at}/import")
    row = session.get(Import, int(answer.location.rpartition("/")[2]))
    assert row.state is ImportState.CHECKED, row.problems
    client.post(f"/audits/imports/{row.id}/carry-out")
    assert as_stored(session) == expected(world, name)

    again = by_command(app, EXAMPLES / name)
    assert (again["audits"]["new"], again["audits"]["unchanged"], again["problem_count"]) == (0, 3, 0)
    assert again["import_id"] is None
    mended = tmp_path / name
    mended.write_bytes((EXAMPLES / name).read_bytes().replace(*CORRECTED[name], 1))
    corrected = by_command(app, mended)
    assert (corrected["audits"]["new"], corrected["audits"]["corrected"], corrected["findings"]["corrected"]) == (
        0,
        1,
        1,
    )
    found = as_stored(session)
    assert found["E-1"][2] == {"R4": "na"}
    assert len(found) == 3


def by_command(app: Flask, path: Path) -> dict[str, Any]:
    """What the import by one command with the saved profile says."""
    done = app.test_cli_runner().invoke(args=["audits", "import", str(path), "--profile", "Tool", "--json"])
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.output)
    return answer
