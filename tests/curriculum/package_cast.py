"""Small packages, as authoring tools make them: content looks for its run-time as the standards' own examples do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CMI5_LIBRARY = Path(__file__).parents[2] / "node_modules" / "@xapi" / "cmi5" / "dist" / "Cmi5.umd.js"


def zipped(files: Mapping[str, str | bytes]) -> io.BytesIO:
    """An archive of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    made.seek(0)
    return made


# --- SCORM 1.2: one part, found as ADL's example does, in a frame of a frame, with a page that reports to its parent ---

MANIFEST_12 = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="refunds-12" version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
          xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="org">
    <organization identifier="org"><title>Refunds, step by step</title>
      <item identifier="one" identifierref="r1" parameters="?content=refunds"><title>Refunds</title>
        <adlcp:masteryscore>80</adlcp:masteryscore><adlcp:datafromlms>theme=blue</adlcp:datafromlms></item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="r1" type="webcontent" adlcp:scormtype="sco" href="shared/launch.html"><file href="shared/launch.html"/></resource>
  </resources>
</manifest>"""
LAUNCH_12 = """<!DOCTYPE html><html><head><title>Refunds</title><script>
var tries = 0, API = null;
function find(win) {
  while (win.API == null && win.parent != null && win.parent != win) { if (++tries > 7) return null; win = win.parent; }
  return win.API;
}
function newer(win) {  // as content for either standard does: it climbs to the very top for the other one first
  while (!win.API_1484_11 && win.parent && win.parent !== win) win = win.parent;
  return win.API_1484_11;
}
API = newer(window) || find(window) || (window.opener && find(window.opener));
API.LMSInitialize("");
var page = Number(API.LMSGetValue("cmi.core.lesson_location") || 1);
if (API.LMSGetValue("cmi.core.lesson_status") === "not attempted") API.LMSSetValue("cmi.core.lesson_status", "incomplete");
function go(to) {
  page = to;
  document.getElementById("inner").src = "../pages/page" + page + ".html";
  API.LMSSetValue("cmi.core.lesson_location", String(page));
  API.LMSSetValue("cmi.suspend_data", "seen=" + page + ";note=\\u00f1");
}
function record(score) {
  API.LMSSetValue("cmi.core.score.min", "0"); API.LMSSetValue("cmi.core.score.max", "100");
  API.LMSSetValue("cmi.core.score.raw", String(score));
  API.LMSSetValue("cmi.core.lesson_status", "completed");
  API.LMSCommit("");
}
var left = false;
function end() {
  if (left) return;
  left = true;
  API.LMSSetValue("cmi.core.session_time", "0000:01:30");
  API.LMSSetValue("cmi.core.exit", "suspend");
  API.LMSFinish("");
}
window.onbeforeunload = end; window.onunload = end;
window.onload = function () {
  document.getElementById("told").textContent = [API.LMSGetValue("cmi.launch_data"), location.search,
    API.LMSGetValue("cmi.core.student_name"), API.LMSGetValue("cmi.suspend_data")].join(" | ");
  go(page);
};
</script></head><body><p id="told"></p><iframe id="inner" width="100%"></iframe>
<button onclick="go(page + 1)">Next page</button></body></html>"""
PAGE = (
    """<!DOCTYPE html><html><body><h1>Page {n}</h1><button onclick="parent.record(85)">Hand in</button></body></html>"""
)


def scorm_12(**changed: str | bytes) -> io.BytesIO:
    """Two pages and a test in a frame within the part, which calls functions of its parent."""
    files: dict[str, Any] = {
        "imsmanifest.xml": MANIFEST_12,
        "shared/launch.html": LAUNCH_12,
        "pages/page1.html": PAGE.format(n=1),
        "pages/page2.html": PAGE.format(n=2),
        **changed,
    }
    return zipped(files)


# --- SCORM 2004: two parts that report, one that does not, below a heading ---

MANIFEST_2004 = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="calls-2004" version="1" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
          xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
  <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
  <organizations default="org">
    <organization identifier="org"><title>Calls</title>
      <item identifier="unit"><title>The call</title>
        <item identifier="read" identifierref="r0"><title>To read</title></item>
        <item identifier="greet" identifierref="r1"><title>Greeting</title></item>
        <item identifier="test" identifierref="r1" parameters="?test=1"><title>Test</title>
          <imsss:sequencing><imsss:objectives><imsss:primaryObjective objectiveID="o" satisfiedByMeasure="true">
            <imsss:minNormalizedMeasure>0.7</imsss:minNormalizedMeasure></imsss:primaryObjective></imsss:objectives></imsss:sequencing>
        </item>
      </item>
    </organization>
  </organizations>
  <resources xml:base="content/">
    <resource identifier="r0" type="webcontent" adlcp:scormType="asset" href="read.html"/>
    <resource identifier="r1" type="webcontent" adlcp:scormType="sco" href="sco.html"/>
  </resources>
</manifest>"""
SCO_2004 = """<!DOCTYPE html><html><head><script>
var API = null, win = window;
while (!win.API_1484_11 && win.parent && win.parent !== win) win = win.parent;
API = win.API_1484_11;
API.Initialize("");
if (API.GetValue("cmi.completion_status") === "unknown") API.SetValue("cmi.completion_status", "incomplete");
function note() { API.SetValue("cmi.location", "step 2"); API.SetValue("cmi.progress_measure", "0.5"); API.SetValue("cmi.suspend_data", "kept"); }
function done(score) {
  if (score !== undefined) API.SetValue("cmi.score.scaled", String(score));
  API.SetValue("cmi.completion_status", "completed");
  API.Commit("");
}
var left = false;
function end() { if (left) return; left = true; API.SetValue("cmi.session_time", "PT2M"); API.SetValue("cmi.exit", "suspend"); API.Terminate(""); }
addEventListener("unload", end); addEventListener("beforeunload", end);
addEventListener("load", function () { document.getElementById("told").textContent = "at " + API.GetValue("cmi.location") + " with " + API.GetValue("cmi.suspend_data"); });
</script></head><body><p id="told"></p><button onclick="note()">Note</button><button onclick="done()">Done</button>
<button onclick="done(0.5)">Half right</button><button onclick="done(0.9)">Nearly all right</button></body></html>"""

