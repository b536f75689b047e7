"""What the words of quizzes are called, in the reader's language."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext, lazy_pgettext

from app.curriculum.quizzes.rules import Between, Difficulty, Fault, QuestionKind, Warning

KINDS: dict[QuestionKind, LazyString] = {
    QuestionKind.SINGLE: lazy_gettext("One right choice"),
    QuestionKind.MULTIPLE: lazy_gettext("Several right choices"),
    QuestionKind.TRUE_FALSE: lazy_gettext("True or false"),
    QuestionKind.ORDERING: lazy_gettext("Putting in order"),
    QuestionKind.MATCHING: lazy_gettext("Matching"),
    QuestionKind.NUMERIC: lazy_pgettext("kind of question", "Number"),
    QuestionKind.SHORT_TEXT: lazy_gettext("Short text"),
}

DIFFICULTIES: dict[Difficulty, LazyString] = {
    Difficulty.EASY: lazy_pgettext("question", "Easy"),
    Difficulty.MEDIUM: lazy_pgettext("question", "Medium"),
    Difficulty.HARD: lazy_pgettext("question", "Hard"),
}

BETWEEN: dict[Between, LazyString] = {
    Between.NOTHING: lazy_gettext("Nothing: the next attempt may begin at once"),
    Between.COOL_DOWN: lazy_gettext("A pause of some hours"),
    Between.REVIEW: lazy_gettext("The module has to be read again"),
}

FAULTS: dict[Fault, LazyString] = {
    Fault.TOO_FEW: lazy_gettext("At least two options are needed."),
    Fault.NONE_RIGHT: lazy_gettext("No option is marked as right."),
    Fault.SEVERAL_RIGHT: lazy_gettext("Only one option may be right. For several, choose another kind."),
    Fault.NO_VALUE: lazy_gettext("Each option needs its number."),
    Fault.NO_MATCH: lazy_gettext("Each item needs its match."),
    Fault.NOT_TWO: lazy_gettext("True or false has just these two options."),
}

WARNINGS: dict[Warning, tuple[LazyString, str]] = {
    Warning.WRONG_KEY: (lazy_gettext("Those who know less get it right more often: is the key wrong?"), "bad"),
    Warning.TELLS_NOTHING: (lazy_gettext("It does not tell who knows from who does not."), "warn"),
    Warning.TOO_EASY: (lazy_gettext("Nearly everybody gets it right."), "warn"),
    Warning.TOO_HARD: (lazy_gettext("Hardly anybody gets it right."), "warn"),
}

TRUE_FALSE = (("True", "Verdadero"), ("False", "Falso"))
"""The two options of such a question, in English and Spanish."""
