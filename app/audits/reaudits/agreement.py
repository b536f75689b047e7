"""How far two who scored the same contacts agree: pure arithmetic over checks, in arrays.

The second result of a check is the benchmark. Checks of one contact hang together, so every interval treats the contact
as the unit: sums of influence by contact, Student's t with one degree of freedom fewer than there are contacts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.audits.rules import FAIL, NA, PASS

FEW = 5
"""With fewer contacts than this nothing is concluded."""
CATEGORIES = (PASS, FAIL, NA)
CONFIDENCE = 0.95
Z = 1.959963984540054
Floats = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Checks:
    """Checks scored twice, one entry each: the contact, weight, whether fatal, and both results."""

    contact: NDArray[np.int64]
    item: NDArray[np.int64]
    weight: Floats
    fatal: NDArray[np.bool_]
    first: NDArray[np.int8]
    second: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.contact)

    def take(self, where: NDArray[np.bool_] | NDArray[np.int64]) -> Checks:
        """Some of them."""
        return Checks(*(getattr(self, name)[where] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Agreement:
    """What somebody's checks say beside the benchmark. Shares are none where nothing applied."""

    contacts: int
    checks: int
    differing: int
    alignment: float | None
    agreement: float | None
    """Beyond chance: Gwet's AC1."""
    interval: Interval | None
    leniency: float | None
    """Above nought: passes more than the benchmark."""
    leniency_interval: Interval | None
    fatal_both: int
    fatal_first: int
    fatal_second: int

    @property
    def few(self) -> bool:
        """Whether these are too few contacts to conclude anything."""
        return self.contacts < FEW

    @property
    def share_differing(self) -> float:
        """How many of the checks have two results."""
        return self.differing / self.checks if self.checks else 0.0

    @property
    def leans(self) -> int:
        """1 for lenient, −1 for strict beyond chance, 0 otherwise."""
        if self.few or self.leniency_interval is None:
            return 0
        low, high = self.leniency_interval
        return 1 if low > 0 else -1 if high < 0 else 0


def compare(checks: Checks) -> Agreement:
    """All figures of some checks."""
    both = (checks.first != NA) & (checks.second != NA)
    value, interval = chance_corrected(checks.first, checks.second, checks.contact)
    lean, lean_interval = _leniency(checks.take(both))
    first, second = (checks.fatal & (one == FAIL) for one in (checks.first, checks.second))
    return Agreement(
        contacts=len(np.unique(checks.contact)),
        checks=len(checks),
        differing=int((checks.first != checks.second).sum()),
        alignment=alignment(checks),
        agreement=value,
        interval=interval,
        leniency=lean,
        leniency_interval=lean_interval,
        fatal_both=int((first & second).sum()),
        fatal_first=int(first.sum()),
        fatal_second=int(second.sum()),
    )


def by_group(checks: Checks, group: NDArray[np.int64]) -> Iterator[tuple[int, Agreement]]:
    """The figures of each group, by its number; those below nought are left out."""
    if not len(group):
        return
    order = np.argsort(group, kind="stable")
    numbers, starts = np.unique(group[order], return_index=True)
    for number, places in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
        if number >= 0:
            yield number, compare(checks.take(places))


def together(one: Checks, other: Checks) -> Checks:
    """The checks of both; their contacts stay apart."""
    first = int(one.contact.max()) + 1 if len(one) else 0
    moved = Checks(other.contact + first, other.item, other.weight, other.fatal, other.first, other.second)
    return Checks(*(np.concatenate([getattr(one, name), getattr(moved, name)]) for name in Checks.__slots__))


def difference(first: NDArray[np.int8], second: NDArray[np.int8]) -> Floats:
    """How far two results of a check are apart, as a share of its maximum: all of it where only one let it apply."""
    return (first != second).astype(float)


def alignment(checks: Checks) -> float | None:
    """1 − |difference| ÷ item maximum, weighted by item, over what applied to either; never a difference of totals."""
    apart, whole = (float(one.sum()) for one in points(checks))
    return 1 - apart / whole if whole else None


def points(checks: Checks) -> tuple[Floats, Floats]:
    """Of each check the points both are apart by, and those it had, both nought where it applied to neither."""
    weight = checks.weight * ((checks.first != NA) | (checks.second != NA))
    return weight * difference(checks.first, checks.second), weight


def chance_corrected(
    first: NDArray[np.int8],
    second: NDArray[np.int8],
    contact: NDArray[np.int64],
    categories: Sequence[int] = CATEGORIES,
) -> tuple[float | None, Interval | None]:
    """Gwet's AC1 of two raters over these categories, and its 95 % interval.

    K. L. Gwet, "Computing inter-rater reliability and its variance in the presence of high agreement", British Journal
    of Mathematical and Statistical Psychology 61 (2008), 29–48: (pa − pe) ÷ (1 − pe), where pe = Σ π(1 − π) ÷ (q − 1)
    with π the mean share of each of q categories; unlike Cohen's kappa it does not fall where nearly all passes. Its
    linearised terms are summed by contact before they are squared, for checks of a contact are no independent draws.
    Where all agree these are nought; then Wilson's interval of the share agreed stands in, counted in contacts.
    """
    if not len(first):
        return None, None
    given = np.stack([((first == k).astype(float) + (second == k)) / 2 for k in categories], axis=1)
    share = given.mean(axis=0)
    chance = float((share * (1 - share)).sum() / (len(categories) - 1))
    agreed = (first == second).astype(float)
    value = (float(agreed.mean()) - chance) / (1 - chance)
    chance_of = given @ (1 - share) / (len(categories) - 1)
    terms = (agreed - agreed.mean() - 2 * (1 - value) * (chance_of - chance)) / (1 - chance)
    groups = len(np.unique(contact))
    if groups < 2:
        return value, None
    if agreed.all():
        return value, ((_wilson_low(groups) - chance) / (1 - chance), 1.0)
    half = _half_width(terms / len(first), contact)
    return value, (max(value - half, -1.0), min(value + half, 1.0))


def _leniency(checks: Checks) -> tuple[float | None, Interval | None]:
    """The weighted mean of what the auditor gave less what the benchmark gave, over what applied to both."""
    whole = float(checks.weight.sum())
    if not whole:
        return None, None
    more = (checks.first == PASS).astype(float) - (checks.second == PASS)
    mean = float((checks.weight * more).sum() / whole)
    if len(np.unique(checks.contact)) < 2:
        return mean, None
    half = _half_width(checks.weight * (more - mean) / whole, checks.contact)
    return mean, (mean - half, mean + half)


def _half_width(terms: Floats, contact: NDArray[np.int64]) -> float:
    """Half the width of the interval of a sum of terms that hang together by contact."""
    from scipy.special import stdtrit

    _numbers, place = np.unique(contact, return_inverse=True)
    sums = np.bincount(place, terms)
    groups = len(sums)
    variance = groups / (groups - 1) * float((sums**2).sum())
    return float(stdtrit(groups - 1, (1 + CONFIDENCE) / 2)) * variance**0.5


def _wilson_low(n: int) -> float:
    """The lower end of Wilson's interval of n of n."""
    return n / (n + Z * Z)