SCO_RULED = SCO_2004.replace(
    "</body>",
    """<button onclick="verdict('passed')">Pass</button><button onclick="verdict('failed')">Fail</button><script>
function verdict(said) { API.SetValue("cmi.completion_status", "completed"); API.SetValue("cmi.success_status", said); API.Commit(""); }
function onwards() { verdict("passed"); API.SetValue("adl.nav.request", "continue"); end(); }
</script><button onclick="onwards()">Pass and go on</button></body>""",
)


def scorm_2004() -> io.BytesIO:
    return zipped(
        {"imsmanifest.xml": MANIFEST_2004, "content/read.html": "<h1>Read</h1>", "content/sco.html": SCO_2004}
    )


# --- SCORM 2004 with rules: the second part opens once the first is passed, a third only by the rules ---

ORDER = """<imsss:sequencing><imsss:controlMode choice="{choice}" flow="true"/>
  <imsss:sequencingRules>{rules}</imsss:sequencingRules>
  <imsss:objectives><imsss:primaryObjective objectiveID="own">
    <imsss:mapInfo targetObjectiveID="{item}" readSatisfiedStatus="true" writeSatisfiedStatus="true"/></imsss:primaryObjective>
    <imsss:objective objectiveID="first"><imsss:mapInfo targetObjectiveID="greet" readSatisfiedStatus="true"/></imsss:objective>
  </imsss:objectives>
  <imsss:deliveryControls completionSetByContent="true" objectiveSetByContent="true"/>
  <adlseq:rollupConsiderations requiredForSatisfied="ifNotSkipped" requiredForCompleted="ifNotSkipped"
    xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3"/></imsss:sequencing>"""
