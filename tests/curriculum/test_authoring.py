"""Writing modules: drafts beside what is published, versions, stale translations, what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.accounts.models import Notice
from app.core.errors import Refused
from app.curriculum import queries
from app.curriculum import services as curriculum
from app.curriculum.authoring import rules, services
from app.curriculum.authoring.models import ModuleDraft, ModuleVersion
from app.curriculum.authoring.rules import Change
from app.curriculum.models import Module, ModuleKind, ModuleState
from tests.curriculum.conftest import ON, give
from tests.curriculum.quiz_cast import single
from tests.curriculum.test_views import text_of

LATER = ON + timedelta(hours=1)
BOTH = {"title_en": "A", "body_en": "a", "title_es": "B", "body_es": "b"}


@pytest.mark.parametrize(
    ("before", "after", "stale", "found"),
    [
        (BOTH, BOTH, None, None),
        (BOTH, BOTH, "es", "es"),
        (BOTH, {**BOTH, "body_en": "x"}, None, "es"),
        (BOTH, {**BOTH, "body_es": "x"}, None, "en"),
        (BOTH, {**BOTH, "body_es": "x"}, "es", None),
        (BOTH, {**BOTH, "body_es": "x", "body_en": "y"}, "es", None),
        ({**BOTH, "title_es": "", "body_es": ""}, BOTH, None, None),
        ({**BOTH, "title_es": "", "body_es": ""}, {**BOTH, "title_es": "", "body_es": "", "body_en": "x"}, None, None),
    ],
)
def test_a_text_that_is_changed_alone_leaves_the_other_out_of_date(before, after, stale, found):
    assert rules.stale_after(before, after, stale, up_to_date=False) == found
    assert rules.stale_after(before, after, stale, up_to_date=True) is None


def test_a_difference_shows_what_changed_with_a_little_around():
    before = "\n".join("abcdefgh")
    lines = rules.difference(before, before.replace("e", "E"))
    assert [(one.change, one.text) for one in lines] == [
        (Change.SAME, "c"), (Change.SAME, "d"), (Change.TAKEN, "e"), (Change.ADDED, "E"), (Change.SAME, "f"), (Change.SAME, "g"),
    ]  # fmt: skip
    assert rules.difference(before, before) == []


def facts(module: Module, **changes):
    names = ("code", "kind", "minutes", "url", "title_en", "title_es", "body_en", "body_es")
    return {**{name: getattr(module, name) for name in names}, **changes}


def save(session, module, by, **changes):
    rest = {name: changes.pop(name) for name in ("revision", "up_to_date", "on") if name in changes}
    told = {"revision": module.revision, "on": ON, **rest}
    ids = [one.id for one in module.competencies]
    return services.save(session, module, facts(module, **changes), competency_ids=ids, by=by, **told)


def test_learners_see_what_is_published_until_the_draft_is(session, people, module, as_user):
    save(session, module, people.tomas, body_en="# New\n\nRead that.")
    session.commit()
    assert "Read that" not in text_of(as_user(people.ana).get(f"/curriculum/modules/{module.id}"))
    draft = session.get(ModuleDraft, module.id)
    assert (draft.stale, module.body_en.startswith("# Before")) == ("es", True)
    version = services.publish(session, module, by=people.tomas, on=LATER, note="Clearer")
    session.commit()
    assert (version.number, module.body_en, module.stale) == (2, "# New\n\nRead that.", "es")
    assert session.get(ModuleDraft, module.id) is None
    first = session.query(ModuleVersion).filter_by(number=1).one()
    assert (first.published_at, first.body_en) == (None, "# Before\n\nRead **this**.")


def test_nobody_saves_over_somebody_else(session, people, module):
    began = module.revision
    save(session, module, people.tomas, title_en="One")
    with pytest.raises(Refused, match="in the meantime"):
        save(session, module, people.mariana, title_en="Two", revision=began)


def test_a_draft_that_lacks_a_language_is_not_published(session, people, module):
    save(session, module, people.tomas, body_es="")
    with pytest.raises(Refused, match="Spanish"):
        services.publish(session, module, by=people.tomas, on=LATER)


def test_earlier_completions_count_or_not_as_the_publisher_says(session, people, module):
    curriculum.complete(session, give(session, people.ana, module), on=ON, language="es")
    taken = queries.taken(module.id, [people.ana.id])
    services.publish(session, module, by=people.tomas, on=LATER)
    assert session.execute(taken).one()[2] is not None
    services.publish(session, module, counts_earlier=False, by=people.tomas, on=LATER)
    session.commit()
    assert session.execute(taken).one()[2] is None


def test_who_asked_for_a_review_is_told_what_to_change(session, people, module):
    services.ask_for_review(session, module, by=people.tomas, on=ON)
    services.give_back(session, module, remark="Too long", by=people.mariana, on=LATER)
    session.commit()
    notice = session.query(Notice).one()
    assert (notice.person_id, notice.detail["remark"], module.review_remark) == (
        people.tomas.id,
        "Too long",
        "Too long",
    )
    with pytest.raises(Refused):
        services.give_back(session, module, remark="Again", by=people.mariana, on=LATER)


FORM = {
    "code": "M01",
    "kind": "article",
    "minutes": "12",
    "title_en": "Refunds",
    "title_es": "Reembolsos",
    "body_es": "Leer.",
}


def test_a_trainer_edits_sees_what_changes_and_publishes(people, module, as_user, session):
    client, path = as_user(people.tomas), f"/curriculum/modules/{module.id}"
    assert client.get(f"{path}/edit").status_code == 200
    form = {**FORM, "revision": 0, "body_en": "Read it twice."}
    preview = text_of(client.post(f"{path}/edit", data={**form, "then": "preview"}))
    assert "<p>Read it twice.</p>" in preview
    assert session.get(ModuleDraft, module.id) is None
    kept = client.post(f"{path}/autosave", data=form)
    assert (kept.status_code, kept.json["revision"]) == (200, 1)
    assert client.post(f"{path}/autosave", data=form).status_code == 409
    assert client.post(f"{path}/autosave", data={**form, "revision": 1, "minutes": 0}).status_code == 422
    assert client.post(f"{path}/edit", data={**form, "revision": 1, "then": "publish"}).location == f"{path}/publish"
    page = text_of(as_user(people.tomas, "es").get(f"{path}/publish"))
    assert "<ins>Read it twice.</ins>" in page
    assert "siguen contando" in page
    assert client.post(f"{path}/publish", data={"counts_earlier": "no", "note": "Shorter"}).status_code == 302
    session.expire_all()
    assert session.get(Module, module.id).counts_from is not None
    assert "Shorter" in text_of(client.get(f"{path}/versions"))
    assert "<ins>" in text_of(client.get(f"{path}/versions/2"))
    assert client.get(f"{path}/versions/9").status_code == 404


def test_a_draft_is_thrown_away_and_a_review_given_back_on_screen(people, module, as_user, session):
    client, path = as_user(people.tomas), f"/curriculum/modules/{module.id}"
    client.post(f"{path}/edit", data={**FORM, "revision": 0, "body_en": "Other."})
    assert "borrador espera" in text_of(as_user(people.tomas, "es").get(path))
    assert client.post(f"{path}/ask-review").status_code == 302
    assert client.post(f"{path}/give-back", data={"remark": "No"}).status_code == 302
    assert client.post(f"{path}/throw-away").status_code == 302
    assert client.post(f"{path}/throw-away").status_code == 404
    session.expire_all()
    assert session.get(Module, module.id).body_en.startswith("# Before")


@pytest.mark.parametrize("who", ["ana", "paola", "ivan", "carmen"])
def test_drafts_and_versions_are_for_who_writes(people, module, as_user, session, who):
    client = as_user(getattr(people, who))
    for path in (
        f"modules/{module.id}/edit",
        f"modules/{module.id}/publish",
        f"modules/{module.id}/versions",
        "translations",
    ):
        assert client.get(f"/curriculum/{path}").status_code == 403
    for path in ("autosave", "throw-away", "ask-review", "give-back"):
        assert client.post(f"/curriculum/modules/{module.id}/{path}").status_code == 403


def test_what_waits_for_translation_is_listed_per_language(people, module, refund, as_user, session):
    module.stale = "es"
    half = Module(
        code="M02", title_en="", title_es="Solo español", kind=ModuleKind.ARTICLE, minutes=5, state=ModuleState.DRAFT
    )
    gone = Module(
        code="M03", title_en="Gone", title_es="", kind=ModuleKind.ARTICLE, minutes=5, state=ModuleState.RETIRED
    )
    session.add_all([half, gone])
    single(session, refund, "Q-WHOLE")
    question = single(session, refund, "Q-HALF")
    question.options[0].text_es, question.ready = "", False
    session.commit()
    client = as_user(people.tomas)
    assert client.get("/curriculum/translations?format=csv").get_data(as_text=True).count("\n") == 4
    page = text_of(client.get("/curriculum/translations?language=es"))
    assert "Refunds, step by step" in page
    assert "Q-HALF" in page
    for absent in ("M02", "Gone", "Q-WHOLE"):
        assert absent not in page
    page = text_of(as_user(people.tomas, "es").get("/curriculum/translations?language=en"))
    assert "Solo español" in page
    assert "Falta la traducción" in page
    assert "Q-HALF" not in page
