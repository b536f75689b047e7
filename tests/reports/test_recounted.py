"""Figures of a world that the demo did not make, and of what is drawn by intervals: counted again with pandas, in every form."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import time_machine
from flask import Flask
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.models import Grant, Membership, Unit, User
from app.accounts.permissions import Role
from app.curriculum.models import Assignment, Module
from app.gaps.models import Remedy
from app.remedies.models import Outcome
from scripts.recount.agreement import agreement
from tests.conftest import Cast
from tests.shelf import Shelf

CUT = Path(__file__).parents[1] / "data" / "world-101"
FILES = (
    ("people", "import", "people"), ("curriculum", "import", "competencies"), ("audits", "scorecard", "scorecard"),
    ("audits", "import", "findings"), ("audits", "import", "reaudits"),
)  # fmt: skip
MONTH = "month=2026-10"
PARTNER = "BPO North"
Get = Callable[[str], Any]


@pytest.fixture
def cut(app: Flask, session: Any, shelf: Shelf) -> Iterator[dict[str, User]]:
    """Twelve agents of world-101 with two months of audits, brought in as anybody would, and who reads of them."""

    def bring_in() -> None:
        for room, command, name in FILES:
            done = app.test_cli_runner().invoke(args=[room, command, str(CUT / f"{name}.csv")])
            assert done.exit_code == 0, done.output
        top = session.scalars(select(Unit).where(Unit.parent_id.is_(None))).one()
        partner = session.scalars(select(Unit).where(Unit.name == PARTNER)).one()
        for name, role, unit in (("PM", Role.PROGRAM_MANAGER, top), ("PARTNER", Role.PARTNER_MANAGER, partner)):
            who = User(employee_no=name, name=name.title(), language="en", password_hash="none")
            session.add(who)
            session.flush()
            session.add(Grant(user_id=who.id, role=role, unit_id=unit.id, valid_from=date(2026, 1, 1)))
        session.scalars(select(User).where(User.employee_no == "TL-T008")).one().password_hash = "none"
        session.commit()

    with time_machine.travel(datetime(2026, 11, 3, 14, tzinfo=UTC), tick=False):
        shelf.have("world-101", bring_in)
        named = {"manager": "PM", "partner": "PARTNER", "lead": "TL-T008"}
        yield {one: session.scalars(select(User).where(User.employee_no == no)).one() for one, no in named.items()}


def rows_of(get: Get, address: str) -> pd.DataFrame:
    """Exported rows."""
    return pd.read_csv(io.StringIO(get(address).get_data(as_text=True).removeprefix("\ufeff")))


def in_json(get: Get, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(get(f"/reports/{name}?{MONTH}&format=json").data)
    return found


# --- Quality and fatal errors ---


def quality_again(exported: pd.DataFrame) -> dict[str, dict[str, float]]:
    """By unit, from the audits as they leave Hilo as CSV: random ones, with the month of their contact."""
    mine = exported[(exported["Purpose"] == "random") & exported["Contact"].str.startswith("2026-10")]
    found = {}
    for path in sorted({"/".join(team.split("/")[:depth]) for team in mine["Team"] for depth in (1, 2, 3)} | {""}):
        here = mine[mine["Team"].str.startswith(path)]
        fatal = (here["Fatal"] == "yes").sum()
        found[path] = {"audits": len(here), "score": here["Score"].mean(), "fatal": fatal, "rate": fatal / len(here)}
    return found


@pytest.mark.parametrize("role", ["manager", "partner", "lead"])
def test_quality_of_another_world_is_that_of_its_exported_rows(
    cut: dict[str, User], as_user: Callable[..., Any], role: str
) -> None:
    get = as_user(cut[role]).get
    exported = rows_of(get, "/audits?format=csv")
    assert set(exported["Team"].str.split("/").str[0]) == (
        {"Internal", PARTNER, "BPO South"} if role == "manager" else {PARTNER}
    )
    wanted = quality_again(exported)
    told = in_json(get, "quality")["units"]
    seen = {line["unit"]: line for line in told}
    own = {path: one for path, one in wanted.items() if path in seen or path == ""}
    assert seen.keys() - {"Programme"} <= wanted.keys()
    for path, line in seen.items():
        again = own["" if path == "Programme" else path]
        assert (line["audits"], line["fatal"]) == (again["audits"], again["fatal"]), path
        assert line["score"] == pytest.approx(again["score"])
    sheet = load_workbook(io.BytesIO(get(f"/reports/quality?{MONTH}&format=xlsx").data)).worksheets[0]
    table = rows_of(get, f"/reports/quality?{MONTH}&format=csv")
    for row, line in zip(sheet.iter_rows(min_row=2, values_only=True), told, strict=True):
        assert (row[0], row[1], row[3]) == (line["unit"], line["audits"], line["fatal"])
        assert row[2] == pytest.approx(line["score"])
    assert table["Mean score"].tolist() == pytest.approx([line["score"] for line in told])
    figures = {one["metric"]: one for one in in_json(get, "performance")["figures"]}
    whole = quality_again(exported)[""]
    assert figures["quality"]["value"] == pytest.approx(whole["score"])
    assert figures["fatal_errors"]["numerator"] == whole["fatal"]
    assert ("auditor_alignment" in figures) is (role == "manager")
    for language in ("en", "es"):
        page = unescape(as_user(cut[role], language).get(f"/reports/quality?{MONTH}").get_data(as_text=True))
        for line in told:
            assert re.search(rf"{100 * line['score']:.1f}\s%", page), (language, line["unit"])


# --- Auditors ---


def said_twice() -> pd.DataFrame:
    """Each check that was scored twice, from the files alone: who, where, weight, fatal, and both answers."""
    read = {
        name: pd.read_csv(CUT / f"{name}.csv", dtype=str) for name in ("findings", "reaudits", "scorecard", "people")
    }
    lines = read["scorecard"].set_index("code")
    again = read["reaudits"][["reaudit_of", "criterion", "result"]].rename(columns={"result": "second"})
    first = read["findings"].melt(
        id_vars=["audit_ref", "employee_no", "auditor_no"], value_vars=list(lines.index), var_name="criterion",
        value_name="first",
    )  # fmt: skip
    every = pd.MultiIndex.from_product([again["reaudit_of"].unique(), lines.index], names=["reaudit_of", "criterion"])
    checks = again.set_index(["reaudit_of", "criterion"]).reindex(every, fill_value="na").reset_index()
    checks = checks.merge(first, left_on=["reaudit_of", "criterion"], right_on=["audit_ref", "criterion"])
    people = read["people"].set_index("employee_no")
    checks["auditor"] = checks["auditor_no"].map(people["name"])
    checks["partner"] = checks["employee_no"].map(people["partner"])
    checks["weight"] = checks["criterion"].map(lines["weight"]).astype(float)
    checks["fatal"] = checks["criterion"].map(lines["severity"]).str.startswith("fatal")
    return checks.rename(columns={"reaudit_of": "contact"})


def test_agreement_of_auditors_of_another_world_is_that_of_its_files(
    cut: dict[str, User], as_user: Callable[..., Any]
) -> None:
    get, checks = as_user(cut["manager"]).get, said_twice()
    told = in_json(get, "auditors")
    for key, column, name in (
        ("auditors", "auditor", "name"),
        ("partners", "partner", "name"),
        ("criteria", "criterion", "code"),
    ):
        wanted = {str(one): agreement(some) for one, some in checks.groupby(column)}
        lines = {line[name]: line for line in told[key]}
        assert lines.keys() == wanted.keys()
        for one, figures in wanted.items():
            assert {figure: lines[one][figure] for figure in figures} == pytest.approx(figures), (key, one)
        by = "" if key == "auditors" else f"&by={key}"
        table = rows_of(get, f"/reports/auditors?{MONTH}&format=csv{by}")
        assert table["Alignment"].tolist() == pytest.approx([line["alignment"] for line in told[key]])
        sheet = load_workbook(io.BytesIO(get(f"/reports/auditors?{MONTH}&format=xlsx{by}").data)).worksheets[0]
        at = [cell.value for cell in sheet[1]].index("Alignment")
        kept = [row[at] for row in sheet.iter_rows(min_row=2, values_only=True)]
        assert kept == pytest.approx([line["alignment"] for line in told[key]])
    whole = agreement(checks)["alignment"]
    figures = {one["metric"]: one for one in in_json(get, "performance")["figures"]}["auditor_alignment"]
    assert sum(one["numerator"] for one in figures["months"]) / sum(
        one["denominator"] for one in figures["months"]
    ) == pytest.approx(whole)
    for language in ("en", "es"):
        page = unescape(as_user(cut["manager"], language).get(f"/reports/auditors?{MONTH}").get_data(as_text=True))
        assert re.search(rf"{100 * whole:.1f}\s%", page), language
    assert [as_user(cut[one]).get("/reports/auditors").status_code for one in ("partner", "lead")] == [403, 403]


@pytest.mark.once
def test_paper_has_the_same_agreement(cut: dict[str, User], as_user: Callable[..., Any]) -> None:
    told = in_json(as_user(cut["manager"]).get, "auditors")
    paper = PdfReader(io.BytesIO(as_user(cut["manager"], "es").get(f"/reports/auditors?{MONTH}&format=pdf").data))
    text = " ".join(" ".join(one.extract_text() for one in paper.pages).split())
    assert len(paper.pages) <= 6, "each column is as wide as its words"
    assert all(line["name"] in text and f"{100 * line['alignment']:.1f}" in text for line in told["auditors"])


# --- Effects and launches ---


def test_effects_are_those_of_what_was_watched(
    session: Any,
    people: Cast,
    two_months: None,
    as_user: Callable[..., Any],
) -> None:
    module = session.scalars(select(Module)).first()
    topic = session.scalars(select(Outcome.competency_id)).first()
    draw, week = np.random.default_rng(5), date(2026, 7, 6)
    for number in range(24):
        who = User(employee_no=f"X{number}", name=f"Person {number}", language="en")
        session.add(who)
        session.flush()
        session.add(Membership(user_id=who.id, team_id=people.refunds.id, valid_from=date(2026, 1, 1)))
        remedy = Remedy(person_id=who.id, competency_id=topic, week=week, day=week, key=f"assignment:x{number}")
        session.add(remedy)
        session.flush()
        gain, beside = (float(one) for one in draw.normal((1.5, 0.2), 0.5))
        session.add(
            Outcome(
                remedy_id=remedy.id, person_id=who.id, competency_id=topic, module_id=module.id, week=week, expected=0.4,
                allowed=0.1, gain=gain, checks=float(draw.integers(8, 20)), control_gain=beside, control_checks=12.0,
                controls=6,
            )
        )  # fmt: skip
    session.commit()
    rows = pd.DataFrame([vars(one) for one in session.scalars(select(Outcome))])
    sums = rows.groupby("person_id")[["gain", "checks", "control_gain", "control_checks"]].sum()

    def points(some: pd.DataFrame) -> float:
        whole = some.sum()
        return float(100 * (whole["gain"] / whole["checks"] - whole["control_gain"] / whole["control_checks"]))

    again = [points(sums.sample(len(sums), replace=True, random_state=seed)) for seed in range(300)]
    half = 1.3 * (np.quantile(again, 0.95) - np.quantile(again, 0.05)) / 2
    client = as_user(people.mariana)
    told = json.loads(client.get(f"/reports/effects?{MONTH}&format=json").data)["modules"][0]
    assert (told["agents"], told["checks"]) == (len(sums), round(rows["checks"].sum()))
    assert told["points"] == round(points(sums), 1)
    assert told["raw"] == round(100 * rows["gain"].sum() / rows["checks"].sum(), 1)
    assert (told["low"], told["high"]) == pytest.approx((points(sums) - half, points(sums) + half), rel=0.15)
    assert told["verdict"] == "works"
    for language in ("en", "es"):
        page = as_user(people.mariana, language).get(f"/reports/effects?{MONTH}").get_data(as_text=True)
        assert f"+{told['points']}".replace("+", "") in page
        assert "chart" in page, "effects are drawn with their intervals"
    (mine,) = json.loads(as_user(people.pedro).get(f"/reports/effects?{MONTH}&format=json").data)["modules"]
    assert mine["agents"] == 1, "of the own partner alone"


def test_readiness_by_site_is_that_of_the_rows(
    session: Any,
    people: Cast,
    two_months: None,
    as_user: Callable[..., Any],
) -> None:
    belongs = pd.DataFrame([vars(one) for one in session.scalars(select(Membership))]).set_index("user_id")["team_id"]
    names = {one.id: one.path for one in session.scalars(select(Unit))}
    done = pd.DataFrame(
        [(one.person_id, one.module.code) for one in session.scalars(select(Assignment)) if one.completed_on],
        columns=["person", "module"],
    )
    learned = set(done[done["module"] == "M0"]["person"])
    sites = belongs.map(lambda team: names[team].rpartition("/")[0].replace("/", " · "))
    for name, among in (("mariana", ""), ("carmen", "Norte"), ("pedro", "Sur")):
        mine = sites[sites.str.startswith(among)]
        client = as_user(getattr(people, name))
        told = json.loads(client.get(f"/reports/launches?{MONTH}&format=json").data)
        wanted = {
            site: (len(some), sum(one in learned for one in some.index)) for site, some in mine.groupby(mine) if site
        }
        assert {one["site"]: (one["people"], one["learned"]) for one in told["sites"]} == wanted
        (whole,) = told["launches"]
        assert (whole["people"], whole["ready"]) == tuple(map(sum, zip(*wanted.values(), strict=True)))
        assert whole["live"] == "2026-11-20"
        sheet = load_workbook(io.BytesIO(client.get(f"/reports/launches?{MONTH}&format=xlsx").data)).worksheets[0]
        row = dict(zip([cell.value for cell in sheet[1]], [cell.value for cell in sheet[2]], strict=True))
        assert (row["Goes live"].date(), row["People"]) == (date(2026, 11, 20), whole["people"])