NOT_YET = """<imsss:preConditionRule><imsss:ruleConditions conditionCombination="any">
    <imsss:ruleCondition referencedObjective="first" operator="not" condition="satisfied"/>
    <imsss:ruleCondition referencedObjective="first" operator="not" condition="objectiveStatusKnown"/>
  </imsss:ruleConditions><imsss:ruleAction action="disabled"/></imsss:preConditionRule>"""
NEVER = """<imsss:preConditionRule><imsss:ruleConditions><imsss:ruleCondition referencedObjective="first" condition="satisfied"/>
  </imsss:ruleConditions><imsss:ruleAction action="skip"/></imsss:preConditionRule>"""


def scorm_2004_ruled() -> io.BytesIO:
    """Greeting, then help for who has not passed it, then a test."""
    parts = {"greet": "", "help": NEVER, "test": NOT_YET}
    items = "".join(
        f'<item identifier="{name}" identifierref="r1"><title>{name.title()}</title>'
        f"{ORDER.format(item=name, choice='true', rules=rules)}</item>"
        for name, rules in parts.items()
    )
    whole = '<imsss:sequencing><imsss:controlMode choice="true" flow="true"/></imsss:sequencing>'
    before, rest = MANIFEST_2004.split('<item identifier="unit">')
    manifest = f"{before}{items}{whole}</organization>{rest.split('</organization>')[1]}"
    return zipped({"imsmanifest.xml": manifest, "content/read.html": "", "content/sco.html": SCO_RULED})


# --- cmi5: two units in two languages, by the library of xapijs.dev ---

COURSE = """<?xml version="1.0" encoding="utf-8"?>
<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
  <course id="https://courses.example.org/tone"><title><langstring lang="en-US">Tone</langstring><langstring lang="es-MX">Tono</langstring></title>
    <description><langstring lang="en-US">Tone of voice</langstring></description></course>
  <block id="https://courses.example.org/tone/b"><title><langstring lang="en-US">Block</langstring></title>
    <au id="https://courses.example.org/tone/1" moveOn="CompletedAndPassed" masteryScore="0.8" launchMethod="AnyWindow">
      <title><langstring lang="en-US">Warmth</langstring><langstring lang="es-MX">Calidez</langstring></title>
      <url>au.html?x=1</url><launchParameters>level=2</launchParameters></au>
    <au id="https://courses.example.org/tone/2" moveOn="NotApplicable"><title><langstring lang="en-US">More</langstring></title><url>au.html</url></au>
  </block>
</courseStructure>"""
UNIT = """<!DOCTYPE html><html><head><script src="cmi5.js"></script></head><body><p id="told"></p>
<button id="note">Note</button><button id="pass">Pass</button><script>
const unit = new Cmi5();
const state = { agent: unit.launchParameters.actor, activityId: unit.launchParameters.activityId, stateId: "bookmark", registration: unit.launchParameters.registration };
const say = (text) => (document.getElementById("told").textContent = text);
unit.initialize().then(async () => {
  let kept = "nothing";
  try { kept = (await unit.xapi.getState(state)).data.page; } catch (error) { if (error.response?.status !== 404) kept = String(error); }
  say([unit.launchData.launchMode, unit.launchData.launchParameters, unit.launchData.masteryScore, kept].join(" | "));
});
document.getElementById("note").onclick = () => unit.xapi.setState({ ...state, state: { page: "p3" } }).then(() => unit.progress(40)).then(() => say("noted"));
document.getElementById("pass").onclick = async () => {
  await unit.pass(0.9); await unit.complete(); await unit.terminate();
  location.href = unit.launchData.returnURL;
};
</script></body></html>"""


def cmi5() -> io.BytesIO:
    return zipped({"cmi5.xml": COURSE, "au.html": UNIT, "cmi5.js": CMI5_LIBRARY.read_bytes()})
