"""Search: one word finds something of each kind, each reader within their own reach, and whatever is found opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from app.accounts.models import Unit, User
from app.accounts.permissions import Role
from app.audits.dsat.models import DsatCase
from app.audits.models import Import, ImportState
from app.cohorts.deliveries.models import Delivery
from app.cohorts.launches.models import Launch
from app.cohorts.launches.rules import LaunchKind
from app.cohorts.programmes.models import Cohort, SeatBudget, TrainerProgramme
from app.curriculum.live.models import LiveSession
from app.curriculum.models import Module, ModuleKind, ModuleState
from app.curriculum.paths.models import Path, PathVersion
from app.governance.decisions.models import Resolution
from app.governance.initiatives.models import Initiative
from app.governance.reviews.models import BusinessReview
from app.governance.reviews.rules import ReviewState
from app.governance.risks.models import Risk
from app.governance.risks.rules import Response
from app.reports.kept.models import SavedView
from tests.conftest import make_unit, make_user
from tests.home.pages import plain, untranslated
from tests.home.test_screens import DATA
from tests.home.world import NOW, OCTOBER, TODAY, World

As = Callable[..., Any]


def found(client: Any, words: str) -> str:
    return plain(client.get("/search", query_string={"q": words}).text)


def hits(client: Any, words: str) -> list[str]:
    """The addresses of what was found."""
    page = client.get("/search", query_string={"q": words}).text
    return re.findall(r'href="([^"]+)"', page[page.index("data-arrows") : page.index("<footer")])


# --- Something of each kind, on both sides ---


class Sapphires:
    """Whatever may be found, called Zafiro: `common` is everybody's, the others belong to one partner each."""

    def __init__(self, world: World) -> None:
        self.session, people = world.session, world.people
        self.trainers = TrainerProgramme(code="T1", title_en="Zafiro trainers", title_es="Formadores Zafiro")
        self.module = Module(
            code="M9", title_en="Sapphire", title_es="Zafiro", kind=ModuleKind.ARTICLE, minutes=5, body_en="x", body_es="x",
            state=ModuleState.PUBLISHED,
        )  # fmt: skip
        self.path = Path(code="P9", title_en="Zafiro", title_es="Zafiro", state=ModuleState.PUBLISHED)
        self.session.add_all([self.trainers, self.module, self.path])
        self.session.flush()
        self.session.add(
            PathVersion(path_id=self.path.id, number=1, is_current=True, title_en="Zafiro", title_es="Zafiro")
        )
        self.of_norte = self._side(world, people.bogota, people.refunds, people.carmen)
        self.of_sur = self._side(world, people.lima, people.orders, people.pedro)
        self.session.commit()

    def _side(self, world: World, site: Unit, team: Unit, manager: User) -> dict[str, str]:
        """What a partner has: its addresses by kind."""
        partner = site.parent
        assert partner is not None
        self.session.flush()
        below = make_unit(self.session, team.kind, f"Zafiro {site.name}", site)
        agent = make_user(self.session, f"Zafiro{site.name} Díaz", team=below)
        lead = make_user(self.session, f"Gema{site.name} Zafiro", role=Role.TEAM_LEAD, over=below)
        gap = world.gap(agent, world.identity)
        held = world.held(agent, lead)
        audit = world.audit(agent, below)
        audit.source, audit.reference = site.name, "ZAFIRO"
        words = {"title_en": "Zafiro", "title_es": "Zafiro"}
        case = DsatCase(
            source=site.name, reference="ZAFIRO", person_id=agent.id, team_id=below.id, received_at=NOW,
            week=TODAY - timedelta(days=1),
        )  # fmt: skip
        cohort = Cohort(
            programme_id=self.trainers.id, name=f"Zafiro {site.name}", language="es", time_zone="UTC", starts_on=OCTOBER,
            ends_on=TODAY, seats=9,
        )  # fmt: skip
        launch = Launch(code=f"Z{site.id}", kind=next(iter(LaunchKind)), go_live_on=TODAY, **words)
        initiative = Initiative(cause="x", plan="x", owner_id=manager.id, made_at=NOW, **words)
        risk = Risk(
            unit_id=site.id, cause="x", consequence="x", likelihood=2, impact=2, owner_id=manager.id,
            response=next(iter(Response)), review_on=TODAY, raised_on=OCTOBER, **words,
        )  # fmt: skip
        decision = Resolution(
            unit_id=site.id, why="x", decided_by_id=manager.id, decided_on=OCTOBER, made_at=NOW, **words
        )
        review = BusinessReview(
            unit_id=below.id, month=OCTOBER, made_at=NOW, figures={}, state=ReviewState.READY, frozen_at=NOW
        )
        live = LiveSession(
            module_id=self.module.id, unit_id=site.id, trainer_id=lead.id, starts_at=NOW, time_zone="UTC", minutes=30,
            language="es", seats=5,
        )  # fmt: skip
        view = SavedView(
            name="Zafiro", report="compliance", owner_id=manager.id, shared_unit_id=partner.id, made_at=NOW
        )
        launch.units = initiative.units = [site]
        self.session.add_all([case, cohort, launch, initiative, risk, decision, review, live, view])
        self.session.flush()
        self.session.add(SeatBudget(cohort_id=cohort.id, unit_id=partner.id, seats=3))
        delivery = Delivery(
            programme_id=self.trainers.id, cohort_id=cohort.id, trainer_id=lead.id, unit_id=site.id, title="Zafiro",
            starts_at=NOW, minutes=30, code=f"Z{site.id}",
        )  # fmt: skip
        self.session.add(delivery)
        self.session.flush()
        return {
            "person": f"/people/{agent.id}",
            "lead": f"/people/{lead.id}",
            "unit": f"/people?unit={below.id}",
            "gap": f"/gaps/{gap.id}",
            "session": f"/coaching/sessions/{held.session_id}",
            "audit": f"/audits/{audit.id}",
            "case": f"/audits/dsat/{case.id}",
            "live": f"/curriculum/live/{live.id}",
            "view": f"/reports/views/{view.id}",
            "review": f"/reports/reviews/{review.id}",
            "initiative": f"/governance/initiatives/{initiative.id}",
            "risk": f"/governance/risks/{risk.id}",
            "decision": f"/governance/decisions/{decision.id}",
            "cohort": f"/cohorts/{cohort.id}",
            "delivery": f"/cohorts/deliveries/{delivery.id}",
            "launch": f"/cohorts/launches/{launch.id}",
        }

    @property
    def common(self) -> set[str]:
        return {
            f"/curriculum/modules/{self.module.id}",
            f"/curriculum/paths/{self.path.id}",
            f"/cohorts/programmes/{self.trainers.id}",
        }


