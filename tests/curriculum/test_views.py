"""The pages of learning: who may, whose records, in both languages, with queries that do not grow."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from app.accounts.permissions import Role
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Competency, Module, ModuleState
from tests.conftest import make_user
from tests.curriculum.conftest import give

LONG_GONE = date(2025, 3, 1)


def text_of(response) -> str:
    return re.sub(r"[ \n]+", " ", response.get_data(as_text=True))


# --- Modules ---


def test_everybody_reads_published_modules_and_only_writers_see_drafts(people, module, as_user, session):
    draft = Module(code="M02", title_en="Draft one", title_es="", kind=module.kind, minutes=5, state=ModuleState.DRAFT)
    session.add(draft)
    session.commit()
    for user in (people.ana, people.ivan):
        page = text_of(as_user(user).get("/curriculum"))
        assert "Refunds, step by step" in page
        assert "Draft one" not in page
        assert as_user(user).get(f"/curriculum/modules/{draft.id}").status_code == 404
    page = text_of(as_user(people.tomas).get("/curriculum"))
    assert "Draft one" in page
    assert "ES is missing" in page


def test_a_module_is_read_in_the_readers_language_without_html_of_its_own(people, module, as_user, session):
    module.body_es = "# Antes\n\nLeer <script>alert(1)</script> **esto** [aquí](javascript:alert(1))."
    session.commit()
    page = text_of(as_user(people.ana, "es").get(f"/curriculum/modules/{module.id}"))
    assert "<h2>Antes</h2>" in page
    assert "<strong>esto</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page


def test_signed_out_people_are_sent_to_sign_in(people, module, as_user):
    for path in ("/curriculum", f"/curriculum/modules/{module.id}", "/curriculum/assignments", "/curriculum/learn"):
        assert as_user(None).get(path).status_code == 302


@pytest.mark.parametrize("who", ["ana", "paola", "ivan", "carmen"])
def test_only_writers_write(people, module, as_user, who):
    client = as_user(getattr(people, who))
    assert client.get("/curriculum/modules/new").status_code == 403
    assert client.post(f"/curriculum/modules/{module.id}/retire").status_code == 403


def test_a_draft_may_lack_a_language_but_is_not_published_without(people, refund, as_user, session):
    client = as_user(people.tomas)
    form = {
        "code": "M07",
        "kind": "article",
        "minutes": "10",
        "title_en": "Tone",
        "body_en": "Be kind.",
        "competencies": refund.id,
    }
    refused = client.post("/curriculum/modules/new", data={**form, "then": "publish"})
    assert refused.status_code == 422
    assert "a published module needs both languages" in text_of(refused)
    assert client.post("/curriculum/modules/new", data={**form, "then": "save"}).status_code == 302
    found = session.scalars(select(Module)).one()
    assert (found.state, [c.code for c in found.competencies]) == (ModuleState.DRAFT, ["K01"])
    assert client.post(f"/curriculum/modules/{found.id}/publish").status_code == 409
    whole = {**form, "title_es": "Tono", "body_es": "Con amabilidad.", "then": "publish"}
    assert client.post(f"/curriculum/modules/{found.id}/edit", data=whole).status_code == 302
    session.expire_all()
    assert session.scalars(select(Module)).one().state is ModuleState.PUBLISHED


def test_what_is_wrong_in_the_form_is_said_by_its_field(people, module, as_user):
    bad = {"code": "M01", "kind": "video", "minutes": "0", "title_es": "Tono", "url": "javascript:alert(1)"}
    answer = as_user(people.tomas, "es").post("/curriculum/modules/new", data=bad)
    assert answer.status_code == 422
    assert "Otro módulo tiene este código" in text_of(answer)


def test_the_list_of_modules_asks_as_much_for_many_as_for_few(people, module, refund, as_user, session, count_queries):
    client = as_user(people.tomas)
    few = count_queries(lambda: client.get("/curriculum"))
    for n in range(20):
        session.add(
            Module(code=f"X{n}", title_en=f"T{n}", title_es=f"T{n}", kind=module.kind, minutes=1, competencies=[refund])
        )
    session.commit()
    assert count_queries(lambda: client.get("/curriculum")) <= few


# --- Competencies ---


def test_the_tree_of_competencies_shows_targets_and_what_teaches_them(people, module, refund, as_user, session):
    session.add(Competency(code="K02", name_en="Tone", name_es="Tono", target=0.9, parent_id=refund.id))
    session.commit()
    client = as_user(people.ana, "es")
    page = text_of(client.get("/curriculum/competencies"))
    assert "Política de reembolso" in page
    assert "Reembolsos paso a paso" in page
    assert "90\u00a0%" in page
    file = client.get("/curriculum/competencies?format=csv").get_data(as_text=True)
    head, *lines = file.lstrip("\ufeff").splitlines()
    assert head.startswith("Código,Competencia,")
    assert lines == [
        f"K01,Política de reembolso,,{refund.description.text},{refund.target},M01 Reembolsos paso a paso,1",
        "K02,Tono,K01,,0.9,,0",
    ]
    assert client.get("/curriculum/competencies?format=xlsx").data[:2] == b"PK"


def test_who_sets_policies_names_competencies(people, refund, as_user, session):
    path = f"/curriculum/competencies/{refund.id}/edit"
    assert as_user(people.tomas).get(path).status_code == 403
    client = as_user(people.mariana)
    assert client.get(path).status_code == 200
    assert client.post(path, data={"name_en": "Refunds", "name_es": "Reembolsos"}).status_code == 302
    session.expire_all()
    assert session.get(Competency, refund.id).name_es == "Reembolsos"


# --- Assigning ---


def test_a_lead_assigns_within_the_team_only(people, module, as_user, session):
    path = f"/curriculum/modules/{module.id}/assign"
    client = as_user(people.paola)
    page = text_of(client.get(path))
    assert "Ana Ruiz" in page
    assert "Sol Paz" not in page
    asked = client.get(f"{path}?people={people.sol.id}")
    assert "Sol Paz" not in text_of(asked)
    form = {"people": [people.ana.id, people.sol.id], "reason": "manual", "due_on": "2099-01-01"}
    assert client.post(path, data=form).status_code == 422
    assert client.post(path, data={**form, "people": [people.ana.id]}).status_code == 302
    given = session.scalars(select(Assignment)).one()
    assert (given.person_id, given.assigned_by_id, given.reason) == (
        people.ana.id,
        people.paola.id,
        AssignmentReason.MANUAL,
    )


def test_the_preview_leaves_out_who_has_it_open_and_unticks_who_did_it(people, module, as_user, session):
    give(session, people.ana, module)
    done = give(session, people.luis, module)
    done.state, done.completed_on = AssignmentState.COMPLETED, date(2026, 11, 3)
    session.commit()
    page = text_of(as_user(people.paola).get(f"/curriculum/modules/{module.id}/assign"))
    ana = re.search(rf'<input[^>]*id="person-{people.ana.id}"[^>]*>', page).group()
    luis = re.search(rf'<input[^>]*id="person-{people.luis.id}"[^>]*>', page).group()
    assert "disabled" in ana
    assert "checked" not in luis
    before = text_of(
        as_user(people.paola).get(f"/curriculum/modules/{module.id}/assign?unit={people.refunds.id}&since=2026-11-04")
    )
    assert "checked" in re.search(rf'<input[^>]*id="person-{people.luis.id}"[^>]*>', before).group()


@pytest.mark.once
def test_a_list_of_nothing_blames_no_filter_that_is_not_set(people, as_user):
    client = as_user(people.tomas)
    assert "Nothing has been assigned yet." in text_of(client.get("/curriculum/assignments"))
    assert "Remove a filter to see more." in text_of(client.get("/curriculum/assignments?q=nobody"))


@pytest.mark.parametrize("who", ["ana", "ivan", "carmen"])
def test_who_may_not_assign_is_refused(people, module, as_user, who):
    assert as_user(getattr(people, who)).get(f"/curriculum/modules/{module.id}/assign").status_code == 403


# --- Assignments ---


def test_each_sees_the_assignments_within_reach(people, module, as_user, session):
    give(session, people.ana, module)
    other = give(session, people.sol, module)
    page = text_of(as_user(people.carmen).get("/curriculum/assignments"))
    assert "Ana Ruiz" in page
    assert "Sol Paz" not in page
    csv = text_of(as_user(people.carmen).get("/curriculum/assignments?format=csv"))
    assert "Sol Paz" not in csv
    assert as_user(people.carmen).get(f"/curriculum/assignments/{other.id}").status_code == 404
    assert as_user(people.ana).get("/curriculum/assignments").status_code == 403
    assert as_user(people.ivan).get("/curriculum/assignments").status_code == 403


def test_overdue_is_shown_and_can_be_asked_for(people, module, as_user, session):
    give(session, people.ana, module, due_on=LONG_GONE)
    give(session, people.luis, module, due_on=date(2099, 1, 1))
    page = text_of(as_user(people.paola, "es").get("/curriculum/assignments?state=overdue"))
    assert "Ana Ruiz" in page
    assert "Luis Mora" not in page
    assert "Vencida" in page
    assert "2 asignaciones" in page


def test_waiving_takes_a_reason_and_cancelling_a_start_not_made(people, module, as_user, session):
    given, other = give(session, people.ana, module), give(session, people.luis, module)
    client = as_user(people.paola)
    assert client.post(f"/curriculum/assignments/{given.id}/waive", data={}).status_code == 422
    assert client.post(f"/curriculum/assignments/{given.id}/waive", data={"reason": "On leave"}).status_code == 302
    assert client.post(f"/curriculum/assignments/{other.id}/cancel").status_code == 302
    assert client.post(f"/curriculum/assignments/{other.id}/cancel").status_code == 409
    assert as_user(people.raul).post(f"/curriculum/assignments/{other.id}/cancel").status_code == 404
    assert as_user(people.carmen).post(f"/curriculum/assignments/{other.id}/cancel").status_code == 403


@pytest.mark.once
def test_the_list_of_assignments_asks_as_much_for_many_as_for_few(people, module, as_user, session, count_queries):
    give(session, people.ana, module)
    client = as_user(people.tomas)
    few = count_queries(lambda: client.get("/curriculum/assignments"))
    for n in range(20):
        give(session, make_user(session, f"N{n} Soto", team=people.refunds, employee_no=f"N{n}"), module)
    assert count_queries(lambda: client.get("/curriculum/assignments")) <= few


# --- Learning ---


def test_an_agent_reads_and_completes_in_spanish(people, module, as_user, session):
    given = give(session, people.ana, module, due_on=date(2099, 1, 1))
    client = as_user(people.ana, "es")
    assert "Reembolsos paso a paso" in text_of(client.get("/curriculum/learn"))
    page = text_of(client.get(f"/curriculum/learn/{given.id}"))
    assert "<h2>Antes</h2>" in page
    assert "Marcar como completado" in page
    session.expire_all()
    assert session.get(Assignment, given.id).state is AssignmentState.ASSIGNED, "reading a page changes nothing"
    assert client.post(f"/curriculum/learn/{given.id}/start").status_code == 302
    assert client.post(f"/curriculum/learn/{given.id}/complete", data={"language": "es"}).status_code == 302
    session.expire_all()
    done = session.get(Assignment, given.id)
    assert (done.state, done.language) == (AssignmentState.COMPLETED, "es")
    assert client.post(f"/curriculum/learn/{given.id}/complete", data={"language": "es"}).status_code == 409
    assert "Completados" in text_of(client.get("/curriculum/learn"))


def test_nobody_learns_for_somebody_else(people, module, as_user, session):
    given = give(session, people.ana, module)
    for who in (people.luis, people.paola, people.ada):
        assert as_user(who).get(f"/curriculum/learn/{given.id}").status_code == 404
        assert as_user(who).post(f"/curriculum/learn/{given.id}/complete").status_code == 404


def test_a_retired_module_can_still_be_completed(people, module, as_user, session):
    given = give(session, people.ana, module)
    assert as_user(people.tomas).post(f"/curriculum/modules/{module.id}/retire").status_code == 302
    client = as_user(people.ana)
    assert client.get(f"/curriculum/learn/{given.id}").status_code == 200
    assert client.post(f"/curriculum/learn/{given.id}/complete").status_code == 302


def test_my_learning_asks_as_much_for_many_as_for_few(people, module, as_user, session, count_queries):
    give(session, people.ana, module)
    client = as_user(people.ana)
    few = count_queries(lambda: client.get("/curriculum/learn"))
    for n in range(12):
        one = Module(code=f"Y{n}", title_en=f"T{n}", title_es=f"T{n}", kind=module.kind, minutes=1)
        session.add(one)
        session.flush()
        give(session, people.ana, one)
    assert count_queries(lambda: client.get("/curriculum/learn")) <= few


def test_who_is_no_agent_and_holds_a_role_learns_too(people, module, as_user, session):
    lead = make_user(session, "Nora Vega", role=Role.TEAM_LEAD, over=people.refunds)
    given = give(session, lead, module)
    assert as_user(lead).get(f"/curriculum/learn/{given.id}").status_code == 200
