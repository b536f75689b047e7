"""How far auditors agree with the benchmark, counted again with pandas: reaudits and calibrations from the tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pandas as pd
from scipy.stats import t

from app.core.clock import last_month, next_month
from scripts.recount.again import Told, Z, differs

Table = Callable[[str], pd.DataFrame]
NA, PASS, FAIL = "na", "pass", "fail"
DIGITS = 2
"""Agreement beyond chance is told with so many."""


def auditors(table: Table, told: Told, month: date, zone: str) -> Iterator[str]:
    """By auditor and partner of what was audited again in three months; by criterion calibrations too."""
    names = table('SELECT id, name FROM "user"').set_index("id")["name"]
    checks = _during(reaudited(table), "audited_at", month, zone)
    partners = table(
        "SELECT t.unit_id AS id, u.name FROM unit_tree t JOIN unit u ON u.id = t.ancestor_id WHERE u.kind = 'partner'"
    )
    checks = checks.assign(
        auditor=checks["auditor_id"].map(names), partner=checks["team_id"].map(partners.set_index("id")["name"])
    )
    both = pd.concat([checks, _during(calibrated(table), "reviewed_at", month, zone)])
    both["named"] = both["identity_id"].map(_codes(table))
    cuts = (("auditors", checks, "auditor", "name"), ("partners", checks, "partner", "name"),
            ("criteria", both, "named", "code"))  # fmt: skip
    for key, rows, column, name in cuts:
        again = {str(one): agreement(some) for one, some in rows.groupby(column)}
        lines = {_name(line, name): line for line in told[key]}
        if lines.keys() != again.keys():
            yield f"{key}: {sorted(lines.keys() ^ again.keys())} on one side alone"
        for one in lines.keys() & again.keys():
            yield from differs(f"{key} {one}", lines[one], again[one])


def _name(line: Told, name: str) -> str:
    return f"{line['code']} of {line['scorecard']['en']}" if name == "code" else str(line[name])


def _codes(table: Table) -> pd.Series:
    """The newest code of a criterion and its scorecard, by identity."""
    newest = table(
        "SELECT c.identity_id, c.code, s.name_en FROM criterion c JOIN scorecard_version v ON v.id = c.version_id "
        "JOIN scorecard s ON s.id = v.scorecard_id ORDER BY c.id"
    ).drop_duplicates("identity_id", keep="last")
    return (newest["code"] + " of " + newest["name_en"]).set_axis(newest["identity_id"])


def _during(found: pd.DataFrame, column: str, month: date, zone: str) -> pd.DataFrame:
    """Those of the month and the two before it, as the programme counts them."""
    since, until = (pd.Timestamp(one, tz=zone) for one in (last_month(last_month(month)), next_month(month)))
    when = pd.to_datetime(found[column], utc=True, format="ISO8601")
    return found[(when >= since) & (when < until)]


# --- Checks that were scored twice ---


def reaudited(table: Table) -> pd.DataFrame:
    """Each check of each reaudit: as the auditor first said, and the benchmark; where a contest was granted, the auditor is."""
    pairs = table(
        "SELECT a.id AS contact, a.audited_at, a.version_id, f.id AS first_id, f.version_id AS first_version, "
        "f.auditor_id, f.team_id FROM audit a JOIN audit f ON f.id = a.reaudit_of_id "
        "WHERE a.purpose = 'reaudit' AND a.released_at IS NOT NULL"
    )
    lines = table("SELECT id AS criterion, version_id, identity_id, weight, severity FROM criterion")
    earlier = lines[["criterion", "version_id", "identity_id"]].set_axis(
        ["first_criterion", "first_version", "identity_id"], axis=1
    )
    checks = pairs.merge(lines, on="version_id").merge(earlier, on=["first_version", "identity_id"])
    said = table("SELECT audit_id, criterion_id, result FROM finding").set_index(["audit_id", "criterion_id"])["result"]
    corrected = table("SELECT audit_id, criterion_id, before FROM correction ORDER BY id")
    corrected["result"] = [_loaded(one)["result"] for one in corrected["before"]]
    originally = corrected.drop_duplicates(["audit_id", "criterion_id"]).set_index(["audit_id", "criterion_id"])
    checks["second"] = _look_up(said, checks, "contact", "criterion", PASS)
    now = _look_up(said, checks, "first_id", "first_criterion", PASS)
    checks["first"] = _look_up(originally["result"], checks, "first_id", "first_criterion", now)
    right = table("SELECT audit_id AS contact, criterion_id AS criterion, 1 AS holds FROM reaudit_contest "
                  "WHERE state = 'granted'")  # fmt: skip
    holds = checks.merge(right, on=["contact", "criterion"], how="left")["holds"].notna().to_numpy()
    checks["second"] = checks["second"].where(~holds, checks["first"])
    return checks.assign(fatal=checks["severity"].str.startswith("fatal"))


def calibrated(table: Table) -> pd.DataFrame:
    """Each answer of each participant of a calibration beside what was agreed, else what the reference said."""
    seats = table(
        "SELECT s.calibration_id, s.person_id, s.reference, s.content, c.version_id, c.reviewed_at FROM calibration_seat s "
        "JOIN calibration c ON c.id = s.calibration_id WHERE s.handed_in_at IS NOT NULL "
        "AND c.state IN ('review', 'resolved', 'closed')"
    )
    lines = table("SELECT id AS criterion, version_id, identity_id, weight, severity FROM criterion")
    answers = seats.merge(lines, on="version_id")
    answers["said"] = [
        (_loaded(content).get("answers", {}).get(str(criterion)) or {}).get("result") or NA
        for content, criterion in zip(answers["content"], answers["criterion"], strict=True)
    ]
    keys = ["calibration_id", "criterion"]
    agreed = table("SELECT calibration_id, criterion_id AS criterion, result FROM calibration_agreed")
    right = answers[answers["reference"].astype(bool)][[*keys, "said"]].rename(columns={"said": "second"})
    right = right.merge(agreed, on=keys, how="left")
    right["second"] = right["result"].fillna(right["second"])
    others = answers[~answers["reference"].astype(bool)].merge(right[[*keys, "second"]], on=keys)
    others["contact"] = "calibration " + others["calibration_id"].astype(str)
    return others.assign(first=others["said"], fatal=others["severity"].str.startswith("fatal"))


def _look_up(values: pd.Series, rows: pd.DataFrame, audit: str, criterion: str, other: Any) -> pd.Series:
    """What is said of a check, or else something other."""
    keys = pd.MultiIndex.from_frame(rows[[audit, criterion]])
    found = pd.Series(values.astype(object).reindex(keys).to_numpy(), rows.index, dtype=object)
    return found.where(found.notna(), other)


def _loaded(content: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(content) if isinstance(content, str) else content
    return found


# --- What they say, as docs/agreement.md has it ---


def agreement(checks: pd.DataFrame) -> dict[str, Any]:
    """The figures of some checks: contact, weight, whether fatal, and both answers."""
    either = checks[(checks["first"] != NA) | (checks["second"] != NA)]
    found, stood = (checks["fatal"] & (checks[one] == FAIL) for one in ("first", "second"))
    apart = (either["weight"] * (either["first"] != either["second"])).sum()
    return {
        "contacts": checks["contact"].nunique(), "checks": len(checks),
        "differing": int((checks["first"] != checks["second"]).sum()),
        "alignment": 1 - apart / either["weight"].sum() if either["weight"].sum() else None,
        **_beyond_chance(checks), **_leniency(checks[(checks["first"] != NA) & (checks["second"] != NA)]),
        "fatal_both": int((found & stood).sum()), "fatal_auditor": int(found.sum()), "fatal_benchmark": int(stood.sum()),
    }  # fmt: skip


def _beyond_chance(checks: pd.DataFrame) -> dict[str, float | None]:
    """Gwet's AC1, linearised and summed by contact; where all are at one, Wilson's lower end for so many contacts."""
    marks = {one: ((checks["first"] == one).astype(float) + (checks["second"] == one)) / 2 for one in (PASS, FAIL, NA)}
    chance = sum(mark.mean() * (1 - mark.mean()) for mark in marks.values()) / 2
    same = (checks["first"] == checks["second"]).astype(float)
    value = (same.mean() - chance) / (1 - chance)
    own = sum(mark * (1 - mark.mean()) for mark in marks.values()) / 2
    terms = (same - same.mean() - 2 * (1 - value) * (own - chance)) / (1 - chance) / len(checks)
    groups = checks["contact"].nunique()
    low = high = None
    if groups > 1 and same.all():
        low, high = (groups / (groups + Z**2) - chance) / (1 - chance), 1.0
    elif groups > 1:
        half = _half(terms, checks["contact"])
        low, high = max(value - half, -1.0), min(value + half, 1.0)
    ends = {"ac1": value, "ac1_low": low, "ac1_high": high}
    return {name: None if one is None else round(one, DIGITS) for name, one in ends.items()}


def _leniency(both: pd.DataFrame) -> dict[str, float | None]:
    """How much more the auditor gave, of what applied to both, by weight."""
    whole = both["weight"].sum()
    more = (both["first"] == PASS).astype(float) - (both["second"] == PASS)
    mean = (both["weight"] * more).sum() / whole if whole else None
    low = high = None
    if mean is not None and both["contact"].nunique() > 1:
        half = _half(both["weight"] * (more - mean) / whole, both["contact"])
        low, high = mean - half, mean + half
    return {"leniency": mean, "leniency_low": low, "leniency_high": high}


def _half(terms: pd.Series, contact: pd.Series) -> float:
    """Half of a 95 % interval of a sum whose terms hang together by contact."""
    sums = terms.groupby(contact).sum()
    return float(t.ppf(0.975, len(sums) - 1) * (len(sums) / (len(sums) - 1) * (sums**2).sum()) ** 0.5)
