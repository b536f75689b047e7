"""What a rule does about a cause: a table of cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from app.remedies.rules import Cause, Facts, LeftOut, Means, Plan, Trigger, concerns, means_for, plan

AT = datetime(2026, 11, 2, tzinfo=UTC)
PERSON, REFUND, TONE, MODULE, OTHER, GAP, PATH = 1, 10, 11, 100, 101, 7, 50


@dataclass
class Rule:
    id: int = 5
    trigger: Trigger = Trigger.GAP_OPENED
    competency_id: int | None = None
    assigns: bool = True
    module_id: int | None = None
    path_id: int | None = None
    owes: bool = True


GAP_CAUSE = Cause("transition:1", PERSON, (REFUND,), AT, gap_id=GAP, transition_id=1)
FATAL_CAUSE = Cause("audit:1", PERSON, (TONE, REFUND), AT, audit_id=1)


def facts(**more) -> Facts:
    return Facts(own_module={REFUND: MODULE}, published={MODULE, OTHER}, published_paths={PATH}, **more)


@pytest.mark.parametrize(
    ("rule", "cause", "known", "expected"),
    [
        (Rule(), GAP_CAUSE, facts(), Plan(MODULE, owes=True)),
        (Rule(owes=False), GAP_CAUSE, facts(), Plan(MODULE)),
        (Rule(assigns=False), GAP_CAUSE, facts(), Plan(owes=True)),
        (Rule(module_id=OTHER), GAP_CAUSE, facts(), Plan(OTHER, owes=True)),
        (Rule(module_id=999), GAP_CAUSE, facts(), Plan(owes=True, left_out=LeftOut.NO_MODULE)),
        (Rule(), GAP_CAUSE, Facts(), Plan(owes=True, left_out=LeftOut.NO_MODULE)),
        (Rule(), GAP_CAUSE, facts(still_open={(PERSON, MODULE)}), Plan(owes=True, left_out=LeftOut.ALREADY_OPEN)),
        (
            Rule(),
            GAP_CAUSE,
            facts(completed={(PERSON, MODULE): date(2026, 10, 20)}, failed={(PERSON, REFUND): date(2026, 10, 19)}),
            Plan(owes=True, left_out=LeftOut.ALREADY_TRAINED),
        ),
        (
            Rule(),
            GAP_CAUSE,
            facts(completed={(PERSON, MODULE): date(2026, 10, 20)}, failed={(PERSON, REFUND): date(2026, 10, 20)}),
            Plan(MODULE, owes=True),
        ),
        (Rule(), GAP_CAUSE, facts(cooling_gaps={(5, GAP)}), Plan(left_out=LeftOut.COOL_DOWN)),
        (Rule(), GAP_CAUSE, facts(cooling_gaps={(6, GAP)}), Plan(MODULE, owes=True)),
        (Rule(), FATAL_CAUSE, facts(), Plan(MODULE, owes=True)),
        (Rule(path_id=PATH), GAP_CAUSE, facts(), Plan(owes=True, path_id=PATH)),
        (Rule(path_id=51), GAP_CAUSE, facts(), Plan(owes=True, left_out=LeftOut.NO_MODULE)),
        (
            Rule(path_id=PATH),
            GAP_CAUSE,
            facts(open_paths={(PERSON, PATH)}),
            Plan(owes=True, left_out=LeftOut.ALREADY_OPEN),
        ),
        (
            Rule(path_id=PATH),
            GAP_CAUSE,
            facts(walked={(PERSON, PATH): date(2026, 10, 20)}, failed={(PERSON, REFUND): date(2026, 10, 19)}),
            Plan(owes=True, left_out=LeftOut.ALREADY_TRAINED),
        ),
        (
            Rule(path_id=PATH),
            GAP_CAUSE,
            facts(walked={(PERSON, PATH): date(2026, 10, 20)}, failed={(PERSON, REFUND): date(2026, 10, 21)}),
            Plan(owes=True, path_id=PATH),
        ),
        (
            Rule(path_id=PATH),
            FATAL_CAUSE,
            facts(cooling_paths={(5, PERSON, PATH)}),
            Plan(owes=True, left_out=LeftOut.COOL_DOWN),
        ),
        (
            Rule(),
            GAP_CAUSE,
            facts(unread={(PERSON, MODULE)}),
            Plan(owes=True, left_out=LeftOut.NO_LANGUAGE),
        ),
        (
            Rule(path_id=PATH),
            GAP_CAUSE,
            facts(unread_paths={(PERSON, PATH)}),
            Plan(owes=True, left_out=LeftOut.NO_LANGUAGE),
        ),
        (
            Rule(),
            FATAL_CAUSE,
            facts(cooling_modules={(5, PERSON, MODULE)}),
            Plan(owes=True, left_out=LeftOut.COOL_DOWN),
        ),
        (Rule(competency_id=REFUND), FATAL_CAUSE, facts(), Plan(MODULE, owes=True)),
    ],
)
def test_what_a_rule_does(rule, cause, known, expected):
    assert plan(rule, cause, known) == expected


def test_a_rule_on_a_competency_concerns_that_one_only():
    assert concerns(Rule(), GAP_CAUSE)
    assert concerns(Rule(competency_id=REFUND), FATAL_CAUSE)
    assert not concerns(Rule(competency_id=TONE), GAP_CAUSE)


@pytest.mark.parametrize(
    ("cause", "first"),
    [
        (None, Means.MODULE),
        ("knowledge", Means.MODULE),
        ("skill", Means.PRACTICE),
        ("will", Means.TALK),
    ],
)
def test_the_cause_says_what_fits(cause, first):
    assert means_for(cause)[0] is first
