"""What is said in sessions, and by those who review them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from app.home.demo.shapes.texts import Text


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


@dataclass(frozen=True, slots=True)
class Reviews:
    """What reviewers of coaching sessions write: by line of the rubric that was missing, when nothing was, and in a talk."""

    comments: dict[str, Text]
    good: Text
    talk: Text
    promise: Text
