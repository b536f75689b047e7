"""Metric values and targets: files in, the list within scope."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from app.core.problems import BadFile, ProblemKind
from app.metrics import services
from app.metrics.models import MetricValue, Target
from app.metrics.rules import Aim, target_for
from app.metrics.services import MetricProblem

ON = datetime(2026, 11, 3, 15, tzinfo=UTC)
HEAD = "metric,unit,employee_no,period,numerator,denominator\n"
SOME = HEAD + "csat,Norte/Bogotá/Refunds,,2026-10,90,100\ncsat,,ANA,2026-10-15,9,10\naht,Sur/Lima,,2026-10,42000,100\n"


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "metrics.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_target_is_the_nearest_above_that_holds_by_then():
    aims = {
        ("csat", 1): [Aim(0.8, date(2026, 1, 1)), Aim(0.85, date(2026, 6, 1))],
        ("csat", 3): [Aim(0.9, date(2026, 9, 1))],
    }
    assert target_for(aims, "csat", (1, 2, 3), date(2026, 10, 1)) == 0.9
    assert target_for(aims, "csat", (1, 2, 3), date(2026, 7, 1)) == 0.85
    assert target_for(aims, "csat", (1, 2), date(2026, 2, 1)) == 0.8
    assert target_for(aims, "csat", (1, 2), date(2025, 12, 1)) is None
    assert target_for(aims, "aht", (1, 2), date(2026, 2, 1)) is None


def test_values_come_in_once_for_a_unit_or_a_persons_team(session, people, file):
    first = services.import_values(session, file(SOME), by=None, on=ON)
    session.commit()
    assert (first.rows, first.new) == (3, 3)
    ana = session.scalars(select(MetricValue).where(MetricValue.person_id == people.ana.id)).one()
    assert (ana.unit_id, ana.period) == (people.refunds.id, date(2026, 10, 1))
    again = services.import_values(session, file(SOME.replace("9,10", "8,10")), by=None, on=ON)
    assert (again.new, again.changed, again.unchanged) == (0, 1, 2)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("csat,Norte/Nowhere,,2026-10,1,2", ProblemKind.UNKNOWN_REFERENCE),
        ("csat,,NOBODY,2026-10,1,2", ProblemKind.UNKNOWN_REFERENCE),
        ("csat,,ANA,2024-10,1,2", MetricProblem.NO_UNIT),
        ("csat,Norte,,October,1,2", MetricProblem.BAD_PERIOD),
        ("csat,Norte,,,1,2", ProblemKind.REQUIRED),
        ("csat,Norte,,2026-10,1,0", ProblemKind.OUT_OF_RANGE),
        ("csat,Norte,,2026-10,many,2", ProblemKind.BAD_NUMBER),
        ("=cmd,Norte,,2026-10,1,2", ProblemKind.FORMULA),
        ("csat,Norte,,2026-10,1,2\ncsat,Norte,,2026-10,1,2", ProblemKind.DUPLICATE_ROW),
    ],
)
def test_a_bad_row_stores_nothing(session, people, file, line, kind):
    with pytest.raises(BadFile) as caught:
        services.import_values(session, file(HEAD + line + "\naht,Norte,,2026-10,1,2\n"), by=None, on=ON)
    assert kind in {p.kind for p in caught.value.problems}
    session.rollback()
    assert session.scalar(select(func.count()).select_from(MetricValue)) == 0


def test_the_command_takes_values_and_targets(session, people, app, file):
    runner = app.test_cli_runner()
    session.commit()
    answer = runner.invoke(args=["metrics", "import", str(file(SOME)), "--json"])
    assert (answer.exit_code, json.loads(answer.stdout)["new"]) == (0, 3)
    targets = "metric,unit,target,valid_from\ncsat,,0.9,2026-01-01\ncsat,Sur,0.8,2026-01-01\n"
    answer = runner.invoke(args=["metrics", "import", str(file(targets)), "--targets"])
    assert "2 new" in answer.stdout
    assert session.scalar(select(func.count()).select_from(Target)) == 2
    bad = runner.invoke(args=["metrics", "import", str(file(HEAD + "csat,X,,2026-10,1,2\n"))])
    assert bad.exit_code == 1
    assert "Row 2" in bad.stderr


def test_each_sees_the_values_of_their_scope(session, people, as_user, file):
    services.import_values(session, file(SOME), by=None, on=ON)
    session.add(Target(metric="csat", unit_id=people.programme.id, target=0.95, valid_from=date(2026, 1, 1)))
    session.commit()
    page = as_user(people.carmen).get("/metrics").get_data(as_text=True)
    assert "Refunds" in page
    assert "95.0\u00a0%" in page
    assert "Lima" not in page
    csv = as_user(people.pedro).get("/metrics?format=csv").get_data(as_text=True)
    assert "Lima" in csv
    assert "Refunds" not in csv
    assert as_user(people.ana).get("/metrics").status_code == 403
    assert as_user(None).get("/metrics").status_code == 302


def test_the_list_is_in_spanish_and_asks_as_much_for_many_as_for_few(session, people, as_user, file, count_queries):
    services.import_values(session, file(SOME), by=None, on=ON)
    session.commit()
    client = as_user(people.mariana, "es")
    assert "Satisfacción del cliente" in client.get("/metrics").get_data(as_text=True)
    few = count_queries(lambda: client.get("/metrics"))
    session.add_all(
        MetricValue(metric=f"m{n}", unit_id=people.norte.id, period=date(2026, 9, 1), numerator=n, denominator=100)
        for n in range(20)
    )
    session.commit()
    assert count_queries(lambda: client.get("/metrics")) <= few
