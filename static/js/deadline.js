// Tells how much time an attempt has left, calmly: in a line that changes once a minute, and aloud at few marks.
// When the time is up it submits what the page has. The time is the site's: the device's own clock may be wrong.

const MARKS = [10, 5, 1]; // minutes left, said aloud once
const MINUTE = 60_000; // milliseconds

const form = document.querySelector("form[data-autosave]");
const line = document.querySelector("[data-deadline]");
const shown = line.querySelector("[data-left]");
const aloud = line.querySelector("[role=status]");
const minutesIn = new Intl.NumberFormat(document.documentElement.lang, {
  style: "unit",
  unit: "minute",
  unitDisplay: "long",
});

let end = endIn(Number(line.dataset.deadline));
let last = Infinity; // minutes left when the line was written last
let timer = 0;

/** The moment that is so many seconds away, by a clock that nobody sets. */
function endIn(seconds) {
  return performance.now() + seconds * 1_000;
}

/** Write the line, say it at a mark, and come again when it changes. */
function tell() {
  clearTimeout(timer);
  const left = end - performance.now();
  if (left <= 0) return form.requestSubmit(form.querySelector("[data-over]"));
  const minutes = Math.ceil(left / MINUTE);
  if (minutes !== last) {
    const text = line.dataset.text.replace("{time}", minutesIn.format(minutes));
    shown.textContent = text;
    if (MARKS.includes(minutes) && minutes < last) aloud.textContent = text;
  }
  last = minutes;
  timer = setTimeout(tell, left - (minutes - 1) * MINUTE);
}

form.addEventListener("deadline", (event) => {
  end = endIn(event.detail);
  tell();
});
window.addEventListener("pageshow", tell);
window.addEventListener("online", tell);
document.addEventListener("visibilitychange", tell);
tell();
