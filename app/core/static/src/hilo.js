// Makes pages nicer; each works without it. Everything is asked for by data attributes:
//   data-search          "/" puts the cursor here, into the first of these in sight
//   data-arrows          the arrow keys go from link to link in here, and back to the search
//   data-submit-key      Ctrl+Enter (or Cmd+Enter) sends this form
//   data-draft="key"     what is typed in this form is kept on this device until it is sent
//   data-autosave=address  what is typed in this form is saved there as well; [data-draft-status] says whether it was
//   data-marks           1, 2, 3 choose within a [data-mark] of this form and lead on to the next open one
//   data-count=id        how much of maxlength is left is said in that element, in the words of its data-says
//   data-poll="address"  this element is replaced by a fresh copy of itself, until the copy no longer asks
//   data-menu            this <details> closes on a click elsewhere and on Escape (as does .h-menu)
//   data-check-all=name  this box ticks all boxes of that name
//   data-tidy            empty fields are left out of the address
//   data-focus           gets the focus when the page opens
//   data-autosave="url"  what is typed in this form is sent there after a pause; the answer says what to say
//   data-preview         the elements of this form called preview-… are made anew from what is typed
//   data-countdown=secs  the time left is said in the words of its data-says; at the end the form data-sends is sent
//   data-outline-of=id   choosing here puts the outline of the choice into that field, as long as nothing was written in it
//   data-package=origin  this frame plays a package of that origin; what it keeps is shown in #package-standing
//   data-leave=id        lets the package in that frame keep its last words before this link is followed
//   data-watch=address   what is played of this video is told there; [data-watched] says how much that is
//   data-present=address is told each half minute that the page is open and looked at
//   data-scroll          is reached with the Tab key only while there is something to scroll

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- Keys and menus ---

const typing = (target) => target.isContentEditable || target.matches?.("input, textarea, select");
const openMenus = () => all("details.h-menu[open], details[data-menu][open]");

function walk(event) {
  const links = all("[data-arrows] a");
  const here = links.indexOf(event.target);
  const away = here < 0 && event.target !== document.body && !event.target.matches("[data-search]");
  if (!links.length || away || event.altKey || event.ctrlKey || event.metaKey) return;
  const next = event.key === "ArrowDown" ? here + 1 : here - 1;
  const search = all("[data-search]").filter((one) => one.offsetParent).at(-1);
  const target = next < 0 ? here === 0 && search : links[next];
  if (!target) return;
  event.preventDefault();
  target.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = all("[data-search]").find((one) => one.offsetParent);
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.form ?? document.querySelector("form[data-submit-key]");
    if (form?.matches("[data-submit-key]")) {
      event.preventDefault();
      form.requestSubmit();
    }
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") walk(event);
  if (event.key === "Escape") {
    for (const menu of openMenus()) {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    }
  }
});

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

const scrollers = new ResizeObserver((entries) => {
  for (const { target } of entries) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
});
for (const element of all("[data-scroll]")) scrollers.observe(element);

// --- Forms ---

document.addEventListener("change", (event) => {
  const name = event.target.dataset?.checkAll;
  if (name === undefined) return;
  for (const box of all(`input[type="checkbox"][name="${CSS.escape(name)}"]`)) box.checked = event.target.checked;
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-tidy]")) {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  }
  // A second click while the first is under way must not send twice.
  if (form.method === "post") {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  }
});

addEventListener("pageshow", () => {
  for (const form of all("form[data-sent]")) delete form.dataset.sent;
  for (const field of all("form[data-tidy] :disabled")) field.disabled = false;
});

for (const field of all("[data-count]")) {
  const place = document.getElementById(field.dataset.count);
  const show = () => (place.textContent = place.dataset.says.replace("{n}", field.maxLength - field.value.length));
  if (place && field.maxLength > 0) {
    field.addEventListener("input", show);
    show();
  }
}

document.querySelector("[data-focus]")?.focus();

