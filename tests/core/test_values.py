"""What a cell's text means."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.core.sheets import (
    looks_like_formula,
    parse_date,
    parse_datetime,
    parse_datetimes,
    parse_integer,
    parse_number,
    split_codes,
)

BOGOTA, MADRID = "America/Bogota", "Europe/Madrid"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-10-31", "2026-10-31T00:00", "2026-10-31 00:00:00", "2026-10-31T00:00:00.000"])
def test_a_date(text):
    assert parse_date(text) == date(2026, 10, 31)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31/10/2026",
        "2026-02-30",
        "20261031",
        "2026-W44-6",
        "2026-10-3",
        "0026-10-31",
        "2026-10-31T15:00",
        "２０２６-10-31",
        "46326",
    ],
)
def test_what_is_not_plainly_a_date(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-10-31T15:00:00Z", BOGOTA, utc(2026, 10, 31, 15)),
        ("2026-10-31T15:00:00-05:00", MADRID, utc(2026, 10, 31, 20)),
        ("2026-10-31 15:00:00 +0200", BOGOTA, utc(2026, 10, 31, 13)),
        ("2026-10-31T15:00:00.250Z", BOGOTA, utc(2026, 10, 31, 15, 0, 0, 250_000)),
        ("2026-10-31 15:00", BOGOTA, utc(2026, 10, 31, 20)),
        ("2026-10-31", BOGOTA, utc(2026, 10, 31, 17)),
        ("2026-07-01", MADRID, utc(2026, 7, 1, 10)),
        ("2026-03-29T02:30", MADRID, utc(2026, 3, 29, 1, 30)),  # the hour that summer time skips
        ("2026-10-25T02:30", MADRID, utc(2026, 10, 25, 0, 30)),  # the hour that comes twice: the first
    ],
)
def test_a_moment(text, zone, moment):
    assert parse_datetime(text, zone) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15:00",
        "2026-10-31T25:00",
        "2026-02-30T10:00",
        "2026-10-31T10",
        "31/10/2026 10:00",
        "2026-10-31T10:00+99:00",
    ],
)
def test_what_is_not_plainly_a_moment(text):
    assert parse_datetime(text, BOGOTA) is None


def test_many_moments_with_one_zone_or_one_each():
    texts = ["2026-10-31", "2026-10-31", "x"]
    assert parse_datetimes(texts, BOGOTA) == [utc(2026, 10, 31, 17), utc(2026, 10, 31, 17), None]
    assert parse_datetimes(texts, [BOGOTA, MADRID, MADRID]) == [utc(2026, 10, 31, 17), utc(2026, 10, 31, 11), None]


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.85", 0.85), ("-3", -3.0), ("+.5", 0.5), ("1E+05", 1e5), ("007", 7.0)],
)
def test_a_number(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "1,5", "1.000,5", "1 000", "85%", "nan", "inf", "1e999", "0x10", "1_000", "5.", "٣"]
)
def test_what_is_not_plainly_a_number(text):
    assert parse_number(text) is None


def test_a_whole_number():
    assert (parse_integer("3"), parse_integer("3.0"), parse_integer("3.5"), parse_integer("1e300")) == (
        3,
        3,
        None,
        None,
    )


def test_several_codes_in_a_cell():
    assert split_codes(" K01|K02 ;K01;; ") == ("K01", "K02")
    assert split_codes("") == ()


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "@SUM(A1)", "+A1+1", "-2+3+cmd|' /C calc'!A0", "=1+1"])
def test_formulas(text):
    assert looks_like_formula(text)


@pytest.mark.parametrize("text", ["", "-", "=", "-3", "-1.5e3", "+57 300 123-4567", "C101", "a=b", "- 5 %"])
def test_what_is_no_formula(text):
    assert not looks_like_formula(text)
