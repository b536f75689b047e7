"""The demo's texts: complete in both languages, consistent with one another, and in the manner of the house."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from markdown_it import MarkdownIt

from app.accounts.permissions import Role
from app.audits.models import Cause, ErrorClass, Severity
from app.home.demo import content
from app.home.demo.shapes.learning import Module
from app.home.demo.shapes.quality import Criterion
from app.home.demo.shapes.texts import Text
from app.remedies.models import Trigger

SAME_IN_BOTH = {"Tijuana", "Bogotá", "Madrid", "Colombia", "Chat"}  # names, and a word both languages have
FAMILIAR_OR_FORMAL = re.compile(r"\b(tú|tu|tus|te|ti|contigo|usted|ustedes|vos|vuestro|vuestra)\b", re.IGNORECASE)
SAID_TO_CUSTOMERS = re.compile(r"^>.*$|“[^”]*”", re.MULTILINE)
EVERYTHING = {
    "organisation": content.organisation,
    "competencies": content.competencies,
    "scorecard": content.scorecard,
    "misses": content.misses,
    "modules": content.modules,
    "coaching": content.coaching,
    "contacts": content.contacts,
    "rules": content.rules,
    "policies": content.policies,
}

COMPETENCIES = {competency.code: competency for competency in content.competencies()}
LEAVES = {code for code, competency in COMPETENCIES.items() if competency.parent}
CRITERIA = content.scorecard().criteria
LINES = {line.code for line in content.organisation().lines}
CHANNELS = {channel.code for channel in content.contacts().channels}


def texts(value: Any, where: str = "") -> Iterator[tuple[str, Text]]:
    """Every `Text` in `value`, with where it stands."""
    if isinstance(value, Text):
        yield where, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), f"{where}.{field.name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, f"{where}[{key}]")
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            yield from texts(item, f"{where}[{getattr(item, 'code', position)}]")


ALL_TEXTS = [found for name, read in EVERYTHING.items() for found in texts(read(), name)]


# --- Languages ---


def test_every_text_is_there_in_both_languages_and_differs() -> None:
    for where, text in ALL_TEXTS:
        assert text.en.strip(), where
        assert text.es.strip(), where
        assert text.en != text.es or text.en in SAME_IN_BOTH, where


def test_no_text_is_padded_or_has_a_per_cent_sign_that_may_part_from_its_number() -> None:
    for where, text in ALL_TEXTS:
        for words in (text.en, text.es):
            assert words.strip("\n") == words.strip(), where
            assert not re.search(r"\d[ ]?%", words), where


def test_spanish_addresses_the_reader_neither_as_tu_nor_as_usted() -> None:
    for where, text in ALL_TEXTS:
        found = FAMILIAR_OR_FORMAL.search(SAID_TO_CUSTOMERS.sub("", text.es))
        assert found is None, f"{where}: {found}"


def test_no_sentence_is_written_twice() -> None:
    for language in ("en", "es"):
        comments = [c.text.get(language) for misses in content.misses().values() for c in misses.comments]
        promises = [promise.text.get(language) for promise in content.coaching().commitments]
        for written in (comments, promises):
            assert len(set(written)) == len(written)


# --- The organisation ---


def test_the_programme_has_three_markets_three_partners_four_sites_and_twelve_teams() -> None:
    org = content.organisation()
    assert [len(part) for part in (org.markets, org.partners, org.sites, org.teams)] == [3, 3, 4, 12]
    assert len({site.time_zone for site in org.sites}) == 4
    assert all(ZoneInfo(site.time_zone) for site in org.sites)
    assert {site.partner for site in org.sites} == {partner.code for partner in org.partners}
    assert {site.market for site in org.sites} == {market.code for market in org.markets}
    assert {team.site for team in org.teams} == {site.code for site in org.sites}
    assert {team.line for team in org.teams} == LINES
    assert len({org.team_name(team) for team in org.teams}) == 12


def test_each_team_has_a_lead_of_its_own_and_each_role_somebody() -> None:
    org = content.organisation()
    staff = {person.employee_no: person for person in org.staff}
    places = {None} | {unit.code for unit in (*org.partners, *org.sites)}
    assert len(staff) == len(org.staff)
    assert sorted(team.lead for team in org.teams) == sorted(n for n, p in staff.items() if p.role == "team_lead")
    assert {person.role for person in org.staff} == {role.value for role in Role} - {"agent"}
    assert {person.at for person in org.staff if person.role == "partner_manager"} == {p.code for p in org.partners}
    assert all(person.at in places and person.language in {"en", "es"} for person in org.staff)


def test_teams_are_called_by_line_site_and_letter() -> None:
    org = content.organisation()
    team = next(team for team in org.teams if team.agents)
    assert org.team_name(team) == "Reembolsos · Bogotá B"
    assert org.team_name(team, "en") == "Refunds · Bogotá B"


def test_names_are_enough_for_twenty_thousand_and_never_repeat() -> None:
    pools = content.names()
    assert {name for site in content.organisation().sites for name in site.names} == set(pools)
    for pool in pools.values():
        assert len(set(pool.given)) == len(pool.given)
        assert len(set(pool.surnames)) == len(pool.surnames)
        assert len({pool.name(number) for number in range(15_000)}) == 15_000
        assert pool.name(0) != pool.name(pool.size - 1)
    assert sum(pool.size for pool in pools.values()) > 1_000_000


# --- What is judged ---


def test_competencies_are_a_tree_of_two_levels() -> None:
    parents = {code for code, competency in COMPETENCIES.items() if not competency.parent}
    assert (len(parents), len(LEAVES)) == (4, 12)
    assert {COMPETENCIES[code].parent for code in LEAVES} == parents
    assert all(0.80 <= competency.target <= 0.95 for competency in COMPETENCIES.values())


def test_the_scorecard_has_five_sections_and_24_criteria_that_weigh_100() -> None:
    assert len(content.scorecard().sections) == 5
    assert len({criterion.code for criterion in CRITERIA}) == 24
    assert sum(criterion.weight for criterion in CRITERIA) == 100
    assert 3 <= sum(criterion.severity == Severity.FATAL for criterion in CRITERIA) <= 4
    assert {code for criterion in CRITERIA for code in criterion.competencies} == LEAVES


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.code)
def test_a_criterion_is_short_and_legal(criterion: Criterion) -> None:
    assert criterion.severity in set(Severity)
    critical = criterion.severity in {Severity.CRITICAL, Severity.FATAL}
    assert criterion.fatal_kind in (set(ErrorClass) if critical else {""})
    assert 1 <= len(criterion.competencies) <= 2
    assert max(len(criterion.text.en), len(criterion.text.es)) <= 100


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.code)
def test_each_way_of_missing_a_criterion_has_something_to_say(criterion: Criterion) -> None:
    misses = content.misses()[criterion.code]
    assert 0 < misses.fail_rate < 0.2
    assert set(misses.na) == CHANNELS
    assert all(0 <= rate <= 1 for rate in misses.na.values())
    assert set(misses.lines) <= LINES
    assert 0 <= misses.na_elsewhere < 1
    assert sum(misses.causes.values()) == pytest.approx(1)
    assert set(misses.causes) <= set(Cause)
    assert 3 <= len(misses.comments) <= 5
    assert {cause for comment in misses.comments for cause in comment.causes} == set(misses.causes)
    assert all(misses.comments_for(cause) for cause in misses.causes)


def test_a_criterion_applies_less_outside_its_lines() -> None:
    refund = content.misses()["C301"]
    assert refund.na_rate("chat", "refunds") == pytest.approx(0.35)
    assert refund.na_rate("chat", "security") == pytest.approx(1 - 0.65 * 0.4)
    assert content.misses()["C404"].na_rate("email", "orders") == 1


def test_no_misses_are_told_of_criteria_that_are_not_there() -> None:
    assert set(content.misses()) == {criterion.code for criterion in CRITERIA}


# --- What is taught ---


def test_modules_teach_every_competency_and_some_do_not_help() -> None:
    modules = content.modules()
    assert len({module.code for module in modules}) == 14
    assert {code for module in modules for code in module.competencies} == LEAVES
    assert all(0 <= module.effect <= 1 and 5 <= module.minutes <= 30 for module in modules)
    assert sum(module.effect == 0 for module in modules) >= 2


@pytest.mark.parametrize("module", content.modules(), ids=lambda module: module.code)
def test_a_module_is_as_long_in_spanish_and_built_alike(module: Module) -> None:
    for body in (module.body.en, module.body.es):
        assert 350 <= len(body.split()) <= 600
    assert len(module.body.es) >= 0.7 * len(module.body.en)
    assert outline(module.body.en) == outline(module.body.es)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("module", content.modules(), ids=lambda module: module.code)
def test_a_module_has_headings_lists_a_table_phrases_and_a_summary(module: Module, language: str) -> None:
    body = module.body.get(language)
    built = outline(body)
    assert built.count("h2") >= 4
    assert "h1" not in built
    assert {"ul", "ol", "table"} <= set(built)
    assert built.count("blockquote") >= 1
    summary = {"en": "## In short", "es": "## En resumen"}[language]
    assert f"\n{summary}\n\n- " in body


def outline(body: str) -> list[str]:
    """The blocks of a body, as markdown-it opens them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    blocks = ("heading_open", "bullet_list_open", "ordered_list_open", "list_item_open", "tr_open", "table_open")
    return [token.tag for token in tokens if token.type in (*blocks, "blockquote_open")]