// A browser that knows no months shows a plain field.
for (const field of all("input[type=month]")) {
  if (field.type === "text") Object.assign(field, { placeholder: "2026-10", pattern: "\\d{4}-\\d{2}" });
}

// --- Tables whose rows stand as blocks stay tables for readers of screens, which some browsers forget ---

const ROLES = { table: "table", thead: "rowgroup", tbody: "rowgroup", tfoot: "rowgroup", tr: "row", td: "cell" };

for (const table of all("table")) {
  if (!table.rows[0] || getComputedStyle(table.rows[table.rows.length - 1]).display === "table-row") continue;
  for (const part of [table, ...all("thead, tbody, tfoot, tr, td, th", table)]) {
    part.setAttribute("role", ROLES[part.localName] ?? (part.scope.startsWith("row") ? "rowheader" : "columnheader"));
  }
}

// --- Drafts: kept per person on this device, for a week at most, and forgotten once sent ---

const OURS = "hilo:draft:";
const WEEK = 7 * 24 * 3600 * 1000;
const mine = `${OURS}${document.body.dataset.viewer ?? ""}:`;

const read = (key) => {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
};

const write = (key, draft) => {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
};

const draftKeys = () => {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(OURS));
  } catch {
    return [];
  }
};

const clock = (moment) =>
  new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" }).format(new Date(moment));

const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && !["hidden", "file", "password", "submit"].includes(field.type));

const valuesOf = (form) =>
  fieldsOf(form).map((field) => [
    field.name,
    field.type === "checkbox" || field.type === "radio" ? [field.value, field.checked] : field.value,
  ]);

function restore(form, values) {
  const fields = fieldsOf(form);
  values.forEach(([name, value], index) => {
    const field = fields[index];
    if (field?.name !== name) return;
    if (!Array.isArray(value)) field.value = value;
    else if (field.value === value[0]) field.checked = value[1];
  });
}

function keepDraft(form) {
  const key = mine + form.dataset.draft;
  const status = form.querySelector("[data-draft-status]");
  const say = (sentence, moment) => status && (status.textContent = sentence.replace("{time}", clock(moment)));
  const returned = form.querySelector("[aria-invalid]");
  const arrived = new URLSearchParams(location.search).get("saved");
  if (arrived && read(key)?.revision === arrived) localStorage.removeItem(key);
  const draft = read(key);
  if (draft && !returned && JSON.stringify(draft.values) !== JSON.stringify(valuesOf(form))) {
    restore(form, draft.values);
    say(status?.dataset.restored ?? "", draft.at);
  }
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const at = Date.now();
      if (write(key, { at, values: valuesOf(form), revision: form.elements.revision?.value })) {
        say(status?.dataset.kept ?? "", at);
      }
    }, 600);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    write(key, { at: Date.now(), values: valuesOf(form), sent: true, revision: form.elements.revision?.value });
  });
  if (form.dataset.autosave) saveAsTyped(form, key, status, draft);
}

// A form that is saved as it is typed. What this device kept unsent is sent as of its own revision, so that the server
// sees whether others have saved since, and keeps both.
function saveAsTyped(form, key, status, unsent) {
  let waiting, busy, again;
  const later = (seconds) => {
    clearTimeout(waiting);
    waiting = setTimeout(send, 1000 * seconds);
  };
  const told = (answer, sent) => {
    status.textContent = answer.says;
    if (answer.url) status.append(" ", Object.assign(document.createElement("a"), { href: answer.url, textContent: answer.link }));
    if (answer.revision) form.elements.revision.value = answer.revision;
    if (answer.fragment) document.getElementById("live-scores").outerHTML = answer.fragment;
    if ((read(key)?.at ?? 0) <= sent) localStorage.removeItem(key);
  };
  async function send() {
    if (busy) return (again = true);
    busy = true;
    const sent = Date.now();
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), redirect: "manual" });
      if (answer.status !== 200 && answer.status !== 409) throw new Error(String(answer.status));
      told(await answer.json(), sent);
    } catch {
      status.textContent = status.dataset.unsaved;
      later(10);
    }
    busy = false;
    if (again) later(0);
    again = false;
  }
  form.addEventListener("input", () => later(0.9));
  form.addEventListener("submit", () => clearTimeout(waiting));
  if (!unsent) return;
  if (unsent.revision) form.elements.revision.value = unsent.revision;
  later(0);
}

