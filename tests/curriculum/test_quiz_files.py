"""Questions from files: each format, twice, in a second language, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from app.core import exports
from app.core.problems import BadFile, describe
from app.curriculum.quizzes.intake import gift, sheet
from app.curriculum.quizzes.intake.storing import import_questions
from app.curriculum.quizzes.intake.told import Aside, in_languages
from app.curriculum.quizzes.models import Asked, Question
from app.curriculum.quizzes.rules import Difficulty, QuestionKind
from tests.curriculum.conftest import ON
from tests.curriculum.quiz_cast import begun, quiz_of, single

GIFT = r"""
// made elsewhere
$CATEGORY: $course$/top/K01/hard

::who::Who approves a refund above the limit? {
  =The lead#Right
  ~The agent %50 #Read the policy
  ~Nobody
}

::both::[html]<p>Which <b>two</b> hold\: always?</p>{ ~%50%One ~%50%Two ~%-100%Three }

::true::The customer is always asked. {F#It is only asked when needed.#Yes####See the policy}

::year::When did it begin? {#=2019:1 =%50%2020:0#Nearly}

::range::How many days? {#1..5}

::pairs::Match. { =Refund -> Money =Return -> Goods }

::short::The money goes {=back =back again} to the customer.

::essay::Tell. {}

Just a text without answers.
"""
ODD = (
    '<quiz><question type="{kind}"><name><text>a</text></name><questiontext><text>What?</text></questiontext>'
    '<answer fraction="{share}"><text>{answer}</text></answer><answer fraction="0"><text>1</text></answer></question></quiz>'
)

XML = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<question type="category"><category><text>$course$/top/K01</text></category></question>
<question type="multichoice"><name><text>who</text></name>
 <questiontext format="html"><text><![CDATA[<p><span lang="en" class="multilang">Who approves?</span><span lang="es" class="multilang">¿Quién aprueba?</span></p>]]></text></questiontext>
 <single>true</single>
 <answer fraction="100"><text>{mlang en}The lead{mlang}{mlang es}El líder{mlang}</text><feedback><text></text></feedback></answer>
 <answer fraction="0"><text>{mlang en}The agent{mlang}{mlang es}El agente{mlang}</text></answer>
 <tags><tag><text>easy</text></tag></tags></question>
<question type="truefalse"><name><text>tf</text></name><questiontext><text>Sure?</text></questiontext>
 <answer fraction="0"><text>true</text></answer><answer fraction="100"><text>false</text><feedback><text>Yes</text></feedback></answer></question>
<question type="numerical"><name><text>n</text></name><questiontext><text>How many?</text></questiontext>
 <answer fraction="100"><text>7</text><tolerance>1</tolerance></answer></question>
<question type="shortanswer"><name><text>s</text></name><questiontext><text>Word?</text></questiontext><answer fraction="100"><text>refund*</text></answer></question>
<question type="matching"><name><text>m</text></name><questiontext><text>Match</text></questiontext>
 <subquestion><text>a</text><answer><text>x</text></answer></subquestion><subquestion><text>b</text><answer><text>y</text></answer></subquestion></question>
<question type="ordering"><name><text>o</text></name><questiontext><text>Order</text></questiontext><answer fraction="1"><text>1st</text></answer><answer fraction="1"><text>2nd</text></answer></question>
<question type="multichoice"><name><text>several</text></name><questiontext><text>Which?</text></questiontext><single>false</single>
 <answer fraction="50"><text>a</text></answer><answer fraction="50"><text>b</text></answer><answer fraction="-100"><text>c</text></answer></question>
<question type="essay"><name><text>e</text></name><questiontext><text>Tell</text></questiontext></question>
</quiz>"""


def take(session, tmp_path: Path, name: str, content: str, language: str = "en", competency: str | None = None):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return import_questions(session, path, name, language=language, competency=competency, by=None, on=ON)


def by_code(session) -> dict[str, Question]:
    return {one.code: one for one in session.scalars(select(Question))}


def test_gift_is_read_with_all_its_kinds(session, refund, tmp_path):
    done = take(session, tmp_path, "bank.gift", GIFT)
    assert (done.new, done.waiting) == (7, 7)
    assert [(name, why) for _line, name, why in done.asides] == [
        ("essay", Aside.ESSAY),
        ("Just a text without answers.", Aside.KIND),
    ]
    found = by_code(session)
    kinds = {code: one.kind for code, one in found.items()}
    assert kinds == {
        "who": QuestionKind.SINGLE, "both": QuestionKind.MULTIPLE, "true": QuestionKind.TRUE_FALSE, "year": QuestionKind.NUMERIC,
        "range": QuestionKind.NUMERIC, "pairs": QuestionKind.MATCHING, "short": QuestionKind.SHORT_TEXT,
    }  # fmt: skip
    assert {one.difficulty for one in found.values()} == {Difficulty.HARD}
    first = found["who"].options[0]
    assert (first.text_en, first.is_right, first.feedback_en) == ("The lead", True, "Right")
    assert found["both"].text_en == "Which two hold: always?"
    assert [o.is_right for o in found["both"].options] == [True, True, False]
    assert [(o.is_right, o.feedback_en) for o in found["true"].options] == [
        (False, "It is only asked when needed."),
        (True, "Yes"),
    ]
    assert found["true"].feedback_en == "See the policy"
    assert [(o.value, o.tolerance, o.is_right) for o in found["year"].options] == [(2019, 1, True), (2020, 0, False)]
    assert [(o.value, o.tolerance) for o in found["range"].options] == [(3, 2)]
    assert [(o.text_en, o.match_en) for o in found["pairs"].options] == [("Refund", "Money"), ("Return", "Goods")]
    assert found["short"].text_en == "The money goes _____ to the customer."


def test_a_second_language_fills_in_and_the_same_file_changes_nothing(session, refund, tmp_path):
    english = "::who::Who? {=The lead ~The agent}"
    spanish = "::who::¿Quién? {=El líder ~El agente}"
    assert take(session, tmp_path, "a.gift", english, competency="K01").waiting == 1
    done = take(session, tmp_path, "b.txt", spanish, "es", competency="K01")
    assert (done.new, done.changed, done.waiting) == (0, 1, 0)
    question = by_code(session)["who"]
    assert (question.ready, question.options[1].text_en, question.options[1].text_es) == (
        True,
        "The agent",
        "El agente",
    )
    for content, language in ((english, "en"), (spanish, "es")):
        assert take(session, tmp_path, "a.gift", content, language, "K01").unchanged == 1


def test_moodle_xml_is_read_with_both_languages_in_one_text(session, refund, tmp_path):
    done = take(session, tmp_path, "bank.xml", XML)
    assert (done.new, [why for *_rest, why in done.asides]) == (7, [Aside.ESSAY])
    found = by_code(session)
    assert (found["who"].text_es, found["who"].options[0].text_es, found["who"].ready) == (
        "¿Quién aprueba?",
        "El líder",
        True,
    )
    assert (found["who"].difficulty, found["who"].competency_id) == (Difficulty.EASY, refund.id)
    assert [(o.is_right, o.feedback_en) for o in found["tf"].options] == [(False, ""), (True, "Yes")]
    assert [o.is_right for o in found["several"].options] == [True, True, False]
    assert found["several"].kind is QuestionKind.MULTIPLE
    assert found["o"].kind is QuestionKind.ORDERING
    assert take(session, tmp_path, "bank.xml", XML).unchanged == 7


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.xml", "<quiz><question", "not Moodle XML"),
        ("x.xml", '<!DOCTYPE q [<!ENTITY a "b">]><quiz>&a;</quiz>', "not Moodle XML"),
        ("x.xml", ODD.format(kind="multichoice", share="much", answer="a"), "No option is marked as right"),
        ("x.xml", ODD.format(kind="numerical", share="100", answer="nan"), "number"),
        ("x.gift", "::a:: What {=4 ~3\n\n::b:: When {=now ~later}", "Row 1"),
        ("x.gift", "::q::Who? {=a ~b", "can't be read as GIFT"),
        ("x.gift", "::q::Who? {~a ~b}", "No option is marked as right"),
        ("x.gift", "::q::Who? {=a", "row 1"),
        ("x.csv", "question,kind,competency,text_en,text_es\nQ1,riddle,K01,a,b\n", "riddle"),
        (
            "x.csv",
            "question,kind,competency,text_en,text_es,option_en,right\nQ1,single,K99,a,b,c,1\nQ1,single,K99,a,b,d,0\n",
            "no competency",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(session, refund, tmp_path, name, content, said):
    with pytest.raises(BadFile) as error:
        take(session, tmp_path, name, content, competency=None if "K99" in content else "K01")
    assert said.casefold() in " ".join(describe(one) for one in error.value.problems).casefold()
    session.rollback()
    assert by_code(session) == {}


def test_questions_that_name_no_competency_need_one_for_the_file(session, refund, tmp_path):
    with pytest.raises(BadFile):
        take(session, tmp_path, "a.gift", "::q::Who? {=a ~b}")


def test_the_export_comes_in_again_unchanged(session, refund, tmp_path):
    take(session, tmp_path, "bank.xml", XML)
    session.commit()
    found = session.scalars(select(Question).order_by(Question.code)).all()
    path = tmp_path / "out.csv"
    with path.open("w", encoding="utf-8") as out:
        exports.write_csv(exports.Sheet("q", [c.name for c in sheet.COLUMNS], sheet.rows(found)), out)
    done = import_questions(session, path, "out.csv", language="en", competency=None, by=None, on=ON)
    assert (done.unchanged, done.new, done.changed) == (len(found), 0, 0)


def test_a_file_does_not_change_what_was_right_of_asked_questions(session, people, module, refund, tmp_path):
    single(session, refund, "Q1")
    session.commit()
    begun(session, quiz_of(session, module, 1), people.ana, module)
    assert session.scalar(select(Asked.question_id)) is not None
    with pytest.raises(BadFile) as error:
        take(session, tmp_path, "a.gift", "::Q1::Who? {~Right =Wrong ~Worse}", competency="K01")
    assert "asked already" in describe(error.value.problems[0])


def test_texts_in_two_languages_are_parted():
    assert in_languages(
        'A <span class="multilang" lang="en">b</span><span class="multilang" lang="es">c</span> d', "en"
    ) == {
        "en": "A b d",
        "es": "A c d",
    }
    assert in_languages("plain", "es") == {"es": "plain"}


def test_gift_without_names_is_named_by_its_text():
    first, second = (gift.read("Who? {=a ~b}\n\nWhen? {T}", "en", []).questions for _ in range(2))
    assert [one.code for one in first] == [one.code for one in second]
    assert first[0].code.startswith("Q-")