BLIND = {"session", "view", "review", "initiative", "risk", "decision", "cohort", "delivery", "launch"}
"""What an auditor does not follow."""
SEEN: dict[str, tuple[set[str], set[str]]] = {
    "mariana": ({"view"}, {"view"}),
    "ada": ({"view"}, {"view"}),
    "tomas": ({"view"}, {"view"}),
    "carmen": (set(), {"all"}),
    "pedro": ({"all"}, set()),
    "ivan": (BLIND, {"all"}),
    "ana": ({"all"}, {"all"}),
    "sol": ({"all"}, {"all"}),
}
"""What each does not find of Norte's and of Sur's."""


def test_each_role_finds_what_is_within_reach_and_it_opens(world: World, as_user: As) -> None:
    made = Sapphires(world)
    for name, (not_norte, not_sur) in SEEN.items():
        client = as_user(getattr(world.people, name), "es")
        told = {one for one in hits(client, "zafiro") if "?q=" not in one}
        for side, hidden in ((made.of_norte, not_norte), (made.of_sur, not_sur)):
            wanted = set() if "all" in hidden else {url for kind, url in side.items() if kind not in hidden}
            own_live = {side["live"]} if name in ("ana", "sol") else set()
            assert told & set(side.values()) - own_live == wanted, name
        assert made.common <= told, name
        assert told <= made.common | set(made.of_norte.values()) | set(made.of_sur.values()), name
        for url in told - {made.of_norte["review"]} if name in ("carmen", "ivan", "ana") else ():
            assert client.get(url).status_code in (200, 302), (name, url)


# --- What words mean ---