const present = new Set(all("form[data-draft]").map((form) => mine + form.dataset.draft));
for (const key of draftKeys()) {
  const draft = read(key);
  const stale = !draft || Date.now() - draft.at > WEEK;
  const signedIn = Boolean(document.body.dataset.viewer); // who was signed out by time finds the drafts again
  const done = signedIn && draft?.sent && !present.has(key) && !location.pathname.startsWith("/sign-in");
  if (stale || done || (signedIn && !key.startsWith(mine))) localStorage.removeItem(key);
}
for (const form of all("form[data-draft]")) keepDraft(form);
for (const form of all("form[data-forget-drafts]")) {
  form.addEventListener("submit", () => draftKeys().forEach((key) => localStorage.removeItem(key)));
}

// --- Writing: kept on the server as it is typed, and shown as it will be read ---

function afterPause(form, wait, work) {
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(work, wait);
  });
  form.addEventListener("submit", () => clearTimeout(waiting));
}

for (const form of all("form[data-autosave]")) {
  const status = form.querySelector("[data-draft-status]");
  let busy = Promise.resolve();
  const keep = async () => {
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form) });
      const said = await answer.json();
      if (said.revision !== undefined) form.elements.revision.value = said.revision;
      if (status) status.textContent = said.says;
    } catch {
      // Not reached: the next pause, or saving, tries again.
    }
  };
  afterPause(form, 1500, () => (busy = busy.then(keep)));
  // Saving waits for what is on its way, so that it knows the newest revision.
  form.addEventListener("submit", (event) => {
    if (form.dataset.settled) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    form.dataset.settled = "1";
    busy.then(() => setTimeout(() => form.requestSubmit(submitter))); // not while this event is under way
  }, true);
}

for (const form of all("form[data-preview]")) {
  afterPause(form, 400, async () => {
    const typed = new FormData(form);
    typed.set("then", "preview");
    try {
      const answer = await fetch(location.pathname, { method: "POST", body: typed });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const place of all("[id^=preview-].h-prose", form)) {
        const fresh = page.getElementById(place.id);
        if (fresh) place.replaceChildren(...fresh.childNodes);
      }
    } catch {
      // The preview stays as it was.
    }
  });
}

// --- How long somebody reads: the server counts the time between two signs of life ---

for (const form of all("form[data-present]")) {
  const tell = () => {
    if (document.visibilityState === "visible")
      fetch(form.dataset.present, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
  };
  tell();
  setInterval(tell, 30000);
}

// --- A limit of time: the server decides, this only says it and sends what was answered in time ---

for (const place of all("[data-countdown]")) {
  const end = performance.now() + 1000 * Number(place.dataset.countdown);
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    const left = Math.max(0, Math.floor((end - performance.now()) / 1000));
    place.textContent = place.dataset.says.replace("{time}", `${Math.floor(left / 60)}:${two(left % 60)}`);
    if (left > 1) return setTimeout(tick, 250);
    const form = document.getElementById(place.dataset.sends);
    const then = Object.assign(document.createElement("input"), { type: "hidden", name: "then", value: "end" });
    form?.append(then);
    form?.requestSubmit();
  };
  tick();
}

// --- Packages: played in a frame of another origin, which says when it has kept something ---