# --- What is said ---


def test_each_competency_has_notes_commitments_and_a_strength() -> None:
    coaching = content.coaching()
    for code in LEAVES:
        assert 2 <= sum(note.competency == code for note in coaching.notes) <= 3, code
        assert 3 <= sum(promise.competency == code for promise in coaching.commitments) <= 4, code
        assert any(strength.competency == code for strength in coaching.strengths), code
    said = (*coaching.notes, *coaching.commitments, *coaching.strengths)
    assert {item.competency for item in said} == LEAVES


def test_commitments_are_countable_and_have_an_owner_and_a_time() -> None:
    for promise in content.coaching().commitments:
        assert promise.owner in {"agent", "coach"}
        assert promise.count >= 1
        assert 1 <= promise.days <= 14
        if promise.count > 1:
            assert str(promise.count) in promise.text.en
            assert str(promise.count) in promise.text.es


def test_ten_acknowledgements_some_of_which_disagree_and_five_private_notes() -> None:
    coaching = content.coaching()
    assert len(coaching.acknowledgements) == 10
    assert 0 < sum(answer.disagrees for answer in coaching.acknowledgements) < 5
    assert all(1 <= answer.useful <= 5 and 1 <= answer.applicable <= 5 for answer in coaching.acknowledgements)
    assert len(coaching.private_notes) == 5


