"""What somebody decided the words of a file mean, checked before it is kept; a list of them out as a file and back in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from os import PathLike

from flask_babel import gettext as _

from app.audits.intake.columns import CAUSES
from app.audits.models import Purpose, Result
from app.audits.profiles.forms import LEAVE
from app.audits.profiles.making import forget_words, set_words
from app.audits.profiles.mapping import PEOPLE, Shape
from app.audits.profiles.matching import Known, Word, listed, person_called
from app.audits.profiles.models import MappingProfile
from app.core.errors import Refused
from app.core.exports import Sheet
from app.core.sheets import open_grid

NAMED = 10
"""So many faults are named in a sentence."""


def decide(
    profile: MappingProfile,
    name: str,
    pairs: Iterable[tuple[str, str]],
    known: Known,
    *,
    leave_rest: bool,
    on: datetime,
) -> None:
    """Keep what words of a kind mean: `-` leaves a word out, nothing leaves it open. Raises `Refused`, keeping nothing."""
    said: dict[str, str | None] = {}
    open_again: set[str] = set()
    wrong = []
    for word, choice in pairs:
        if choice == LEAVE or (not choice and leave_rest):
            said[word] = None
        elif not choice:
            open_again.add(word)
        elif (means := meaning(name, choice, known)) is not None:
            said[word] = means
        else:
            wrong.append(choice)
    if wrong:
        raise Refused(_("Not known here: %(names)s. Nothing was saved.", names=", ".join(dict.fromkeys(wrong[:NAMED]))))
    _check_questions(profile, name, said)
    forget_words(profile, name, open_again, on=on)
    set_words(profile, name, said, on=on)


def _check_questions(profile: MappingProfile, name: str, said: dict[str, str | None]) -> None:
    """Raise `Refused` where two columns of the same audit would be one criterion: one would hide the other."""
    if name != "criterion" or profile.mapping.shape is not Shape.AUDITS:
        return
    known = {**profile.mapping.words.get(name, {}), **said}
    codes = Counter(known.get(question, question) for question in profile.mapping.questions)
    if twice := [code for code, count in codes.items() if code is not None and count > 1]:
        raise Refused(
            _("Several columns can't be the same criterion: %(codes)s. Nothing was saved.", codes=", ".join(twice))
        )


def decide_rest(profile: MappingProfile, name: str, known: Known, *, on: datetime) -> None:
    """Leave out every word of a kind that nobody has decided on."""
    words = listed(name, profile.mapping, profile.seen, known)
    set_words(profile, name, {word.text: None for word in words if not word.decided}, on=on)


def meaning(name: str, choice: str, known: Known) -> str | None:
    """What a choice means, as the profile keeps it; None where there is no such thing."""
    if name in PEOPLE:
        return person_called(choice, known)
    allowed = {
        "criterion": known.criteria,
        "scorecard": known.cards,
        "purpose": tuple(one.value for one in Purpose),
        "cause": tuple(one.value for one in CAUSES if one),
        "result": tuple(one.value for one in Result),
    }
    return choice if choice in allowed[name] else None


def as_sheet(words: Iterable[Word]) -> Sheet:
    """Words to be decided on, as a file: what is offered stands in the second column, to be corrected and sent back."""
    headers = [_("In the file"), _("Means here"), _("Times"), _("The file also says")]
    rows = [[one.text, one.means or one.offer or "", one.count, one.beside or ""] for one in words]
    return Sheet("words", headers, rows, kinds=["text", "text", "number", "text"])


def read_pairs(path: str | PathLike[str]) -> list[tuple[str, str]]:
    """A word and what it means from the first two columns of each row below the first; raises `BadFile`."""
    grid = open_grid(path, max_bytes=8 << 20)
    rows = [texts for _line, texts in grid.rows()][1:]
    return [(texts[0].removeprefix("'"), texts[1].removeprefix("'")) for texts in rows if len(texts) > 1 and texts[0]]
