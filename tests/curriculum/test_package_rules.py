"""What is in a package, what may not be, and what its parts come to. No database."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest
from flask import Flask

from app.core.errors import Refused
from app.curriculum.packages import rules
from app.curriculum.packages.launching import Learner, cmi_of
from app.curriculum.packages.models import Package, PackagePart
from app.curriculum.packages.reading import archive, content
from app.curriculum.packages.rules import Item, MoveOn, PackageFormat, Standing
from tests.curriculum import package_cast
from tests.curriculum.package_cast import COURSE, MANIFEST_12, zipped


@pytest.fixture(autouse=True)
def in_english(app: Flask):
    with app.test_request_context():
        yield


def told(package: io.BytesIO):
    with archive.opened(package) as opened:
        found = archive.entries(opened, len(package.getvalue()))
        folder, leading = content.find(found)
        names = {one.name[len(folder) :].casefold(): one.name for one in found}
        return content.tell(opened, leading, names)


# --- What it holds ---


def test_scorm_12_is_read():
    found = told(package_cast.scorm_12())
    assert (found.format, found.title) == (PackageFormat.SCORM_12, {"": "Refunds, step by step"})
    (item,) = found.items
    assert (item.href, item.mastery, item.data) == ("shared/launch.html?content=refunds", 0.8, "theme=blue")


def test_scorm_2004_is_read_with_its_headings_bases_and_thresholds():
    found = told(package_cast.scorm_2004())
    assert (found.format, found.edition) == (PackageFormat.SCORM_2004, "2004 4th Edition")
    assert [(one.id, one.level, one.href, one.tracked, one.mastery) for one in found.items] == [
        ("unit", 0, None, True, None),
        ("read", 1, "content/read.html", False, None),
        ("greet", 1, "content/sco.html", True, None),
        ("test", 1, "content/sco.html?test=1", True, 0.7),
    ]


def test_objectives_and_rules_of_order_are_found_also_where_items_share_them():
    rule = "<imsss:sequencingRules><imsss:preConditionRule/></imsss:sequencingRules>"
    own = '<imsss:objectives><imsss:primaryObjective objectiveID="o" satisfiedByMeasure="true">'
    shared = f"""<imsss:sequencingCollection><imsss:sequencing ID="s">{own}<imsss:minNormalizedMeasure>0.6</imsss:minNormalizedMeasure>
      </imsss:primaryObjective><imsss:objective objectiveID="p"/></imsss:objectives>{rule}</imsss:sequencing></imsss:sequencingCollection>"""
    manifest = package_cast.MANIFEST_2004.replace(
        'identifierref="r1"><title>Greeting</title>',
        'identifierref="r1"><title>Greeting</title><imsss:sequencing IDRef="s"/>',
    ).replace("</manifest>", f"{shared}</manifest>")
    files = {"imsmanifest.xml": manifest, "content/read.html": "x", "content/sco.html": "x"}
    found = told(zipped(files))
    greeting = next(one for one in found.items if one.id == "greet")
    assert (greeting.mastery, list(greeting.objectives)) == (0.6, ["o", "p"])
    assert found.sequencing is not None
    package, ana = Package(format=PackageFormat.SCORM_2004), Learner("1", "Ana", "en")
    begins = cmi_of(package, greeting, None, ana, "normal")
    assert (begins["cmi.objectives.0.id"], begins["cmi.objectives.1.id"]) == ("o", "p")
    part = PackagePart(state={"cmi.objectives.0.id": "mine"}, seconds=0, sitting_seconds=0)
    assert "cmi.objectives.1.id" not in cmi_of(package, greeting, part, ana, "normal")
    assert told(package_cast.scorm_2004()).sequencing is None


def test_the_rules_about_the_order_are_read_as_the_library_takes_them():
    course = told(package_cast.scorm_2004_ruled()).sequencing
    assert (course["id"], course["sequencingControls"]) == ("org", {"choice": True, "flow": True})
    first, second, third = course["children"]
    assert first["deliveryControls"] == {"completionSetByContent": True, "objectiveSetByContent": True}
    assert first["primaryObjective"]["mapInfo"] == [
        {"targetObjectiveID": "greet", "readSatisfiedStatus": True, "writeSatisfiedStatus": True}
    ]
    assert third["sequencingRules"]["preConditionRules"] == [
        {
            "action": "disabled",
            "conditionCombination": "any",
            "conditions": [
                {"condition": "satisfied", "operator": "not", "referencedObjective": "first"},
                {"condition": "objectiveStatusKnown", "operator": "not", "referencedObjective": "first"},
            ],
        }
    ]
    assert second["sequencingRules"]["preConditionRules"][0]["conditionCombination"] == "all"


def test_by_its_own_rules_a_package_is_done_though_parts_were_skipped():
    parts, tree = Standing(score=0.8, progress=0.5), {"children": [{"id": "one"}]}
    assert rules.as_ruled(parts, {}, tree) == parts
    assert rules.as_ruled(parts, {"completion": "completed", "success": "passed", "score": None}, tree) == Standing(
        completed=True, passed=True, score=0.8, progress=1.0, done=True
    )
    assert not rules.as_ruled(parts, {"completion": "completed", "success": "failed"}, tree).done
    assert rules.as_ruled(parts, {"completion": "completed", "success": "unknown", "score": 0.9}, tree).score == 0.9


def test_where_no_part_weighs_the_whole_has_the_score_of_its_parts_and_not_a_nought():
    """As in a published sample whose five parts weigh 0: the run-time says 0.0 of the whole."""
    parts, whole = Standing(score=0.85), {"completion": "completed", "success": "passed", "score": 0.0}
    light, heavy = ({"sequencingControls": {"objectiveMeasureWeight": weight}} for weight in (0.0, 0.5))
    assert rules.as_ruled(parts, whole, {"children": [light, light]}).score == 0.85
    assert rules.as_ruled(parts, whole, {"children": [light, heavy]}).score == 0.0


def test_cmi5_is_read_in_its_languages():
    found = told(zipped({"cmi5.xml": COURSE, "au.html": ""}))
    assert found.title == {"en": "Tone", "es": "Tono"}
    assert [(one.title_in("es"), one.level, one.move_on) for one in found.items] == [
        ("Block", 0, None),
        ("Calidez", 1, MoveOn.COMPLETED_AND_PASSED),
        ("More", 1, MoveOn.NOT_APPLICABLE),
    ]
    assert [Item.of(one.kept()) for one in found.items] == list(found.items)


def test_all_may_stand_in_one_folder_and_what_file_managers_leave_behind_is_no_part_of_it():
    files = {
        "course/imsmanifest.xml": MANIFEST_12,
        "course/shared/Launch.HTML": "",
        "__MACOSX/x": "",
        "course/.DS_Store": "",
    }
    assert told(zipped(files)).items[0].href == "shared/launch.html?content=refunds"


# --- What may not be in it ---


def entry(name: str, **facts: int) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        info = zipfile.ZipInfo("x")
        info.filename = name
        for key, value in facts.items():
            setattr(info, key, value)
        opened.writestr(info, "x")
    return made


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up.html", "a/../../b", "a\\b.html", "C:/x.html", "a//b", "./a", "a\nb", "x" * 300]
)
def test_a_name_that_leads_elsewhere_is_refused(name: str):
    with pytest.raises(Refused, match="not a valid file name"):
        told(entry(name))


@pytest.mark.parametrize(
    ("package", "said"),
    [
        (io.BytesIO(b"no archive"), "not a ZIP archive"),
        (entry("link.html", create_system=3, external_attr=(stat.S_IFLNK | 0o777) << 16), "a link or a device"),
        (entry("setup.EXE"), "a program for a computer"),
        (zipped({"A.html": "", "a.HTML": ""}), "the same name"),
        (zipped({"index.html": ""}), "neither imsmanifest.xml nor cmi5.xml"),
        (zipped({"imsmanifest.xml": "<manifest"}), "not well-formed XML"),
        (zipped({"imsmanifest.xml": "<html/>"}), "not the manifest"),
        (zipped({"imsmanifest.xml": MANIFEST_12}), "starts with “shared/launch.html”"),
        (zipped({"imsmanifest.xml": "<manifest/>"}), "nothing that could be played"),
        (zipped({"imsmanifest.xml": MANIFEST_12.replace("shared/launch.html", "https://elsewhere.example/x")}), "is elsewhere"),
        (zipped({"imsmanifest.xml": '<!DOCTYPE m [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><manifest>&b;</manifest>'}), "defines entities"),
        (zipped({"imsmanifest.xml": '<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]><manifest>&a;</manifest>'}), "defines entities"),
        (zipped({"imsmanifest.xml": MANIFEST_12, "bomb.txt": b"\0" * 20_000_000}), "unpacks to far more"),
        (zipped({f"{n}.txt": "" for n in range(archive.MOST_FILES + 1)}), "more than 10000 files"),
        (zipped({"cmi5.xml": COURSE.replace('masteryScore="0.8"', 'masteryScore="8"'), "au.html": ""}), "not between 0 and 1"),
        (zipped({"cmi5.xml": COURSE.replace("CompletedAndPassed", "Whenever"), "au.html": ""}), "moveOn"),
        (zipped({"cmi5.xml": COURSE.replace("tone/2", "tone/1"), "au.html": ""}), "same identifier"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(package: io.BytesIO, said: str):
    with pytest.raises(Refused, match=said):
        told(package)


@pytest.mark.parametrize("way", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_file_is_named_in_whatever_way_it_was_packed(way: int):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", way) as packed:
        packed.writestr("imsmanifest.xml", MANIFEST_12)
    content, start = bytearray(made.getvalue()), 30 + len("imsmanifest.xml")
    content[start + 9 : start + 60] = b"\xff" * 51
    with pytest.raises(Refused, match="can't be unpacked: the archive is damaged"):
        told(io.BytesIO(bytes(content)))


def test_a_file_that_lies_about_its_size_is_read_no_further():
    package = package_cast.scorm_12(**{"imsmanifest.xml": MANIFEST_12 + " " * 5_000_000})
    with pytest.raises(Refused, match="too large to be read"):
        told(package)


# --- Outcome so far ---


@pytest.mark.parametrize(
    ("status", "raw", "found"),
    [
        ("not attempted", "", Standing()),
        ("incomplete", "40", Standing(score=0.4)),
        ("completed", "", Standing(completed=True, done=True)),
        ("passed", "90", Standing(completed=True, passed=True, score=0.9, done=True)),
        ("failed", "10", Standing(completed=True, passed=False, score=0.1)),
        ("browsed", "nan", Standing()),
    ],
)
def test_what_a_part_of_scorm_12_says(status: str, raw: str, found: Standing):
    assert rules.standing_12({"cmi.core.lesson_status": status, "cmi.core.score.raw": raw}) == found


@pytest.mark.parametrize(
    ("item", "cmi", "found"),
    [
        ({}, {}, Standing()),
        ({}, {"completion_status": "completed", "score.scaled": "-0.5"}, Standing(completed=True, score=0.0, done=True)),
        ({}, {"success_status": "passed"}, Standing(passed=True, done=True)),
        ({}, {"completion_status": "incomplete", "success_status": "passed"}, Standing(passed=True)),
        ({"mastery": 0.7}, {"completion_status": "completed", "score.scaled": "0.5", "success_status": "passed"}, Standing(completed=True, passed=False, score=0.5)),
        ({"threshold": 0.6}, {"completion_status": "incomplete", "progress_measure": "0.6"}, Standing(completed=True, progress=0.6, done=True)),
        ({}, {"completion_status": "completed", "score.raw": "15", "score.min": "10", "score.max": "20"}, Standing(completed=True, score=0.5, done=True)),
    ],
)  # fmt: skip
def test_what_a_part_of_scorm_2004_says(item: dict, cmi: dict, found: Standing):
    known = {f"cmi.{key}": value for key, value in cmi.items()}
    assert rules.standing_2004(Item(id="x", title={}, **item), known) == found


@pytest.mark.parametrize(
    ("move_on", "completed", "passed", "done"),
    [
        (MoveOn.PASSED, True, None, False), (MoveOn.PASSED, False, True, True), (MoveOn.COMPLETED, True, False, True),
        (MoveOn.COMPLETED_AND_PASSED, True, None, False), (MoveOn.COMPLETED_AND_PASSED, True, True, True),
        (MoveOn.COMPLETED_OR_PASSED, False, True, True), (MoveOn.COMPLETED_OR_PASSED, False, False, False),
        (MoveOn.NOT_APPLICABLE, False, None, True),
    ],
)  # fmt: skip
def test_when_a_unit_of_cmi5_is_satisfied(move_on: MoveOn, completed: bool, passed: bool | None, done: bool):
    item = Item(id="x", title={}, move_on=move_on)
    assert rules.standing_cmi5(item, Standing(completed=completed, passed=passed)).done is done


def test_the_whole_is_done_when_each_part_is():
    items = [Item(id="h", title={}), *(Item(id=one, title={}, href="x") for one in "ab")]
    good, bad = (
        Standing(completed=True, passed=True, score=0.8, done=True),
        Standing(completed=True, passed=False, score=0.4),
    )
    assert rules.roll_up(items, {}) == Standing(progress=0.0)
    assert rules.roll_up(items, {"a": good}) == Standing(score=0.8, progress=0.5)
    assert rules.roll_up(items, {"a": good, "b": bad}) == Standing(
        completed=True, passed=False, score=pytest.approx(0.6), progress=0.5
    )
    assert rules.roll_up(items, {"a": good, "b": Standing(completed=True, done=True)}) == Standing(
        completed=True, passed=True, score=0.8, progress=1.0, done=True
    )
    optional = Item(id="c", title={}, href="x", move_on=MoveOn.NOT_APPLICABLE)
    assert rules.roll_up([*items[:2], optional], {"a": good}).done


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0001:30:05.25", 5405),
        ("00:02:00", 120),
        ("PT1H30M5.5S", 5405),
        ("P1DT1S", 86400),
        ("nonsense", 0),
        ("", 0),
        (None, 0),
        ("P", 0),
    ],
)
def test_time_is_read_as_both_standards_write_it(text: str | None, seconds: int):
    assert rules.seconds_of(text) == seconds
    assert rules.seconds_of(rules.period(seconds)) == rules.seconds_of(rules.clock_12(seconds)) == seconds
