// Marks of attendance: on the page at once, on this device until the site has them. Without this module each button of
// the form does the same with a page of its own. Two markers at once: the site decides, and the page shows it.

import { forget, keep, list, newId, send } from "./outbox.js";

const FIRST_WAIT = 2_000; // milliseconds; doubled after each failure
const LONGEST_WAIT = 60_000;
const REFUSED = [400, 404, 413, 422]; // trying again would not help

const form = document.querySelector("form[data-attendance]");
const filter = document.querySelector("form[data-filter]");
const status = form.querySelector("[data-status]");
const present = form.querySelector("[data-present]");
const person = Number(document.body.dataset.person);
const session = form.dataset.attendance;
const numbers = new Intl.NumberFormat(document.documentElement.lang);

const unkept = new Map(); // marks that this device could not keep, by person
let isSending = false;
let isAsked = false; // to look again, by a mark that came while the last look was under way
let wait = FIRST_WAIT;
let timer = 0;
let pending = 0; // marks that the site has not confirmed
let keeping = 0; // marks on their way to the memory of this device

/** Say one of the sentences that the page brought along in its language. */
function say(name) {
  if (status.textContent !== form.dataset[name]) status.textContent = form.dataset[name];
}

const rowOf = (attendee) => document.getElementById(`p-${attendee}`);

/** Let a row show a mark, and its buttons what pressing them would do. */
function show(row, mark, note = "") {
  const before = row.dataset.mark;
  row.dataset.mark = mark;
  for (const button of row.querySelectorAll("[data-presence]")) {
    const isPressed = button.dataset.presence === mark;
    button.ariaPressed = String(isPressed);
    button.value = [row.dataset.attendee, isPressed ? "unmarked" : button.dataset.presence, row.dataset.seen].join(":");
  }
  tell(row, note);
  const change = (mark === "present") - (before === "present");
  if (change) present.textContent = numbers.format((present.dataset.present = Number(present.dataset.present) + change));
}

function tell(row, note) {
  const place = row.querySelector("[data-note]");
  place.hidden = !note;
  if (place.textContent !== note) place.textContent = note;
}

function retry(seconds) {
  say(unkept.size ? "waiting" : "kept");
  clearTimeout(timer);
  timer = setTimeout(deliverAll, Math.max(wait, seconds * 1_000));
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

async function unsent() {
  const kept = (await list(person)).filter((entry) => entry.attempt === session);
  return [...kept, ...unkept.values()];
}

/** Send all that waits, one after another. */
async function deliverAll() {
  isAsked = true;
  if (isSending) return;
  clearTimeout(timer);
  isSending = true;
  try {
    while (isAsked) {
      isAsked = false;
      for (let waiting = await unsent(); waiting.length; waiting = await unsent()) {
        pending = waiting.length;
        say("saving");
        const seconds = await deliver(waiting[0]);
        if (seconds === null) return;
        if (seconds !== undefined) return retry(seconds);
      }
    }
    pending = 0;
    wait = FIRST_WAIT;
    if (status.textContent) say("saved");
  } finally {
    isSending = false;
  }
}

/** Send one mark; resolves with nothing once it is done, with seconds to wait, or null when the person has to act. */
async function deliver(entry) {
  const response = await send(entry, form.elements.csrf_token.value);
  if (!response) return 0;
  if (response.type === "opaqueredirect") return say("signedOut") ?? null;
  const isDecided = response.ok || response.status === 409;
  if (!isDecided && !REFUSED.includes(response.status)) return Number(response.headers.get("Retry-After")) || 0;
  const result = await response.json().catch(() => null);
  if (isDecided && typeof result?.number !== "number") return 0;
  await forget(entry);
  if (unkept.get(entry.question)?.event === entry.event) unkept.delete(entry.question);
  const row = rowOf(entry.question);
  const isLast = !(await unsent()).some((other) => other.question === entry.question);
  if (row && isDecided) {
    row.dataset.seen = result.number;
    row.dataset.known = result.presence;
    if (isLast) show(row, result.presence, response.ok ? "" : result.message);
  } else if (row && isLast) {
    show(row, row.dataset.known, result?.detail ?? form.dataset.refused);
  }
  return undefined;
}

/** Keep a mark on this device, and send it. */
async function put(row, value) {
  const [, mark] = value.split(":");
  show(row, mark, form.dataset.unsent);
  say("saving");
  pending += 1;
  keeping += 1;
  const entry = {
    person,
    attempt: session,
    question: row.dataset.attendee,
    event: newId(),
    sequence: 0,
    address: form.getAttribute("action"),
    fields: [["mark", value]],
    at: Date.now(),
  };
  if (await keep(entry)) unkept.delete(entry.question);
  else unkept.set(entry.question, entry);
  keeping -= 1;
  deliverAll();
}

/** A text without case and marks, đ as d. */
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("đ", "d");

/** Hide the rows whose words do not begin with what is typed. */
function narrow() {
  const asked = fold(filter.elements.q.value).split(/\s+/).filter(Boolean);
  for (const row of form.querySelectorAll("[data-attendee]")) {
    const words = fold(row.querySelector("strong").textContent).split(/\s+/);
    row.hidden = !asked.every((part) => words.some((word) => word.startsWith(part)));
  }
}

for (const row of form.querySelectorAll("[data-attendee]")) row.dataset.known = row.dataset.mark;

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.name !== "mark") return;
  event.preventDefault();
  put(button.closest("[data-attendee]"), button.value);
});
filter.addEventListener("input", narrow);
filter.addEventListener("submit", (event) => {
  if (!navigator.onLine) event.preventDefault(); // the browser's page of failure would take the place of the list
});
window.addEventListener("online", () => deliverAll());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && pending && deliverAll());
window.addEventListener("beforeunload", (event) => {
  if (keeping || unkept.size || isSending) event.preventDefault();
});

// What an earlier window could not send.
for (const entry of await unsent()) {
  const row = rowOf(entry.question);
  if (row) show(row, entry.fields[0][1].split(":")[1], form.dataset.unsent);
}
deliverAll();
