"""The words of the gap model: states and their codes, what may be said aloud, team gaps."""

from __future__ import annotations

import numpy as np
import pytest

from app.gaps import rules
from app.gaps.rules import ACTIVE, STATES, GapState, allowed_rate, decode, encode, expected_misses, is_team_gap, sayable


def test_codes_keep_their_order_because_they_may_be_stored() -> None:
    assert [state.value for state in STATES] == [
        "none", "watch", "open", "in_remediation", "closing", "closed", "relapsed", "archived",
    ]  # fmt: skip
    assert [state.code for state in STATES] == list(range(8))


def test_states_go_to_codes_and_back_by_member_or_by_value() -> None:
    assert decode(encode(STATES)) == list(STATES)
    assert encode(["open", GapState.NONE]).tolist() == [2, 0]
    assert encode([]).dtype == np.int8


def test_a_word_that_is_no_state_is_refused() -> None:
    with pytest.raises(KeyError):
        encode(["opened"])


def test_active_gaps_are_those_someone_must_work_on() -> None:
    assert {"open", "in_remediation", "relapsed"} == ACTIVE


@pytest.mark.parametrize(
    ("probability", "said"), [(0.6999, None), (0.70, 0.70), (0.97, 0.97), (0.8999, 0.89), (0.9999, 0.99)]
)
def test_weak_evidence_is_not_said_and_certainty_never_claimed(probability: float, said: float | None) -> None:
    assert sayable(probability) == said


def test_an_agent_at_target_would_miss_the_allowed_share_of_standard_checks() -> None:
    assert expected_misses([16.0, 10.0], [0.85, 0.92]) == pytest.approx([2.4, 0.8])


def test_a_target_of_100_percent_still_allows_something() -> None:
    assert allowed_rate([0.85, 1.0, 0.0]) == pytest.approx([0.15, 0.001, 0.999])


@pytest.mark.parametrize(
    ("probability", "agents", "likely", "shared"),
    [
        (0.90, 10, 5, True),
        (0.899, 10, 9, False),  # the team's own evidence is not enough
        (0.99, 10, 4, False),  # a few agents, not the team
        (0.99, 9, 4, False),
        (0.99, 9, 5, True),
        (0.99, 0, 0, False),  # nobody was audited
    ],
)
def test_a_gap_is_the_teams_when_the_team_and_half_of_its_agents_show_it(
    probability: float, agents: int, likely: int, shared: bool
) -> None:
    assert is_team_gap([probability], [agents], [likely]).tolist() == [shared]


@pytest.mark.parametrize(
    ("name", "value"),
    [("INTERVAL", 0.90), ("MEMBER_PROBABILITY", 0.50), ("DRAWS", 400), ("FIT_WEEKS", 26), ("SETTLED_FINDINGS", 30)],
)
def test_constants_no_worked_table_rests_on_are_those_of_the_gap_model(name: str, value: float) -> None:
    """docs/gap-model.md says them; changing one there or here is a decision, not a slip."""
    assert getattr(rules, name) == value
