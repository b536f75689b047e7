"""The whole curriculum as a file: out, into an empty database, out again the same; twice is once; all or nothing."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from sqlalchemy import delete, select, update

from app.core.problems import BadFile
from app.curriculum.authoring.models import ModuleVersion
from app.curriculum.authoring.services import save
from app.curriculum.exchange.arriving import take_in
from app.curriculum.exchange.leaving import written
from app.curriculum.exchange.shape import read
from app.curriculum.files.models import ModuleFile
from app.curriculum.files.services import add
from app.curriculum.files.services import keep as keep_file
from app.curriculum.models import Competency, Module, ModuleCompetency, ModuleKind, ModuleState
from app.curriculum.packages.models import Package, PackageFile
from app.curriculum.paths import writing
from app.curriculum.paths.models import Path, PathStep, PathVersion
from app.curriculum.paths.rules import Branch
from app.curriculum.practice.models import Practice, PracticeLine
from app.curriculum.practice.services import set_rubric
from app.curriculum.quizzes.models import Draw, Option, Question, Quiz
from app.curriculum.quizzes.rules import Between, Difficulty, QuestionKind
from app.curriculum.quizzes.services import keep
from tests.curriculum import package_cast
from tests.curriculum.conftest import ON
from tests.curriculum.test_module_files import PNG
from tests.curriculum.test_packages import pack
from tests.curriculum.test_views import text_of

BLANK = dict.fromkeys(("text_en", "text_es", "match_en", "match_es", "feedback_en", "feedback_es"), "")
OPTIONS = {
    QuestionKind.SINGLE: [{"text_en": "=yes", "text_es": "-sí ", "is_right": True}, {"text_en": "no", "text_es": "no"}],
    QuestionKind.MULTIPLE: [{"text_en": "a", "text_es": "a", "is_right": True}, {"text_en": "b", "text_es": "b"}],
    QuestionKind.TRUE_FALSE: [
        {"text_en": "True", "text_es": "Verdadero", "is_right": True}, {"text_en": "False", "text_es": "Falso"},
    ],
    QuestionKind.ORDERING: [{"text_en": "1", "text_es": "1"}, {"text_en": "2", "text_es": "2"}],
    QuestionKind.MATCHING: [
        {"text_en": "a", "text_es": "a", "match_en": "x", "match_es": "x"},
        {"text_en": "b", "text_es": "b", "match_en": "y", "match_es": "y"},
    ],
    QuestionKind.NUMERIC: [{"value": 3.25, "tolerance": 0.5, "is_right": True}],
    QuestionKind.SHORT_TEXT: [{"text_en": "refund", "text_es": "reembolso", "is_right": True}],
}  # fmt: skip
TABLES = (
    PathStep,
    PathVersion,
    Path,
    Draw,
    Quiz,
    PracticeLine,
    Practice,
    Option,
    Question,
    ModuleVersion,
    ModuleCompetency,
    Module,
)


@pytest.fixture
def whole(session, people, module, refund):
    """A bit of everything."""
    session.add(Competency(code="K0", name_en="Policies", name_es="", description_es="\n Todas ", target=0.9))
    session.flush()
    refund.parent_id = session.scalars(select(Competency.id).where(Competency.code == "K0")).one()
    for kind, options in OPTIONS.items():
        facts = {"code": f"Q-{kind.value}", "kind": kind, "competency_id": refund.id, "difficulty": Difficulty.EASY,
                 "text_en": "  What?\n", "text_es": "¿Qué?", "feedback_en": "", "feedback_es": ""}  # fmt: skip
        told = [{**BLANK, "is_right": False, "value": None, "tolerance": None, **one} for one in options]
        keep(session, Question(options=[]), facts, told)
    session.add(
        Quiz(module_id=module.id, pass_mark=0.8, between=Between.REVIEW, attempts=2, minutes=5,
             draws=[Draw(position=0, competency_id=refund.id, difficulty=None, count=3), Draw(position=1, count=2)])
    )  # fmt: skip
    more = {"minutes": 5, "title_en": "T", "title_es": "T"}
    played = Module(code="M02", kind=ModuleKind.PRACTICE, state=ModuleState.PUBLISHED, **more)
    draft = Module(code="M03", kind=ModuleKind.LINK, url="https://example.org/x?a=1", state=ModuleState.DRAFT, **more)
    session.add_all([played, draft, Module(code="M04", kind=ModuleKind.LIVE, state=ModuleState.RETIRED, **more)])
    session.flush()
    set_rubric(session, played, [("A", "B", 4)], pass_share=0.7, leads_observe=False, by=people.tomas, on=ON)
    short = Path(code="P-short", revision=0)
    long = Path(code="P", revision=0)
    texts = {"title_en": "Path", "title_es": "Ruta", "about_en": "", "about_es": "", "days": 20, "in_order": True,
             "counts_earlier": False}  # fmt: skip
    step = {"position": 1, "module_id": module.id, "optional": False, "after": None, "branch_on": None, "branch": None,
            "branch_score": None}  # fmt: skip
    branch = {
        **step,
        "position": 2,
        "module_id": played.id,
        "after": 1,
        "branch_on": 1,
        "branch": Branch.BELOW,
        "branch_score": 0.5,
    }
    for path, steps, shorter in ((short, [step], None), (long, [step, branch], short)):
        facts = {**texts, "code": path.code, "shorter_id": shorter.id if shorter else None}
        writing.save(session, path, facts, steps, revision=0, by=None, on=ON)
        writing.publish(session, path, by=None, on=ON)
    session.commit()
    return written(session)


def empty(session):
    session.execute(update(Path).values(shorter_id=None))
    for table in TABLES:
        session.execute(delete(table))
    session.execute(update(Competency).values(parent_id=None))
    session.execute(delete(Competency))
    session.commit()


def test_out_and_in_and_out_again_is_the_same_and_twice_is_once(session, whole):
    again = take_in(session, whole, by=None, on=ON)
    assert (again.new, again.changed, again.waiting) == (0, 0, [])
    assert session.scalars(select(ModuleVersion)).all() == []
    empty(session)
    summary = take_in(session, whole, by=None, on=ON)
    session.commit()
    session.expire_all()
    assert (summary.new, summary.changed, summary.waiting) == (2 + 7 + 4 + 2, 0, [])
    assert written(session) == whole
    assert take_in(session, whole, by=None, on=ON).unchanged == summary.new


def test_what_changed_comes_as_a_new_version_and_the_rest_stays(session, people, module, whole):
    told = json.loads(whole)
    told["modules"][0]["body_es"] = "# Nuevo"
    told["questions"][0]["retired"] = True
    told["paths"][0]["days"] = 9
    told["competencies"][0]["name_es"] = "Políticas"
    content = json.dumps(told).encode()
    summary = take_in(session, content, by=people.mariana, on=ON)
    session.commit()
    assert (summary.new, summary.changed) == (0, 4)
    assert [one.number for one in session.scalars(select(ModuleVersion).order_by(ModuleVersion.number))] == [1, 2]
    assert json.loads(written(session)) == told
    save(session, module, {"code": "M01", "body_es": "x", "title_en": "T", "title_es": "T"}, competency_ids=[],
         revision=module.revision, by=people.tomas, on=ON)  # fmt: skip
    with pytest.raises(BadFile, match="draft"):
        take_in(session, whole, by=None, on=ON)


def test_what_is_not_whole_here_stays_a_draft_and_is_told(session, whole):
    empty(session)
    told = json.loads(whole)
    told["modules"][0] |= {"title_es": "", "body_es": ""}
    told["modules"][2] |= {"kind": "video", "url": "/curriculum/files/7/x.mp4", "state": "published"}
    told["modules"][3] |= {"kind": "package", "state": "published"}
    summary = take_in(session, json.dumps(told).encode(), by=None, on=ON)
    assert [code for code, _why in summary.waiting] == ["M01", "M03", "M04", "P", "P-short"]
    assert session.scalars(select(Module.url).where(Module.code == "M03")).one() is None, (
        "files of elsewhere do not come along"
    )


def broken():
    """(list, place, field, value, what is said)."""
    return [
        ("competencies", 1, "parent", "K9", "K9"), ("competencies", 1, "target", 3, "0.01"), ("competencies", 0, "code", "", "no code"),
        ("questions", 0, "competency", "K9", "competency"), ("questions", 0, "options", [], "questions"),
        ("questions", 0, "kind", "essay", "one of"), ("modules", 0, "minutes", "5", "minutes"), ("modules", 0, "minutes", 0, "600"),
        ("modules", 0, "competencies", ["K9"], "K9"), ("modules", 0, "title_en", None, "title_en"), ("modules", 0, "extra", 1, "extra"),
        ("modules", 0, "quiz", {"pass_mark": 1}, "draws"), ("modules", 1, "code", "M01", "twice"), ("modules", 0, "stale", "fr", "en, es"),
        ("paths", 0, "steps", [], "required step"), ("paths", 0, "shorter", "P9", "P9"), ("paths", 0, "days", 0, "1 to"),
        ("paths", 0, "steps", 5, "list"), ("paths", 0, "title_es", "\x00", "title_es"),
    ]  # fmt: skip


def test_bad_files_change_nothing_and_say_where(session, whole):
    for name, place, field, value, said in broken():
        told = json.loads(whole)
        told[name][place][field] = value
        with pytest.raises(BadFile) as caught:
            take_in(session, json.dumps(told).encode(), by=None, on=ON)
        session.rollback()
        assert said in str(caught.value), (name, field, str(caught.value))
        assert written(session) == whole
    for content in (b"", b"{", b"[1]", b'{"format": "x"}', b"\xff", b"[" * 100_000, b'{"a": NaN}'):
        with pytest.raises(BadFile):
            read(content)


def test_on_screen_and_from_the_command_line(app, session, people, whole, as_user, tmp_path):
    client = as_user(people.tomas, "es")
    out = client.get("/curriculum/exchange/curriculum.json")
    assert out.data == whole
    assert "attachment" in out.headers["Content-Disposition"]
    assert "Ningún" not in text_of(client.post("/curriculum/exchange", data={"file": (io.BytesIO(whole), "c.json")}))
    for name in ("ana", "paola", "ivan", "carmen"):
        other = as_user(getattr(people, name))
        assert [other.get(f"/curriculum/exchange{end}").status_code for end in ("", "/curriculum.json")] == [403, 403]
    told = json.loads(whole)
    told["competencies"][0]["name_es"] = "Políticas"
    changed = json.dumps(told).encode()
    assert client.post("/curriculum/exchange", data={"file": (io.BytesIO(changed), "c.json")}).status_code == 422
    manager = as_user(people.mariana)
    assert manager.post("/curriculum/exchange", data={"file": (io.BytesIO(changed), "c.json")}).status_code == 200
    table = b"competency,name_en,name_es,target,colour\nK77,Calm voice,Voz serena,0.9,red\n"
    refused = client.post("/curriculum/exchange", data={"file": (io.BytesIO(table), "competencies.csv")})
    assert (refused.status_code, "fijan las políticas" in text_of(refused)) == (422, True)
    brought = manager.post("/curriculum/exchange", data={"file": (io.BytesIO(table), "competencies.csv")})
    assert (brought.status_code, "Columns that were not read: colour." in text_of(brought)) == (200, True)
    told["competencies"] = json.loads(written(session))["competencies"]
    bad_row = io.BytesIO(table.replace(b"0.9", b"9"))
    wrong = manager.post("/curriculum/exchange", data={"file": (bad_row, "competencies.csv")})
    assert (wrong.status_code, "Row 2" in text_of(wrong) or "row 2" in text_of(wrong)) == (422, True)
    file, runner = tmp_path / "c.json", app.test_cli_runner()
    assert runner.invoke(args=["curriculum", "export", str(file)]).exit_code == 0
    assert json.loads(file.read_bytes()) == told
    again = runner.invoke(args=["curriculum", "import", str(file)])
    assert "0 new, 0 changed, 16 unchanged" in again.output
    file.write_bytes(b'{"format": "hilo-curriculum"}')
    bad = runner.invoke(args=["curriculum", "import", str(file)])
    assert (bad.exit_code, "Traceback" in bad.output) == (1, False)


@pytest.fixture
def filed(session, people, module, whole):
    """With a picture in a text, a file on a list, and a package of both languages."""
    picture = add(session, module, keep_file(io.BytesIO(PNG), name="hand.png"), alt_en="A hand", alt_es="Una mano",
                  by=people.tomas, on=ON)  # fmt: skip
    add(session, module, keep_file(io.BytesIO(b"a;b"), name="list.csv"), by=people.tomas, on=ON)
    module.body_es += f"\n\n![Una mano](/curriculum/files/{picture.id}/hand.png)"
    played = session.scalars(select(Module).where(Module.code == "M04")).one()
    pack(session, people, played, package_cast.scorm_12())
    played.state = ModuleState.PUBLISHED
    session.commit()
    return module


def sent(client, content, name="c.zip"):
    return client.post("/curriculum/exchange", data={"file": (io.BytesIO(content), name)})


def test_files_and_packages_come_along_in_an_archive(session, people, filed, as_user):
    client = as_user(people.mariana)
    before = client.get("/curriculum/exchange/curriculum.zip", buffered=True).data
    assert "15 unchanged" in text_of(sent(client, before))
    session.execute(update(Module).values(package_en_id=None, package_es_id=None))
    for table in (ModuleFile, PackageFile, Package):
        session.execute(delete(table))
    filler = ModuleFile(id=40, module_id=filed.id, kind="document", name="x", type="x", size=1, sha256="x",
                        added_by_id=people.ana.id, added_at=ON)  # fmt: skip
    session.add(filler)  # so that numbers differ from those of before
    session.flush()
    session.delete(filler)
    empty(session)
    answer = text_of(sent(client, before))
    assert "15 new" in answer
    assert "M04" not in answer
    session.expire_all()
    picture = session.scalars(select(ModuleFile).where(ModuleFile.name == "hand.png")).one()
    assert picture.alt_es == "Una mano"
    assert f"](/curriculum/files/{picture.id}/hand.png)" in picture_of(session).body_es
    assert client.get(f"/curriculum/files/{picture.id}/hand.png", buffered=True).data == PNG
    played = session.scalars(select(Module).where(Module.code == "M04")).one()
    assert (played.state, played.package_en_id) == (ModuleState.PUBLISHED, played.package_es_id)
    kept = session.scalars(select(PackageFile.name).where(PackageFile.package_id == played.package_en_id)).all()
    assert len(kept) == 4
    assert "15 unchanged" in text_of(sent(client, before))
    assert session.query(Package).count() == 1
    assert session.query(ModuleFile).count() == 2
    assert as_user(people.ana).get("/curriculum/exchange/curriculum.zip").status_code == 403


def picture_of(session):
    return session.scalars(select(Module).where(Module.code == "M01")).one()


def test_what_comes_along_is_checked_as_an_upload(session, people, filed, as_user):
    client = as_user(people.mariana)
    out = client.get("/curriculum/exchange/curriculum.zip", buffered=True).data
    with zipfile.ZipFile(io.BytesIO(out)) as archive:
        held = {one: archive.read(one) for one in archive.namelist()}
    listed = json.loads(held["files.json"])
    told = json.loads(held["curriculum.json"])
    told["modules"][0]["title_en"] = "Never stored"
    named = listed["files"][0]["file"]
    script = next(one for one in held if one.startswith("packages/"))
    for changed, said in (
        ({named: b"<script>"}, "not accepted"),
        ({named: None}, "not in the archive"),
        ({script: b"no archive"}, "not a ZIP"),
        ({"files.json": b"[1]"}, "no list"),
        ({"files.json": json.dumps({**listed, "files": [{}]}).encode()}, "missing"),
        ({"../up": b"x"}, "relative"),
        ({"curriculum.json": None}, "not in the archive"),
    ):
        files = {**held, "curriculum.json": json.dumps(told).encode(), **changed}
        answer = sent(client, package_cast.zipped({k: v for k, v in files.items() if v is not None}).getvalue())
        assert answer.status_code == 422, said
        assert said in text_of(answer), said
    assert session.scalars(select(Module.title_en).where(Module.code == "M01")).one() != "Never stored"
