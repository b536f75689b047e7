"""The shapes of the demo's content: plain frozen values, with a `Text` wherever people read.

Rates and shares are fractions of 1; codes and employee numbers are references to one another.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import prod


@dataclass(frozen=True, slots=True)
class Text:
    """The same said in English and in Spanish."""

    en: str
    es: str

    def get(self, language: str) -> str:
        """The text in `language`: `en` or `es`."""
        return self.es if language == "es" else self.en


# --- The organisation ---


@dataclass(frozen=True, slots=True)
class Programme:
    code: str
    name: Text
    time_zone: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of business, with the contacts one agent handles in a week."""

    code: str
    name: Text
    weekly_contacts: int


@dataclass(frozen=True, slots=True)
class Market:
    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class Partner:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Site:
    """A centre of a partner; `names` are the pools its agents' names come from."""

    code: str
    partner: str
    name: Text
    market: str
    time_zone: str
    language: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Team:
    """A team of a line at a site; `lead` is an employee number, `agents` those who have a name of their own."""

    site: str
    line: str
    letter: str
    lead: str
    agents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a role at a partner or site (`at`), or over the whole programme."""

    employee_no: str
    name: str
    role: str
    language: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    email_domain: str
    programme: Programme
    lines: tuple[Line, ...]
    markets: tuple[Market, ...]
    partners: tuple[Partner, ...]
    sites: tuple[Site, ...]
    teams: tuple[Team, ...]
    staff: tuple[Person, ...]

    def team_name(self, team: Team, language: str | None = None) -> str:
        """“Refunds · Bogotá B”: in `language`, or in the one spoken at the site."""
        site = next(site for site in self.sites if site.code == team.site)
        line = next(line for line in self.lines if line.code == team.line)
        spoken = language or site.language
        return f"{line.name.get(spoken)} · {site.name.get(spoken)} {team.letter}"


@dataclass(frozen=True, slots=True)
class NamePool:
    """Given names and surnames of a region; a person carries `surnames_each` of the surnames."""

    given: tuple[str, ...]
    surnames: tuple[str, ...]
    surnames_each: int

    @property
    def size(self) -> int:
        """How many different names can be made."""
        return prod((len(self.given), *[len(self.surnames)] * self.surnames_each))

    def name(self, number: int) -> str:
        """Name number 0 to `size` − 1; different numbers give different names."""
        number, position = divmod(number, len(self.given))
        parts = [self.given[position]]
        for _surname in range(self.surnames_each):
            number, position = divmod(number, len(self.surnames))
            parts.append(self.surnames[position])
        return " ".join(parts)


# --- What is judged ---


@dataclass(frozen=True, slots=True)
class Competency:
    """`target` is the share of checks that should pass; one without a parent only groups others."""

    code: str
    name: Text
    description: Text
    target: float
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """A line of the scorecard: how an auditor judges it, and what a coach may begin with."""

    code: str
    text: Text
    guidance: Text
    talking_point: Text
    weight: float
    severity: str
    competencies: tuple[str, ...]
    fatal_kind: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    code: str
    name: Text
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    code: str
    version: str
    name: Text
    sections: tuple[Section, ...]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for section in self.sections for criterion in section.criteria)


@dataclass(frozen=True, slots=True)
class Comment:
    """What an auditor writes on a miss, and the causes it may stand with."""

    causes: tuple[str, ...]
    text: Text


@dataclass(frozen=True, slots=True)
class Misses:
    """How a criterion is missed: `na` is a share of the contacts of each channel, `causes` are shares of the misses."""

    fail_rate: float
    na: dict[str, float]
    causes: dict[str, float]
    comments: tuple[Comment, ...]
    lines: tuple[str, ...] = ()
    na_elsewhere: float = 0.0

    def na_rate(self, channel: str, line: str) -> float:
        """The share of contacts of that channel and line of business to which the criterion does not apply."""
        elsewhere = self.na_elsewhere if self.lines and line not in self.lines else 0.0
        return 1 - (1 - self.na[channel]) * (1 - elsewhere)

    def comments_for(self, cause: str) -> tuple[Comment, ...]:
        return tuple(comment for comment in self.comments if cause in comment.causes)


# --- What is taught and said ---


@dataclass(frozen=True, slots=True)
class Module:
    """An article in Markdown; `effect` is the share of a gap it removes in the simulation."""

    code: str
    title: Text
    minutes: int
    competencies: tuple[str, ...]
    effect: float
    body: Text


@dataclass(frozen=True, slots=True)
class Step:
    """A module of a path, by code; `below`, in per cent of the quiz of `branch_on`, says who takes it."""

    module: str
    optional: bool = False
    after: str | None = None
    branch_on: str | None = None
    below: int | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """Several modules as one thing to learn; `shorter` is the code of the path to recertify."""

    code: str
    title: Text
    about: Text
    days: int
    steps: tuple[Step, ...]
    shorter: str | None = None


@dataclass(frozen=True, slots=True)
class Grow:
    """The four parts of a session note."""

    goal: Text
    reality: Text
    options: Text
    way_forward: Text


@dataclass(frozen=True, slots=True)
class SessionNote(Grow):
    competency: str


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment of the agent or the coach: `count` contacts or cases within `days`."""

    competency: str
    owner: str
    count: int
    days: int
    text: Text


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What an agent answers to a session, with two ratings from 1 to 5."""

    text: Text
    useful: int
    applicable: int
    disagrees: bool = False


@dataclass(frozen=True, slots=True)
class Strength:
    competency: str
    text: Text


@dataclass(frozen=True, slots=True)
class Coaching:
    parts: Grow
    notes: tuple[SessionNote, ...]
    commitments: tuple[Promise, ...]
    acknowledgements: tuple[Acknowledgement, ...]
    strengths: tuple[Strength, ...]
    private_notes: tuple[Text, ...]

    def written(self, note: SessionNote, language: str) -> str:
        """The note as a coach writes it, a line for each part: “Goal: …”."""
        parts = [part.name for part in fields(Grow)]
        return "\n".join(f"{getattr(self.parts, p).get(language)}: {getattr(note, p).get(language)}" for p in parts)


# --- Contacts, rules and policies ---


@dataclass(frozen=True, slots=True)
class Channel:
    code: str
    name: Text
    share: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why customers write; `share` is of the contacts of its line of business."""

    code: str
    line: str
    name: Text
    share: float


@dataclass(frozen=True, slots=True)
class Contacts:
    """`contact_ref` takes `year` (two digits), `month` and `number`; `audit_ref` takes `number`."""

    contact_ref: str
    audit_ref: str
    source: str
    channels: tuple[Channel, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """When `trigger`, assign a module and owe a session; no competency: any; no module: the competency's own."""

    code: str
    name: Text
    trigger: str
    due_days: int
    cool_down_days: int
    competency: str | None = None
    module: str | None = None
    assigns: bool = True
    owes: bool = True
    owe_hours: int | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Policy:
    """What coaching is owed at a partner or site (`at`), or in the whole programme."""

    name: Text
    days_new: int
    days_settling: int
    days_settled: int
    days_with_gap: int
    fatal_hours: int
    gap_hours: int
    follow_up_days: int
    acknowledge_hours: int
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Reviews:
    """What reviewers of coaching sessions write: by line of the rubric that was missing, when nothing was, and in a talk."""

    comments: dict[str, Text]
    good: Text
    talk: Text
    promise: Text