def test_people_audits_gaps_sessions_and_modules_are_found(world: World, as_user: As) -> None:
    client = as_user(world.people.paola)
    page = found(client, "ana ruiz")
    for said in ("Ana Ruiz", "Refunds", "Ana Ruiz: Verify identity", "One-to-one: Ana Ruiz"):
        assert said in page, said
    assert "Ana Ruiz: Verify identity" in found(client, "ana identidad")
    assert "Luis" not in found(client, "ana identidad")
    assert f"/people/{world.people.ana.id}" in found(client, "RUIZ")
    assert "Two facts, always" in found(client, "siempre")
    audit = world.audit(world.people.ana, world.people.refunds)
    audit.reference, audit.contact_ref = "Q-4821", "CALL-2026-77"
    world.session.commit()
    for words in ("q-4821", "q-48", "call-2026-77", "CALL-2026"):
        assert "Audit Q-4821" in found(client, words), words
    assert "Audit A1" in found(client, "a1")
    assert "Audit Q-4821" not in found(client, "4821")


def test_reports_and_places_are_found_in_either_language(world: World, as_user: As) -> None:
    manager = as_user(world.people.mariana)
    for words in ("compliance", "cumplimiento"):
        assert "/reports/compliance" in hits(manager, words), words
    assert "/reports/compliance" in hits(as_user(world.people.mariana, "es"), "compliance")
    assert "/cohorts" in hits(manager, "cohort")
    assert hits(as_user(world.people.ana), "cumplimiento") == []
    assert "/coaching/commitments" in hits(as_user(world.people.paola), "compromisos")


def test_nothing_of_another_partner_is_found(world: World, as_user: As) -> None:
    for words in ("Sol Paz", "PAZ"):
        assert "No results within your reach." in found(as_user(world.people.carmen), words)
        assert "Sol Paz" in found(as_user(world.people.pedro), words)


def test_accents_and_order_of_words_do_not_matter(world: World, as_user: As) -> None:
    make_user(world.session, "Mónica Ñúñez Güiza", team=world.people.refunds)
    make_user(world.session, "Noé 100% Oca_", team=world.people.refunds)
    world.session.commit()
    client = as_user(world.people.paola)
    for words in ("noe oca", "100%", "oca_"):
        assert "Noé 100% Oca_" in found(client, words), words
    for words in ("nunez monica", "GÜIZA"):
        assert "Mónica Ñúñez Güiza" in found(client, words), words
    assert "Mónica Ñúñez Güiza" in client.get("/people?q=nunez+monica").text
    assert "Mariana Echeverría" in found(as_user(world.people.ada), "echeverria")


def test_odd_words_find_nothing_and_break_nothing(world: World, as_user: As) -> None:
    client = as_user(world.people.mariana)
    for words in ("", "a", "%", "\\", "%%%", "x" * 500, "'; drop table user", "x y z q w v u t"):
        answer = client.get("/search", query_string={"q": words})
        assert answer.status_code == 200, words
        assert "Ana Ruiz" not in answer.text, words


def test_an_agent_finds_only_the_own_records(world: World, as_user: As) -> None:
    client = as_user(world.people.luis)
    assert "Luis Mora: Verify identity" in found(client, "identity")
    assert "Ana" not in found(client, "identity")
    assert "One-to-one: Luis Mora" in found(client, "luis")
    assert "Ana" not in found(client, "restrepo")
    assert "No results within your reach." in found(client, "ruiz")


def test_imports_are_found_by_who_may_import(world: World, as_user: As) -> None:
    brought = Import(kind="findings", file_name="octubre.csv", sha256="0", state=ImportState.DONE, created_at=NOW)
    world.session.add(brought)
    world.session.commit()
    assert hits(as_user(world.people.mariana), "octubre") == [f"/audits/imports/{brought.id}"]
    assert hits(as_user(world.people.carmen), "octubre") == []


@pytest.mark.once
def test_search_asks_as_much_for_many_as_for_few(world: World, as_user: As, count_queries: Any) -> None:
    client, people = as_user(world.people.mariana), world.people
    first = world.agents(people.refunds, 1)[0]
    world.gap(first, world.identity)
    world.held(first, people.paola)
    world.session.commit()
    found(client, "refunds")
    few = count_queries(lambda: found(client, "refunds"))
    for agent in world.agents(people.refunds, 20):
        world.gap(agent, world.identity)
        world.held(agent, people.paola)
        world.audit(agent, people.refunds, date(2026, 10, 5))
    world.session.commit()
    assert count_queries(lambda: found(client, "refunds")) <= few
    assert "More" in found(client, "refunds")


def test_search_is_in_spanish(world: World, as_user: As) -> None:
    client = as_user(world.people.paola)
    english, spanish = (client.get(f"/search?q=ruiz&lang={code}").text for code in ("en", "es"))
    assert untranslated(english, spanish, DATA | {"ruiz"}) == set()
