// The frame around a package, on the host for packages: opens its parts, holds the run-time of SCORM that content looks for
// in the windows above it, and keeps on the server what content leaves there. Hilo's own page, another origin, is told
// that something was kept, and asks to leave; nothing else passes between them.

const { format, begin, framedBy, keeps, runtime, sequenced, ...words } = document.body.dataset;
const hilo = parent;
window.parent = window; // content climbs to its run-time: here is the top of what it may look at, above is another origin
const frame = document.getElementById("content");
const status = document.querySelector("[data-status]");
const next = document.querySelector("[data-next]");
const toc = document.querySelector(".h-player__toc");
const buttons = [...document.querySelectorAll("[data-part]")];
const AUTOSAVE = 5; // seconds after a change
const MOST_AT_LEAVING = 60_000; // bytes a browser sends for a page that is gone
const POLL = 4000;
const SETTLED = 3000;

let here = null; // the part that plays
let api = null;
let leaving = false; // the page is going away
let refused = false; // opened anew elsewhere: nothing of ours is kept any more

const pause = (time) => new Promise((done) => setTimeout(done, time));
const say = (sentence) => (status.textContent = sentence ?? "");
const tell = (what) => hilo.postMessage({ hilo: what }, framedBy);

// --- Keeping: one at a time, the newest state of each part ---

const waiting = new Map();
let sending = null;

function send(address, state) {
  if (keeps !== "yes" || refused) return;
  waiting.set(address, state);
  if (leaving) return flush();
  sending ??= sendAll().finally(() => (sending = null));
}

async function post(address, state) {
  const body = JSON.stringify(state);
  const keepalive = leaving && body.length < MOST_AT_LEAVING;
  return fetch(address, { method: "POST", body, keepalive, headers: { "Content-Type": "application/json" } });
}

function flush() {
  for (const [address, state] of waiting) post(address, state).catch(() => {});
  waiting.clear();
}

