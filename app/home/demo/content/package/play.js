// Three contacts, one after the other: what was answered is kept by SCORM 1.2, so that another device goes on from there.
const find = (id) => document.getElementById(id);
const api = window.parent.API;
const begun = Date.now();
const state = { at: 0, points: 0 };
const best = (contact) => Math.max(...contact.answers.map((one) => one.points));
const all = WORDS.contacts.reduce((sum, one) => sum + best(one), 0);

function keep(values) {
  for (const [name, value] of Object.entries(values)) api.LMSSetValue(`cmi.${name}`, String(value));
  api.LMSCommit("");
}

function onwards(text, then) {
  find("onwards").textContent = text;
  find("onwards").hidden = false;
  find("onwards").onclick = then;
}

function answered(button, answer) {
  for (const one of find("answers").children) one.disabled = true;
  button.setAttribute("aria-pressed", "true");
  find("why").textContent = answer.why;
  state.at += 1;
  state.points += answer.points;
  keep({ "core.lesson_location": state.at, suspend_data: JSON.stringify(state), "core.lesson_status": "incomplete" });
  onwards(WORDS.next, show);
}

function show() {
  const contact = WORDS.contacts[state.at];
  find("onwards").hidden = true;
  find("why").textContent = "";
  find("answers").replaceChildren();
  if (!contact) return end();
  find("place").textContent = WORDS.place.replace("{n}", state.at + 1).replace("{all}", WORDS.contacts.length);
  find("says").textContent = contact.says;
  for (const answer of contact.answers) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = answer.text;
    button.setAttribute("aria-pressed", "false");
    button.onclick = () => answered(button, answer);
    find("answers").append(button);
  }
  find("says").focus();
}

function end() {
  const score = Math.round((100 * state.points) / all);
  const passed = score >= WORDS.pass;
  find("place").textContent = WORDS.score.replace("{score}", score);
  find("says").textContent = passed ? WORDS.passed : WORDS.failed;
  const verdict = { "core.lesson_status": passed ? "passed" : "failed" };
  keep({ "core.score.min": 0, "core.score.max": 100, "core.score.raw": score, ...verdict });
  if (!passed) onwards(WORDS.again, again);
}

function again() {
  Object.assign(state, { at: 0, points: 0 });
  keep({ suspend_data: "", "core.lesson_location": "", "core.lesson_status": "incomplete" });
  show();
}

function leave() {
  const seconds = Math.round((Date.now() - begun) / 1000);
  const two = (value) => String(value).padStart(2, "0");
  const spent = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  keep({ "core.session_time": spent, "core.exit": "suspend" });
  api.LMSFinish("");
}

document.documentElement.lang = WORDS.language;
document.title = WORDS.title;
api.LMSInitialize("");
Object.assign(state, JSON.parse(api.LMSGetValue("cmi.suspend_data") || "{}"));
addEventListener("pagehide", leave, { once: true });
show();