for (const frame of all("[data-package]")) {
  const told = (wanted, then) => {
    const hear = (event) => {
      if (event.source === frame.contentWindow && event.origin === frame.dataset.package && wanted.includes(event.data?.hilo)) {
        then(event.data.hilo);
      }
    };
    addEventListener("message", hear);
  };
  told(["kept", "done"], async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [shown, fresh] = [document, page].map((one) => one.getElementById("package-standing"));
      if (fresh && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
    } catch {
      // The next word of the package tries again.
    }
  });
  const link = document.querySelector(`[data-leave="${frame.id}"]`);
  const go = () => location.assign(link.href);
  told(["left"], go);
  link?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    frame.contentWindow.postMessage({ hilo: "leave" }, frame.dataset.package);
    setTimeout(go, 5000);
  });
}

// --- Videos: what was played is told, not where the cursor is ---

for (const video of all("video[data-watch]")) {
  const place = document.querySelector("[data-watched]");
  const token = document.querySelector("[name=csrf_token]")?.value ?? "";
  let before = "";
  const tell = async (leaving = false) => {
    const spans = [...Array(video.played.length).keys()].map((n) => [video.played.start(n), video.played.end(n)]);
    const sent = JSON.stringify(spans);
    if (sent === before || !spans.length) return;
    before = sent;
    const body = new URLSearchParams({ spans: sent, place: video.currentTime, csrf_token: token });
    try {
      const answer = await fetch(video.dataset.watch, { method: "POST", body, keepalive: leaving });
      const { share, done } = await answer.json();
      const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(share);
      place.textContent = place.dataset.says.replace("{share}", percent);
      if (done) location.reload();
    } catch {
      before = ""; // not reached: the next word tells it again
    }
  };
  video.addEventListener("loadedmetadata", () => {
    const from = Number(video.dataset.place ?? 0);
    if (from && from < video.duration - 2) video.currentTime = from;
  }, { once: true });
  for (const event of ["pause", "ended"]) video.addEventListener(event, () => tell());
  setInterval(() => !video.paused && tell(), 10_000);
  addEventListener("pagehide", () => tell(true));
}

// --- Marks: a long form of choices, by the digits ---

document.addEventListener("keydown", (event) => {
  const mark = event.target.matches?.("[data-marks] [data-mark] input[type=radio]") && event.target.closest("[data-mark]");
  const chosen = mark && all("input[type=radio]", mark)[Number(event.key) - 1];
  if (!chosen || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  chosen.checked = true;
  chosen.dispatchEvent(new Event("input", { bubbles: true }));
  const marks = all("[data-mark]", mark.closest("[data-marks]"));
  const open = marks.slice(marks.indexOf(mark) + 1).find((one) => !one.querySelector("input[type=radio]:checked"));
  const missed = chosen.value === "fail";
  if (missed) mark.querySelector("details").open = true;
  const next = missed ? mark.querySelector("select") : (open ?? marks[marks.indexOf(mark) + 1])?.querySelector("input[type=radio]");
  next?.focus();
});

// --- Outlines: a note starts from the headings of what was chosen ---

for (const choice of all("select[data-outline-of]")) {
  const outlines = new Map(all("template[data-outline]", choice.form).map((one) => [one.dataset.outline, one.content.textContent]));
  choice.addEventListener("input", () => {
    const note = document.getElementById(choice.dataset.outlineOf);
    const untouched = ["", ...outlines.values()].some((text) => text.trim() === note.value.trim());
    if (untouched && outlines.has(choice.value)) note.value = outlines.get(choice.value);
  });
}

// --- Progress ---

async function poll(element) {
  try {
    const answer = await fetch(element.dataset.poll, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(element.id);
    if (!fresh) return location.reload();
    element.replaceWith(fresh);
    if (fresh.dataset.poll) wait(fresh);
    else if (fresh.dataset.then) location.assign(fresh.dataset.then);
  } catch {
    wait(element, 5);
  }
}

const wait = (element, slower = 1) =>
  setTimeout(() => poll(element), 1000 * slower * Number(element.dataset.pollSeconds || 2));

for (const element of all("[data-poll]")) wait(element);