async function sendAll() {
  while (waiting.size && !refused) {
    const [address, state] = waiting.entries().next().value;
    waiting.delete(address);
    try {
      const answer = await post(address, state);
      const told = await answer.json();
      if (answer.status === 409 || answer.status === 422) {
        refused = answer.status === 409;
        say(told.says);
        continue;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      say("");
      show(told);
    } catch {
      if (!waiting.has(address)) waiting.set(address, state);
      say(words.unsaved);
      await pause(3000);
    }
  }
}

const settled = async () => {
  while (sending) await sending;
};

// --- What is done ---

function show({ done, whole }) {
  for (const button of buttons) button.dataset.done = done.includes(Number(button.dataset.part)) ? "yes" : "no";
  if (!plan && next) next.hidden = !done.includes(here) || !follower();
  tell(whole ? "done" : "kept");
}

const place = () => buttons.findIndex((button) => Number(button.dataset.part) === here);
const follower = () => buttons[place() + 1];

async function look() {
  try {
    const answer = await fetch("standing");
    if (answer.ok) show(await answer.json());
  } catch {
    // The next look will tell.
  }
}

// --- The rules of SCORM 2004 about the order of the parts: the library follows them, this opens what it delivers ---

let state = null; // where the rules stand, in the library's own words
let allowed = null; // what may be opened next
let delivered = null; // what the rules open, by its identifier
let ended = false; // the rules have said that it is over

const button = (item) => buttons.find((one) => one.dataset.item === item);

// What content would ask while it is taken away does not count: the learner has asked for something else.
function deaf(content) {
  const { SetValue } = content;
  content.SetValue = (name, value) => (name === "adl.nav.request" ? "true" : SetValue.call(content, name, value));
}

const listeners = {
  onActivityDelivery: (activity) => (delivered = activity.id),
  onNavigationValidityUpdate: (told) => (allowed = told),
  onSequencingSessionEnd: () => (ended = true),
};

function offer() {
  for (const one of buttons) one.disabled = allowed?.choice?.[one.dataset.item] === "false" && Number(one.dataset.part) !== here;
  if (next) next.hidden = !allowed?.continue || allowed.hideLmsUi.includes("continue");
}

function keepPlace() {
  state = api.serializeSequencingState();
  const { completionStatus: completion, successStatus: success, score } = api.getActivityTrackingData(plan.tree.id) ?? {};
  send("sequence", { state, whole: { completion, success, score } });
}

// After each word with the rules: keep where they stand, and open what they deliver.
function heed() {
  if (!api) return;
  keepPlace();
  offer();
  if (ended) return leave();
  const found = button(delivered);
  delivered = null;
  if (found) open(Number(found.dataset.part));
}

// What the learner asks of the rules.
async function ask(request, item) {
  if (!api) return;
  await close();
  if (api.isInitialized()) api.Terminate("");
  delivered = null;
  const granted = api.processNavigationRequest(request, item);
  if (granted) return heed();
  await open(here);
  say(words.locked);
}

function follow() {
  begins(null, null);
  const current = state && button(api.getSequencingState()?.currentActivity?.id);
  if (current) return open(Number(current.dataset.part));
  if (!api.processNavigationRequest("resumeAll")) api.processNavigationRequest("start");
  if (!delivered) {
    say(words.choose);
    if (toc) toc.open = true;
  }
  heed();
}

// --- Opening a part ---

const heard = {
  scorm12: { name: "API", make: "Scorm12API", commit: "LMSCommit", initialized: "LMSInitialize" },
  scorm2004: { name: "API_1484_11", make: "Scorm2004API", commit: "Commit", initialized: "Initialize" },
}[format];
const made = runtime ? await import(runtime) : null;
const plan = made && sequenced ? await (await fetch("sequence")).json() : null;
state = plan?.state ?? null;

// What the run-time sends goes to our own address, and waits for no answer: content is never held up.
const transport = (part) => ({
  processHttpRequest(_address, state) {
    send(`parts/${part}/keep`, state);
    return { result: refused ? "false" : "true", errorCode: refused ? 101 : 0 };
  },
  updateSettings() {},
});

function begins(part, cmi) {
  api = new made[heard.make]({
    autocommit: true,
    autocommitSeconds: AUTOSAVE,
    lmsCommitUrl: "keep",
    dataCommitFormat: "flattened",
    alwaysSendTotalTime: true,
    mastery_override: true,
    logLevel: 5,
    httpService: transport(part),
    ...(plan && { sequencing: { activityTree: structuredClone(plan.tree), eventListeners: listeners } }),
  });
  if (plan && state) {
    api.deserializeSequencingState(state);
    api.reset(); // what may be opened next is worked out anew
  }
  if (!cmi) return;
  api.loadFromFlattenedJSON(cmi);
  window[heard.name] = api;
  if (plan) return api.on("Terminate", () => setTimeout(heed));
  const moves = { SequenceNext: 1, SequencePrevious: -1 };
  for (const [event, way] of Object.entries(moves)) {
    api.on(event, () => setTimeout(() => buttons[place() + way] && open(Number(buttons[place() + way].dataset.part))));
  }
  for (const event of ["SequenceExit", "SequenceExitAll", "SequenceAbandonAll"]) api.on(event, () => setTimeout(leave));
}

// The content goes first, so that what it says while it is taken away is still heard.
async function close() {
  if (plan && api) deaf(api);
  if (frame.src && frame.src !== "about:blank") {
    await new Promise((done) => {
      frame.addEventListener("load", done, { once: true });
      frame.src = "about:blank";
      setTimeout(done, SETTLED);
    });
  }
  finish();
  await Promise.race([settled(), pause(SETTLED)]);
}

// Content that was left without a word: what it has set is kept all the same.
function finish() {
  if (api?.isInitialized?.()) api[heard.commit]("");
}

async function open(part) {
  await close();
  api = null;
  here = part;
  if (toc) toc.open = false;
  const current = buttons.find((button) => Number(button.dataset.part) === part);
  for (const button of buttons) button.toggleAttribute("aria-current", button === current);
  const name = document.querySelector("[data-here]");
  if (name) name.textContent = current?.querySelector("span").textContent ?? "";
  if (next) next.hidden = true;
  try {
    const answer = await fetch(`parts/${part}/open`, { method: "POST" });
    const told = await answer.json();
    if (!answer.ok) return say(told.says ?? words.broken);
    if (told.cmi || plan) begins(part, told.cmi);
    if (plan) offer();
    frame.src = told.address;
    if (!told.cmi) look();
  } catch {
    say(words.broken);
  }
}

async function leave() {
  await close();
  if (plan && api) {
    keepPlace();
    await Promise.race([settled(), pause(SETTLED)]);
  }
  frame.removeAttribute("src");
  tell("left");
}

// --- Begin ---

for (const one of buttons) {
  one.addEventListener("click", () => (plan ? ask("choice", one.dataset.item) : open(Number(one.dataset.part))));
}
next?.addEventListener("click", () => (plan ? ask("continue") : open(Number(follower().dataset.part))));
addEventListener("message", (event) => {
  if (event.source === hilo && event.origin === framedBy && event.data?.hilo === "leave") leave();
});
addEventListener("pagehide", () => {
  leaving = true;
  finish();
  flush();
});
if (format === "cmi5") {
  setInterval(look, POLL); // units speak to the server themselves
  frame.addEventListener("load", () => {
    try {
      if (frame.contentWindow.location.pathname.endsWith("/ended")) look();
    } catch {
      // Elsewhere: not ours to see.
    }
  });
}
if (heard && !made) say(words.missing);
else if (plan) follow();
else open(Number(begin));
