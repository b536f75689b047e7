"""People from a file: what each row makes, again, later, and wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.accounts.models import Absence, Activity, Grant, Membership, Unit, UnitTree, User
from app.accounts.permissions import Role
from app.accounts.problems import PeopleProblem
from app.accounts.queries import places
from app.accounts.services import PeopleSummary, import_absences, import_people
from app.core.errors import Refused
from app.core.follow import Event
from app.core.i18n import speak
from app.core.problems import BadFile, ProblemKind, describe
from tests.accounts.files import HEADER, row, write
from tests.conftest import Cast

ON = datetime(2026, 11, 1, 15, tzinfo=UTC)
LEAD = row(employee_no="L1", name="Paola Restrepo", email="paola@example.org", role="team_lead", weekly_contacts="")
AUDITOR = row(
    employee_no="Q1", name="Iván Zúñiga", email="ivan@example.org", role="auditor", team="", line_of_business=""
)
MANAGER = row(
    employee_no="P1",
    name="Mariana",
    email="m@example.org",
    role="program_manager",
    partner="",
    site="",
    team="",
    market="",
)

Import = Callable[..., PeopleSummary]


@pytest.fixture
def bring(session: Any, tmp_path: Path) -> Import:
    """Write the rows to a file and import it."""

    def bring_in(*rows: dict[str, Any], header: list[str] | None = None, on: datetime = ON) -> PeopleSummary:
        summary = import_people(session, write(tmp_path / "people.csv", *rows, header=header), by=None, on=on)
        session.commit()
        return summary

    return bring_in


@pytest.fixture
def refused(bring: Import, session: Any) -> Callable[..., list[Any]]:
    """The problems of a file with these rows, of which nothing may have been stored."""

    def problems_of(*rows: dict[str, Any], header: list[str] | None = None) -> list[Any]:
        before = counts(session)
        with pytest.raises(BadFile) as caught:
            bring(*rows, header=header)
        session.rollback()
        assert counts(session) == before
        for problem in caught.value.problems:
            assert describe(problem)
            with speak("es"):
                assert describe(problem)
        return list(caught.value.problems)

    return problems_of


def counts(session: Any) -> list[int]:
    return [
        session.scalar(select(func.count()).select_from(t)) for t in (User, Unit, UnitTree, Membership, Grant, Activity)
    ]


def person(session: Any, number: str) -> User:
    return session.scalars(select(User).where(User.employee_no == number)).one()


def teams(session: Any, number: str) -> list[tuple[str, date, date | None]]:
    return [(m.team.name, m.valid_from, m.valid_to) for m in person(session, number).memberships]


def roles(session: Any, number: str) -> list[tuple[Role, str, date, date | None]]:
    return [(g.role, g.unit.path, g.valid_from, g.valid_to) for g in person(session, number).grants]


# --- What each row makes ---


def test_an_agent_gets_a_membership_and_no_role(session: Any, bring: Import) -> None:
    assert bring(row()) == PeopleSummary(1, 1, 0, 0, 3, 1, 0, 0)
    ana = person(session, "A1")
    assert (ana.name, ana.email, ana.language, ana.time_zone) == ("Ana Ruiz", "ana.ruiz@example.org", "es", None)
    assert (ana.hired_on, ana.weekly_contacts, ana.password_hash) == (date(2026, 1, 5), 230, None)
    assert teams(session, "A1") == [("Refunds", date(2026, 1, 5), None)]
    assert roles(session, "A1") == []


def test_a_lead_gets_the_team_and_no_membership(session: Any, bring: Import) -> None:
    bring(LEAD)
    assert teams(session, "L1") == []
    assert roles(session, "L1") == [(Role.TEAM_LEAD, "Norte/Bogotá/Refunds", date(2026, 1, 5), None)]


def test_other_roles_hold_over_the_deepest_unit_named(session: Any, bring: Import) -> None:
    bring(AUDITOR, MANAGER, row(employee_no="B1", email="", role="partner_manager", site="", team=""))
    assert [r[:2] for r in roles(session, "Q1")] == [(Role.AUDITOR, "Norte/Bogotá")]
    assert [r[:2] for r in roles(session, "P1")] == [(Role.PROGRAM_MANAGER, "")]
    assert [r[:2] for r in roles(session, "B1")] == [(Role.PARTNER_MANAGER, "Norte")]


def test_units_are_made_with_their_place_in_the_tree_and_what_holds_in_them(session: Any, bring: Import) -> None:
    bring(row(), row(employee_no="A2", email="", team="Orders", line_of_business="Sellers"))
    units = {u.path: u for u in session.scalars(select(Unit))}
    assert set(units) == {"", "Norte", "Norte/Bogotá", "Norte/Bogotá/Refunds", "Norte/Bogotá/Orders"}
    assert units["Norte"].market is None
    site = units["Norte/Bogotá"]
    assert (site.market, site.time_zone, site.language) == ("CO", "America/Bogota", "es")
    assert units["Norte/Bogotá/Refunds"].line_of_business == "Buyers"
    depths = session.execute(
        select(UnitTree.ancestor_id, UnitTree.depth).where(UnitTree.unit_id == units["Norte/Bogotá/Orders"].id)
    ).all()
    assert dict(depths) == {
        units[""].id: 3,
        units["Norte"].id: 2,
        site.id: 1,
        units["Norte/Bogotá/Orders"].id: 0,
    }


def test_a_team_of_another_market_keeps_its_own(session: Any, bring: Import) -> None:
    others = [row(employee_no=f"A{n}", email="") for n in (2, 3)]
    bring(row(employee_no="M1", email="", team="Export", market="US"), row(), *others)
    settled = {place.path: place.market for place in places(session).values()}
    assert settled["Norte/Bogotá"] == settled["Norte/Bogotá/Refunds"] == "CO"
    assert settled["Norte/Bogotá/Export"] == "US"


def test_what_differs_from_the_unit_stays_with_the_person(session: Any, bring: Import) -> None:
    others = [row(employee_no=f"A{n}", email="") for n in (2, 3)]
    bring(row(time_zone="America/Lima", language="en", line_of_business="Sellers"), *others)
    ana = person(session, "A1")
    assert (ana.time_zone, ana.language) == ("America/Lima", "en")
    assert ana.memberships[0].line_of_business == "Sellers"
    assert person(session, "A2").memberships[0].line_of_business is None


def test_a_person_may_have_several_roles(session: Any, bring: Import) -> None:
    summary = bring(row(), row(role="trainer", team="", valid_from="2026-03-01"))
    assert (summary.rows, summary.people_new, summary.memberships_new, summary.grants_new) == (2, 1, 1, 1)
    assert len(teams(session, "A1")) == len(roles(session, "A1")) == 1


def test_a_file_may_tell_several_teams_one_after_the_other(session: Any, bring: Import) -> None:
    bring(row(team="Orders", valid_from="2026-06-01"), row())
    assert teams(session, "A1") == [
        ("Refunds", date(2026, 1, 5), date(2026, 6, 1)),
        ("Orders", date(2026, 6, 1), None),
    ]


def test_levels_may_be_left_out(session: Any, bring: Import) -> None:
    bring(row(partner="", site=""))
    assert session.scalars(select(Unit.path).where(Unit.parent_id.is_not(None))).all() == ["Refunds"]
    assert places(session)[person(session, "A1").memberships[0].team_id].market == "CO"


def test_headers_and_words_may_be_spanish(session: Any, bring: Import, tmp_path: Path) -> None:
    path = tmp_path / "personas.csv"
    path.write_text(
        "\ufeffNúmero de empleado;Nombre;Correo electrónico;Rol;Aliado;Sede;Equipo;Mercado;Zona horaria;Idioma;"
        "Fecha de ingreso;Desde;Turno\n"
        "A1;Ana Ruiz;ana@example.org;Agente;Norte;Bogotá;Refunds;CO;America/Bogota;Español;2026-01-05;2026-01-05;noche\n"
        "L1;Paola;;Líder de equipo;Norte;Bogotá;Refunds;CO;America/Bogota;es;2026-01-05;2026-01-05;\n",
        encoding="utf-8",
    )
    summary = import_people(session, path, by=None, on=ON)
    assert (summary.people_new, summary.unknown_columns) == (2, ("Turno",))
    assert person(session, "A1").language == "es"
    assert roles(session, "L1")[0][0] is Role.TEAM_LEAD


def test_a_workbook_reads_alike(session: Any, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    values = row(hired_on=date(2026, 1, 5), valid_from=date(2026, 1, 5), weekly_contacts=230)
    book.active.append(HEADER)
    book.active.append([values.get(name) for name in HEADER])
    book.save(tmp_path / "people.xlsx")
    assert import_people(session, tmp_path / "people.xlsx", by=None, on=ON).people_new == 1
    assert person(session, "A1").weekly_contacts == 230
    assert teams(session, "A1") == [("Refunds", date(2026, 1, 5), None)]


# --- Again and later ---


def test_the_same_file_again_changes_nothing(session: Any, bring: Import) -> None:
    rows = [row(), LEAD, AUDITOR, MANAGER, row(employee_no="A2", email="", left_on="2026-05-01")]
    first = bring(*rows)
    before = counts(session)
    assert (first.people_new, first.unchanged) == (5, 0)
    again = bring(*rows, on=datetime(2026, 12, 1, tzinfo=UTC))
    assert again == replace(
        again, people_new=0, people_changed=0, unchanged=5, units_new=0, memberships_new=0, grants_new=0, places_ended=0
    )
    assert counts(session)[:5] == before[:5]


def test_without_days_it_is_idempotent_too(session: Any, bring: Import) -> None:
    rows = [row(valid_from="", hired_on=""), {**LEAD, "valid_from": "", "hired_on": ""}]
    bring(*rows)
    assert teams(session, "A1") == [("Refunds", ON.date(), None)]
    assert bring(*rows, on=datetime(2026, 12, 1, tzinfo=UTC)).unchanged == 2


def test_a_person_moved_leaves_the_team_before_on_that_day(session: Any, bring: Import) -> None:
    bring(row())
    summary = bring(row(team="Orders", valid_from="2026-06-01"))
    assert (summary.people_changed, summary.memberships_new, summary.places_ended) == (1, 1, 1)
    moved = [("Refunds", date(2026, 1, 5), date(2026, 6, 1)), ("Orders", date(2026, 6, 1), None)]
    assert teams(session, "A1") == moved
    assert bring(row()).unchanged == 1, "an older file takes nobody back"
    assert teams(session, "A1") == moved


def test_who_becomes_a_lead_leaves_the_team(session: Any, bring: Import) -> None:
    bring(row())
    promoted = row(role="team_lead", valid_from="2026-06-01")
    bring(promoted)
    assert teams(session, "A1") == [("Refunds", date(2026, 1, 5), date(2026, 6, 1))]
    assert roles(session, "A1") == [(Role.TEAM_LEAD, "Norte/Bogotá/Refunds", date(2026, 6, 1), None)]
    assert bring(promoted).unchanged == 1
    bring(row(team="Orders", valid_from="2026-09-01"))
    assert roles(session, "A1")[0][3] == date(2026, 9, 1), "and who becomes an agent leads no more"


def test_a_role_moves_unless_the_file_names_both_units(session: Any, bring: Import) -> None:
    bring(LEAD)
    bring({**LEAD, "team": "Orders", "valid_from": "2026-06-01"})
    assert [(r[1], r[3]) for r in roles(session, "L1")] == [
        ("Norte/Bogotá/Refunds", date(2026, 6, 1)),
        ("Norte/Bogotá/Orders", None),
    ]
    both = [{**LEAD, "employee_no": "L2", "email": "", "team": team} for team in ("Refunds", "Orders")]
    bring(*both)
    assert [r[3] for r in roles(session, "L2")] == [None, None]


def test_leaving_ends_places_and_tells_the_other_rooms(
    app: Any, session: Any, bring: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setitem(app.extensions["followers"], Event.PERSON_LEFT, (lambda _s, **facts: told.append(facts),))
    bring(row(), LEAD)
    left = [row(left_on="2026-10-15"), {**LEAD, "left_on": "2026-10-15"}]
    summary = bring(*left)
    assert (summary.people_changed, summary.places_ended) == (2, 2)
    assert teams(session, "A1")[0][2] == roles(session, "L1")[0][3] == date(2026, 10, 15)
    assert person(session, "A1").has_left
    assert [(t["person_id"], t["day"]) for t in told] == [
        (person(session, number).id, date(2026, 10, 15)) for number in ("A1", "L1")
    ]
    assert bring(*left).unchanged == 2
    assert len(told) == 2


def test_coming_back_keeps_the_time_away(session: Any, bring: Import) -> None:
    bring(row(left_on="2026-03-01"), row(role="trainer", team="", left_on="2026-03-01"))
    bring(row(valid_from="2026-06-01"))
    assert teams(session, "A1") == [
        ("Refunds", date(2026, 1, 5), date(2026, 3, 1)),
        ("Refunds", date(2026, 6, 1), None),
    ]
    assert not person(session, "A1").has_left
    assert roles(session, "A1")[0][3] == date(2026, 3, 1)


def test_an_empty_cell_says_nothing(session: Any, bring: Import) -> None:
    bring(row())
    summary = bring(row(email="", hired_on="", weekly_contacts="", language="", time_zone="", market=""))
    assert summary.unchanged == 1
    assert person(session, "A1").email == "ana.ruiz@example.org"


def test_what_a_person_chose_stays_theirs_once_they_sign_in(session: Any, bring: Import) -> None:
    bring(row())
    bring(row(language="en"))
    assert person(session, "A1").language == "en"
    person(session, "A1").password_hash = "x"
    session.commit()
    assert bring(row(language="es", time_zone="America/Lima")).unchanged == 1


def test_changes_to_people_known_are_in_the_log(session: Any, bring: Import) -> None:
    bring(row())
    bring(row(name="Ana Ruiz Cárdenas", team="Orders", valid_from="2026-06-01"))
    lines = session.scalars(select(Activity).order_by(Activity.id)).all()
    assert [line.verb for line in lines] == ["people.imported", "people.imported", "person.changed", "person.moved"]
    assert lines[2].detail == {"name": ["Ana Ruiz", "Ana Ruiz Cárdenas"]}
    assert lines[0].detail["people_new"] == 1


def test_two_people_may_swap_addresses(session: Any, bring: Import) -> None:
    bring(row(email="a@example.org"), row(employee_no="A2", email="b@example.org"))
    bring(row(email="b@example.org"), row(employee_no="A2", email="a@example.org"))
    assert person(session, "A1").email == "b@example.org"


def test_units_are_known_whatever_their_case(session: Any, bring: Import) -> None:
    bring(row())
    assert bring(row(employee_no="A2", email="", partner="NORTE", site=" bogotá ", team="refunds")).units_new == 0


# --- Wrong ---


@pytest.mark.parametrize(
    ("cells", "kind", "column"),
    [
        ({"employee_no": ""}, ProblemKind.REQUIRED, "employee_no"),
        ({"name": ""}, ProblemKind.REQUIRED, "name"),
        ({"role": ""}, ProblemKind.REQUIRED, "role"),
        ({"role": "boss"}, ProblemKind.BAD_VALUE, "role"),
        ({"team": ""}, ProblemKind.REQUIRED, "team"),
        ({"team": "A/B"}, PeopleProblem.SLASH, "team"),
        ({"email": "ana at example"}, ProblemKind.BAD_EMAIL, "email"),
        ({"language": "pt"}, ProblemKind.BAD_VALUE, "language"),
        ({"time_zone": "Bogota"}, ProblemKind.BAD_TIME_ZONE, "time_zone"),
        ({"time_zone": "../etc/passwd"}, ProblemKind.BAD_TIME_ZONE, "time_zone"),
        ({"hired_on": "05/01/2026"}, ProblemKind.BAD_DATE, "hired_on"),
        ({"valid_from": "2026-02-30"}, ProblemKind.BAD_DATE, "valid_from"),
        ({"left_on": "2025-12-31"}, PeopleProblem.LEFT_TOO_EARLY, "left_on"),
        ({"weekly_contacts": "many"}, ProblemKind.BAD_NUMBER, "weekly_contacts"),
        ({"weekly_contacts": "-3"}, ProblemKind.OUT_OF_RANGE, "weekly_contacts"),
        ({"name": "=cmd|'/c calc'!A1"}, ProblemKind.FORMULA, "name"),
        ({"employee_no": "@SUM(1)"}, ProblemKind.FORMULA, "employee_no"),
        ({"site": "=1+1"}, ProblemKind.FORMULA, "site"),
        ({"name": "A" * 201}, ProblemKind.TOO_LONG, "name"),
    ],
)
def test_a_bad_cell_is_named(refused: Any, cells: dict[str, str], kind: Any, column: str) -> None:
    problems = refused(row(), row(employee_no="A2", email="") | cells)
    assert [(p.kind, p.line, p.column) for p in problems] == [(kind, 3, column)]


def test_a_lead_without_a_team_is_refused(refused: Any) -> None:
    assert refused({**LEAD, "team": ""})[0].kind is ProblemKind.REQUIRED


@pytest.mark.parametrize(
    ("second", "kind", "column", "hint"),
    [
        ({}, ProblemKind.DUPLICATE_ROW, "employee_no", "2"),
        ({"team": "Orders"}, PeopleProblem.TWO_TEAMS, "team", "2"),
        ({"role": "trainer", "name": "Another"}, ProblemKind.INCONSISTENT, "name", "2"),
        ({"employee_no": "A2"}, PeopleProblem.EMAIL_TAKEN, "email", "A1"),
        ({"employee_no": "A2", "email": "", "market": "US"}, PeopleProblem.UNIT_DIFFERS, "market", "CO"),
    ],
)
def test_rows_that_do_not_go_together(refused: Any, second: dict[str, str], kind: Any, column: str, hint: str) -> None:
    problems = refused(row(), row(**second))
    assert [(p.kind, p.line, p.column, p.hint) for p in problems] == [(kind, 3, column, hint)]


def test_what_does_not_go_with_what_is_known(session: Any, bring: Import, refused: Any) -> None:
    bring(row())
    assert refused(row(employee_no="A2"))[0].kind is PeopleProblem.EMAIL_TAKEN
    assert refused(row(market="US"))[0].kind is PeopleProblem.UNIT_DIFFERS
    assert refused(row(employee_no="A2", email="", partner="", site="Norte"))[0].kind is PeopleProblem.UNIT_KIND


def test_a_missing_column_is_named(refused: Any) -> None:
    for name in HEADER[:12]:
        problems = refused(row(), header=[h for h in HEADER if h != name])
        assert [(p.kind, p.column) for p in problems] == [(ProblemKind.MISSING_COLUMN, name)]


def test_all_problems_are_told_at_once_in_order(refused: Any) -> None:
    problems = refused(row(), row(employee_no="A2", email="x", role="boss"), row(employee_no="A3", email="", name=""))
    assert [(p.line, p.kind) for p in problems] == [
        (3, ProblemKind.BAD_VALUE),
        (3, ProblemKind.BAD_EMAIL),
        (4, ProblemKind.REQUIRED),
    ]


def test_a_file_of_rubbish_stops_early(refused: Any) -> None:
    assert len(refused(*[row(employee_no=f"A{n}", role="boss") for n in range(2_000)])) == 500


def test_an_empty_file_is_refused(session: Any, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.touch()
    with pytest.raises(BadFile):
        import_people(session, path, by=None, on=ON)


def test_only_an_administrator_of_everything_may_import(session: Any, people: Cast, tmp_path: Path) -> None:
    session.add(
        Grant(user_id=people.ivan.id, role=Role.ADMINISTRATOR, unit_id=people.norte.id, valid_from=date(2025, 1, 1))
    )
    session.commit()
    for viewer in (people.mariana, people.ivan, people.ana):
        with pytest.raises(Refused):
            import_people(session, write(tmp_path / "people.csv", row()), by=viewer, on=ON)
    assert import_people(session, write(tmp_path / "people.csv", row(email="")), by=people.ada, on=ON).people_new == 1


# --- Absences ---


def absences(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "absences.csv"
    path.write_text("employee_no,kind,from,to\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_absences_come_in_once(session: Any, people: Cast, tmp_path: Path) -> None:
    path = absences(tmp_path, "ANA,vacation,2026-10-01,2026-10-07", "LUIS,licencia,2026-10-02,2026-10-02")
    summary = import_absences(session, path, by=None, on=ON)
    assert (summary.rows, summary.absences_new) == (2, 2)
    assert import_absences(session, path, by=None, on=ON).unchanged == 2
    changed = import_absences(session, absences(tmp_path, "ANA,sick,2026-10-01,2026-10-07"), by=None, on=ON)
    assert (changed.absences_changed, changed.absences_new) == (1, 0)
    assert session.scalar(select(func.count()).select_from(Absence)) == 2


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["GHOST,sick,2026-10-01,2026-10-02"], ProblemKind.UNKNOWN_REFERENCE),
        (["ANA,strike,2026-10-01,2026-10-02"], ProblemKind.BAD_VALUE),
        (["ANA,sick,2026-10-03,2026-10-02"], ProblemKind.OUT_OF_RANGE),
        (["ANA,sick,,2026-10-02"], ProblemKind.REQUIRED),
        (["ANA,sick,2026-10-01,2026-10-02"] * 2, ProblemKind.DUPLICATE_ROW),
    ],
)
def test_bad_absences_store_nothing(session: Any, people: Cast, tmp_path: Path, lines: list[str], kind: Any) -> None:
    with pytest.raises(BadFile) as caught:
        import_absences(session, absences(tmp_path, *lines), by=None, on=ON)
    assert [p.kind for p in caught.value.problems] == [kind]
    assert session.scalar(select(func.count()).select_from(Absence)) == 0
