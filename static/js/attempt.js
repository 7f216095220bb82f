// Keeps answers while they are given: on this device at once, then with the site. Without this module the buttons of
// the form do the same, a page at a time.

import { forget, keep, list, newId, send } from "./outbox.js";

const FIRST_WAIT = 2_000; // milliseconds; doubled after each failure
const LONGEST_WAIT = 60_000;
const PAUSE = 1_500; // after the last letter typed
const CLOSED = [404, 409]; // the attempt is over
const STOPPING = [400, 413, 422]; // trying again would not help

const form = document.querySelector("form[data-autosave]");
const status = form.querySelector("[data-status]");
const answered = form.querySelector("[data-answered]");
const person = Number(document.body.dataset.person);
const attempt = Number(form.dataset.autosave);

const changed = new Set(); // questions whose answers are on the page alone
let isKept = true; // whether this device keeps what was not sent
let isSending = false;
let isStopped = false;
let isLeaving = false;
let wait = FIRST_WAIT;
let timer = 0;
let pausing = 0;
let pending = 0; // answers that the site has not confirmed

/** Say one of the sentences that the page brought along in its language. */
function say(name) {
  if (status.textContent !== form.dataset[name]) status.textContent = form.dataset[name];
}

/** Name this sending, so that the server counts it once and knows which of two came later. */
function stamp() {
  form.elements.event_id.value = newId();
  form.elements.sequence.value = Number(form.elements.sequence.value) + 1;
}

/** The question that a field of the form belongs to. */
function questionOf(field) {
  return field.closest("fieldset.question")?.id.slice(2);
}

/** The answer to a question as the page has it now. */
function answerTo(question) {
  stamp();
  return {
    person,
    attempt,
    question,
    event: form.elements.event_id.value,
    sequence: Number(form.elements.sequence.value),
    language: form.elements.shown_in.value,
    fields: fieldsOf(question),
    at: Date.now(),
  };
}

/** The fields of a question on this page with their values; another question's id may begin alike. */
function fieldsOf(question) {
  const own = document.getElementById(`q-${question}`)?.querySelectorAll("[name]") ?? [];
  const names = new Set([...own].map((field) => field.name));
  return [...new FormData(form)].filter(([name]) => names.has(name));
}

/** Whether this page shows another answer to the question than the one that is kept. */
function differs(entry) {
  const text = (fields) => JSON.stringify(fields.map(String).sort());
  return document.getElementById(`q-${entry.question}`) && text(fieldsOf(entry.question)) !== text(entry.fields);
}

function retry(seconds) {
  say(isKept ? "kept" : "waiting");
  clearTimeout(timer);
  timer = setTimeout(save, Math.max(wait, seconds * 1_000));
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

/** The person has to act: she is told what to do, and the page does not let her leave unwarned. */
function stop(name) {
  isStopped = true;
  say(name);
}

/** Keep what was changed on this device, then send all that waits; resolves with whether nothing waits any more. */
async function save() {
  if (isSending || isLeaving) return false;
  clearTimeout(timer);
  clearTimeout(pausing);
  isSending = true;
  isStopped = false;
  const unkept = [];
  try {
    do {
      for (const question of [...changed]) {
        changed.delete(question);
        const entry = answerTo(question);
        if (await keep(entry)) continue;
        isKept = false;
        unkept.push(entry);
      }
      const waiting = [...(await list(person)).filter((entry) => entry.attempt === attempt), ...unkept];
      pending = waiting.length;
      if (pending) say("saving");
      for (const entry of waiting) {
        const seconds = await deliver(entry);
        if (seconds === null) {
          unkept.forEach((other) => changed.add(other.question)); // the page is all that has them
          return false;
        }
        if (seconds !== undefined) {
          unkept.forEach((other) => changed.add(other.question));
          retry(seconds);
          return false;
        }
        const place = unkept.indexOf(entry);
        if (place >= 0) unkept.splice(place, 1);
        pending -= 1;
      }
    } while (changed.size);
    wait = FIRST_WAIT;
    say("saved");
    return true;
  } finally {
    isSending = false;
  }
}

/** Send one answer; resolves with nothing once it is done, with seconds to wait, or null when the person has to act. */
async function deliver(entry) {
  const response = await send(entry, form.elements.csrf_token.value);
  if (!response) return 0;
  if (response.type === "opaqueredirect") return stop("signedOut") ?? null;
  if (CLOSED.includes(response.status)) {
    await forget(entry);
    return stop("closed") ?? null;
  }
  if (STOPPING.includes(response.status)) return stop("refused") ?? null;
  if (!response.ok) return Number(response.headers.get("Retry-After")) || 0;
  const result = await response.json().catch(() => null);
  if (!result?.saved) return 0;
  await forget(entry);
  if (typeof result.answered === "number") answered.textContent = result.answered;
  if (typeof result.seconds_left === "number") {
    form.dispatchEvent(new CustomEvent("deadline", { detail: result.seconds_left }));
  }
  tellHowRead(entry.question, result.notes ?? {}, result.unread ?? []);
  return undefined;
}

/** Say beside each typed number of a question how it was read. */
function tellHowRead(question, notes, unread) {
  for (const note of document.getElementById(`q-${question}`)?.querySelectorAll("[data-note]") ?? []) {
    const text = notes[note.dataset.note] ?? "";
    if (note.textContent !== text) note.textContent = text;
    document.getElementById(`a-${note.dataset.note}`).ariaInvalid = unread.includes(note.dataset.note);
  }
}

/** Note that the page has an answer that nobody else has yet, and say so at once. */
function note(question) {
  changed.add(question);
  say("saving");
}

/** Whether the field shows another answer than the one that the page came with. */
function isTouched(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.options) {
    const first = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(first, 0);
  }
  return "defaultValue" in field && field.value !== field.defaultValue;
}

const isWriting = (field) => field.type === "text" || field.type === "textarea";

form.addEventListener("change", (event) => {
  const question = questionOf(event.target);
  if (!question) return;
  note(question);
  save();
});
form.addEventListener("input", (event) => {
  const question = questionOf(event.target);
  if (!question || !isWriting(event.target)) return;
  note(question);
  clearTimeout(pausing);
  pausing = setTimeout(save, PAUSE);
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.type !== "text" || event.isComposing) return;
  event.preventDefault(); // the answer is saved, and its writer stays where she is on the page
  const question = questionOf(event.target);
  if (question) note(question);
  save();
});
form.addEventListener("submit", (event) => {
  if (!navigator.onLine) {
    event.preventDefault(); // the browser's own page of failure would take the place of the answers
    return retry(0);
  }
  isLeaving = true;
  clearTimeout(timer);
  clearTimeout(pausing);
  stamp();
});
window.addEventListener("online", () => save());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && pending && save());
window.addEventListener("pageshow", () => (isLeaving = false));
window.addEventListener("beforeunload", (event) => {
  if ((changed.size || pending || isSending || isStopped) && !isLeaving) event.preventDefault();
});

// What was answered before this module came, which on a weak line may be long after the page.
for (const field of form.elements) {
  const question = questionOf(field);
  if (question && isTouched(field)) note(question);
}

// What an earlier window could not send: it is sent now with the rest, and the page shows it.
const left = (await list(person)).filter((entry) => entry.attempt === attempt);
const isBehind = left.some(differs);
if ((left.length || changed.size) && (await save()) && isBehind && !changed.size && !isLeaving) {
  isLeaving = true;
  location.reload();
}