def test_a_note_is_written_in_four_named_lines() -> None:
    coaching = content.coaching()
    note = coaching.written(coaching.notes[0], "en").splitlines()
    assert [line.split(":")[0] for line in note] == ["Goal", "Reality", "Options", "Way forward"]
    assert coaching.written(coaching.notes[0], "es").startswith("Meta: ")


# --- Contacts, rules and policies ---


def test_contact_shares_are_whole_and_references_have_their_shape() -> None:
    contacts = content.contacts()
    assert sum(channel.share for channel in contacts.channels) == pytest.approx(1)
    for line in LINES:
        assert sum(reason.share for reason in contacts.reasons if reason.line == line) == pytest.approx(1)
    assert {reason.line for reason in contacts.reasons} == LINES
    assert contacts.contact_ref.format(year=26, month=10, number=4821) == "C-2610-004821"
    assert contacts.audit_ref.format(number=4821) == "A-004821"


def test_rules_and_policies_point_to_what_is_there() -> None:
    modules = {module.code: module for module in content.modules()}
    for rule in content.rules():
        assert rule.trigger in set(Trigger)
        assert rule.competency is None or rule.competency in LEAVES
        assert rule.module is None or rule.competency in modules[rule.module].competencies
    places = {None} | {partner.code for partner in content.organisation().partners}
    assert all(policy.at in places for policy in content.policies())
    assert sum(policy.at is None for policy in content.policies()) == 1
