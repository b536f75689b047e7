"""The sequencing of SCORM 2004: what a manifest says about the order of its parts, as the run-time library takes it.

The library runs the rules (`player.js` hands it this tree). Its names are the manifest's own, so this only reads them.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from app.curriculum.packages.reading.content import attribute, child, children, local, number, words

Facts = dict[str, Any]

MODES = (
    "choice",
    "choiceExit",
    "flow",
    "forwardOnly",
    "useCurrentAttemptObjectiveInfo",
    "useCurrentAttemptProgressInfo",
)
CONSTRAINTS = ("preventActivation", "constrainChoice")
DELIVERY = ("tracked", "completionSetByContent", "objectiveSetByContent")
ROLLED_UP = ("rollupObjectiveSatisfied", "rollupProgressCompletion")
MAPPED = (
    "readSatisfiedStatus", "readNormalizedMeasure", "writeSatisfiedStatus", "writeNormalizedMeasure",
    "readCompletionStatus", "writeCompletionStatus", "readProgressMeasure", "writeProgressMeasure",
    "readRawScore", "writeRawScore", "readMinScore", "writeMinScore", "readMaxScore", "writeMaxScore",
)  # fmt: skip
REQUIRED = ("requiredForSatisfied", "requiredForNotSatisfied", "requiredForCompleted", "requiredForIncomplete")
KINDS_OF_RULES = ("preConditionRule", "exitConditionRule", "postConditionRule")
DECIDES = (*KINDS_OF_RULES, "rollupRule", "limitConditions", "randomizationControls", "constrainedChoiceConsiderations")
MOST_RULES = 100


class Collection(dict[str, Element]):
    """The sequencing that several items refer to, by its identifier."""

    @classmethod
    def of(cls, root: Element) -> Collection:
        """That of a manifest."""
        return cls((attribute(one, "ID"), one) for one in children(child(root, "sequencingCollection"), "sequencing"))

    def part(self, holder: Element, name: str) -> Element | None:
        """That part of the sequencing of an item or organization: its own, else that of what it refers to."""
        own = child(holder, "sequencing")
        found = child(own, name)
        return found if found is not None else child(self.get(attribute(own, "IDRef")), name)


def is_ruled(root: Element) -> bool:
    """Whether anything in the manifest decides which part may be opened when, or what the whole comes to."""
    for one in root.iter():
        if local(one) in DECIDES:
            return True
        if local(one) == "controlMode" and (
            attribute(one, "choice").lower() == "false" or attribute(one, "forwardOnly").lower() == "true"
        ):
            return True
    return False


def tree(organization: Element, collection: Collection) -> Facts:
    """The activities of an organization, as deep as they are nested, each with what decides about it."""
    return {
        "id": attribute(organization, "identifier")[:200] or "organization",
        "title": words(child(organization, "title")),
        **_rules(organization, collection),
        "children": [_activity(one, collection) for one in children(organization, "item")],
    }


def _activity(item: Element, collection: Collection) -> Facts:
    found: Facts = {
        "id": attribute(item, "identifier")[:200],
        "title": words(child(item, "title")),
        "isVisible": attribute(item, "isvisible").lower() != "false",
        **_rules(item, collection),
    }
    interface = child(child(item, "presentation"), "navigationInterface")
    hidden = [words(one) for one in children(interface, "hideLMSUI")]
    threshold = child(item, "completionThreshold")
    inner = [_activity(one, collection) for one in children(item, "item")]
    return found | _given(
        hideLmsUi=hidden,
        children=inner,
        completionThreshold=_truths(threshold, "completedByMeasure")
        | _numbers(threshold, "minProgressMeasure", "progressWeight"),
    )


def _rules(holder: Element, collection: Collection) -> Facts:
    """What decides about an activity, and about those below it."""

    def part(name: str) -> Element | None:
        return collection.part(holder, name)

    primary, others = _objectives(part("objectives"))
    considered = part("rollupConsiderations")
    return _limits(part("limitConditions")) | _given(
        sequencingControls=_controls(part("controlMode"), part("constrainedChoiceConsiderations"), part("rollupRules"))
        | _chance(part("randomizationControls")),
        sequencingRules=_sequencing_rules(part("sequencingRules")),
        rollupRules=_rollup_rules(part("rollupRules")),
        rollupConsiderations=_texts(considered, *REQUIRED) | _truths(considered, "measureSatisfactionIfActive"),
        deliveryControls=_truths(part("deliveryControls"), *DELIVERY),
        primaryObjective=primary,
        objectives=others,
    )


def _controls(mode: Element | None, constraints: Element | None, rollup: Element | None) -> Facts:
    return (
        _truths(mode, *MODES)
        | _truths(constraints, *CONSTRAINTS)
        | _truths(rollup, *ROLLED_UP)
        | _numbers(rollup, "objectiveMeasureWeight")
    )


def _chance(controls: Element | None) -> Facts:
    """Which of its children are drawn, and in what order."""
    return _texts(controls, "selectionTiming", "randomizationTiming") | _given(
        selectCount=_whole(attribute(controls, "selectCount")),
        randomizeChildren=attribute(controls, "reorderChildren").lower() == "true" or None,
    )


def _limits(conditions: Element | None) -> Facts:
    most = _whole(attribute(conditions, "attemptLimit"))
    return _given(attemptLimit=most) | _texts(conditions, "attemptAbsoluteDurationLimit")


def _sequencing_rules(holder: Element | None) -> Facts:
    return _given(
        **{f"{kind}s": [_rule(one) for one in children(holder, kind)[:MOST_RULES]] for kind in KINDS_OF_RULES}
    )


def _rule(rule: Element) -> Facts:
    conditions = child(rule, "ruleConditions")
    return {
        "action": attribute(child(rule, "ruleAction"), "action"),
        "conditionCombination": attribute(conditions, "conditionCombination") or "all",
        "conditions": [_condition(one) for one in children(conditions, "ruleCondition")],
    }


def _condition(one: Element) -> Facts:
    threshold = number(attribute(one, "measureThreshold"))
    negated = attribute(one, "operator") == "not"
    return {"condition": attribute(one, "condition")} | _given(
        operator="not" if negated else None,
        referencedObjective=attribute(one, "referencedObjective"),
        parameters=None if threshold is None else {"threshold": threshold},
    )


def _rollup_rules(holder: Element | None) -> Facts:
    return _given(rules=[_rollup_rule(one) for one in children(holder, "rollupRule")[:MOST_RULES]])


def _rollup_rule(rule: Element) -> Facts:
    conditions = child(rule, "rollupConditions")
    return {
        "action": attribute(child(rule, "rollupAction"), "action"),
        "consideration": attribute(rule, "childActivitySet") or "all",
        "conditionCombination": attribute(conditions, "conditionCombination") or "any",
        "conditions": [_condition(one) for one in children(conditions, "rollupCondition")],
        **_numbers(rule, "minimumCount"),
        **{name: share * 100 for name, share in _numbers(rule, "minimumPercent").items()},
    }


def _objectives(holder: Element | None) -> tuple[Facts | None, list[Facts]]:
    """(the primary one, the others)."""
    primary = child(holder, "primaryObjective")
    others = [_objective(one) for one in children(holder, "objective")]
    return (None if primary is None else {"isPrimary": True, **_objective(primary)}), others


def _objective(one: Element) -> Facts:
    maps = [
        {"targetObjectiveID": attribute(info, "targetObjectiveID"), **_truths(info, *MAPPED)}
        for info in children(one, "mapInfo")
    ]
    least = child(one, "minNormalizedMeasure")
    return {"objectiveID": attribute(one, "objectiveID")} | _given(
        **_truths(one, "satisfiedByMeasure"),
        minNormalizedMeasure=None if least is None else number(words(least)),
        mapInfo=maps,
    )


def _truths(holder: Element | None, *names: str) -> Facts:
    told = {name: attribute(holder, name).lower() for name in names}
    return {name: value in ("true", "1") for name, value in told.items() if value}


def _numbers(holder: Element | None, *names: str) -> Facts:
    return _given(**{name: number(attribute(holder, name)) for name in names})


def _texts(holder: Element | None, *names: str) -> Facts:
    return _given(**{name: attribute(holder, name) for name in names})


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _given(**facts: Any) -> Facts:
    """Without what the manifest does not say: the library has the standard's own defaults."""
    return {name: value for name, value in facts.items() if value is not None and value not in ("", [], {})}
