// Keeps answers while they are given. Without this module the buttons of the form do the same, a page at a time.

const FIRST_WAIT = 2_000; // milliseconds; doubled after each failure
const LONGEST_WAIT = 60_000;
const PAUSE = 1_500; // after the last letter typed
const CLOSED = [404, 409]; // the attempt is over
const STOPPING = [400, 413, 422]; // trying again would not help

const form = document.querySelector("form[data-autosave]");
const status = form.querySelector("[data-status]");
const answered = form.querySelector("[data-answered]");

let isDirty = false;
let isSending = false;
let isLeaving = false;
let wait = FIRST_WAIT;
let timer = 0;

/** Say one of the sentences that the page brought along in its language. */
function say(name) {
  if (status.textContent !== form.dataset[name]) status.textContent = form.dataset[name];
}

/** Name this sending, so that the server counts it once and knows which of two came later. */
function stamp() {
  form.elements.event_id.value = newId();
  form.elements.sequence.value = Number(form.elements.sequence.value) + 1;
}

/** A UUID also where the page is not served over TLS, as on an office's own network. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function retry(seconds) {
  isDirty = true;
  say("waiting");
  clearTimeout(timer);
  timer = setTimeout(save, Math.max(wait, seconds * 1_000));
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

async function save() {
  if (isSending || isLeaving) return;
  clearTimeout(timer);
  isSending = true;
  isDirty = false;
  stamp();
  say("saving");
  let response;
  try {
    response = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
      redirect: "manual",
    });
  } catch {
    response = null;
  }
  isSending = false;
  if (!response) return retry(0);
  if (response.type === "opaqueredirect") return stop("signedOut");
  if (CLOSED.includes(response.status)) return stop("closed");
  if (STOPPING.includes(response.status)) return stop("refused");
  if (!response.ok) return retry(Number(response.headers.get("Retry-After")) || 0);
  const result = await response.json().catch(() => null);
  if (!result?.saved) return retry(0);
  wait = FIRST_WAIT;
  if (typeof result.answered === "number") answered.textContent = result.answered;
  tellHowRead(result.notes ?? {}, result.unread ?? []);
  if (isDirty) return save();
  say("saved");
}

/** Say beside each typed number how it was read. */
function tellHowRead(notes, unread) {
  for (const note of form.querySelectorAll("[data-note]")) {
    const text = notes[note.dataset.note] ?? "";
    if (note.textContent !== text) note.textContent = text;
    document.getElementById(`a-${note.dataset.note}`).ariaInvalid = unread.includes(note.dataset.note);
  }
}

/** The person has to act: she is told what to do, and the page does not let her leave unwarned. */
function stop(name) {
  isDirty = true;
  say(name);
}

form.addEventListener("change", () => {
  isDirty = true;
  save();
});
form.addEventListener("input", (event) => {
  if (event.target.type !== "text") return;
  isDirty = true;
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.type !== "text" || event.isComposing) return;
  event.preventDefault(); // the answer is saved, and its writer stays where she is on the page
  isDirty = true;
  save();
});
form.addEventListener("submit", (event) => {
  if (!navigator.onLine) {
    event.preventDefault(); // the browser's own page of failure would take the place of the answers
    return retry(0);
  }
  isLeaving = true;
  clearTimeout(timer);
  stamp();
});
window.addEventListener("online", () => isDirty && save());
window.addEventListener("pageshow", () => (isLeaving = false));
window.addEventListener("beforeunload", (event) => {
  if ((isDirty || isSending) && !isLeaving) event.preventDefault();
});
