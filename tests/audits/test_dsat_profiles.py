"""Survey responses of another tool come in as DSAT cases through a mapping profile made on screen."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.permissions import Role
from app.audits.dsat.models import DsatCase
from app.audits.dsat.taking_in import import_cases
from app.audits.services import import_findings
from app.core.errors import Refused
from tests.audits.conftest import NOW
from tests.audits.profiles.test_making import begin, confirm
from tests.conftest import Cast, make_user

Sign = Callable[..., FlaskClient]
SURVEY = (
    "Encuestas de octubre;;;;;\n"
    "ID respuesta;Ticket;Agente;Fecha de respuesta;CSAT;Comentario del cliente\n"
    "S-1;K-1;Ana Ruiz;05/10/2026 10:00 a. m.;1;Nadie llam&oacute\n"
    "S-2;K-2;Mora, Luis;13/10/2026 16:20;2;\n"
    "Promedio;;;;1,5;\n"
)


def stored(session: Any) -> dict[str, tuple[Any, ...]]:
    session.expire_all()
    return {
        one.reference: (
            one.source,
            one.contact_ref,
            one.person_id,
            one.received_at.isoformat()[:16],
            one.score,
            one.comment,
        )
        for one in session.query(DsatCase)
    }


@pytest.fixture
def at(people: Cast, as_user: Sign) -> str:
    """The address of a profile of survey responses, made on screen."""
    client = as_user(people.mariana)
    at = begin(client, "encuesta.csv", SURVEY.encode("cp1252"), "Survey")
    confirm(client, f"{at}/table")
    page = unescape(client.get(f"{at}/columns?shape=cases").get_data(as_text=True))
    assert all(text in page for text in ("Reference of the response", "When it came", "What the customer says"))
    assert confirm(client, f"{at}/columns?shape=cases") == f"{at}/values"
    confirm(client, f"{at}/values")
    confirm(client, f"{at}/matches")
    return at


def test_responses_come_in_by_screen_and_then_by_one_command(
    session: Any, people: Cast, as_user: Sign, at: str, app: Flask, tmp_path: Path
) -> None:
    client = as_user(people.mariana)
    page = unescape(client.get(at).get_data(as_text=True))
    assert "Everything in the sample is understood." in page
    done = unescape(client.post(f"{at}/import", follow_redirects=True).get_data(as_text=True))
    assert all(text in done for text in ("2 new cases", "read as Survey"))
    assert stored(session) == {
        "S-1": ("Survey", "K-1", people.ana.id, "2026-10-05T15:00", "1", "Nadie llamó"),
        "S-2": ("Survey", "K-2", people.luis.id, "2026-10-13T21:20", "2", None),
    }
    path = tmp_path / "a.csv"
    path.write_bytes(SURVEY.replace(";2;", ";1;").encode())
    done = app.test_cli_runner().invoke(args=["audits", "dsat", str(path), "--profile", "Survey"])
    assert "2 rows read; cases: 0 new, 1 changed, 1 unchanged" in done.output
    data = {"file": (io.BytesIO(SURVEY.encode()), "b.csv"), "profile": "Survey"}
    assert client.post("/audits/dsat/import", data=data, content_type="multipart/form-data").status_code == 302
    assert stored(session)["S-2"][4] == "2"
    assert "flask audits dsat FILE" in client.get(at).get_data(as_text=True)


def test_what_the_profile_does_not_know_is_said_with_its_row_and_nothing_is_stored(
    session: Any, people: Cast, as_user: Sign, at: str, tmp_path: Path
) -> None:
    client = as_user(people.mariana)
    client.post(f"{at}/finish")
    wrong = SURVEY.replace("Ana Ruiz", "Nadie Nunca").replace("13/10/2026 16:20", "ayer")
    data = {"file": (io.BytesIO(wrong.encode()), "b.csv"), "profile": "Survey"}
    answer = client.post("/audits/dsat/import", data=data, content_type="multipart/form-data", follow_redirects=True)
    text = unescape(answer.get_data(as_text=True))
    assert "nothing was saved" in text
    assert "Row 3, column “Agente”: “Nadie Nunca” is not known here." in text
    assert "Row 4, column “Fecha de respuesta”: “ayer” is not a date and time." in text
    assert stored(session) == {}
    mend = client.get(f"{answer.request.path}/mend.csv").get_data(as_text=True).splitlines()
    assert len(mend) == 3
    assert all(text in "".join(mend[1:]) for text in ("Nadie Nunca", "is not known here", "ayer", "is not a date"))
    path = tmp_path / "a.csv"
    path.write_text(SURVEY)
    with pytest.raises(Refused, match="reads survey responses"):
        import_findings(session(), path, by=None, on=NOW, profile="Survey")
    north = make_user(session, "Nadia Norte", role=Role.ADMINISTRATOR, over=people.norte)
    session.commit()
    with pytest.raises(Refused, match="There is no profile"):
        import_cases(session(), path, by=north, on=NOW, profile="Survey")
    assert "Survey" not in as_user(north).get("/audits/dsat/import").get_data(as_text=True)
    assert "Survey" not in client.get("/audits/import").get_data(as_text=True)
    assert client.get(f"{at}/columns", headers={"Accept-Language": "es"}).status_code == 200
