// Renews preview and findings while a trainer writes, and leads from a finding to its line. The buttons of the
// form do the same without this module.

const PAUSE = 700; // milliseconds without a key before the text is checked

const form = document.querySelector("form[data-editor]");
const source = form.elements.source;
const findings = form.querySelector("[data-findings]");
const preview = form.querySelector("[data-preview]");

let timer = 0;
let newest = 0;
let isLeaving = false;

function paragraph(text) {
  const element = document.createElement("p");
  element.className = "small quiet";
  element.textContent = text;
  return element;
}

/** What stands between backticks is code: it runs from left to right in every language. */
function words(text) {
  const element = document.createElement("span");
  text.split(/`([^`\n]+)`/).forEach((part, index) => {
    if (index % 2 === 0) {
      element.append(part);
      return;
    }
    const code = document.createElement("code");
    code.dir = "ltr";
    code.textContent = part;
    element.append(code);
  });
  return element;
}

/** One finding as the server writes it, with its icon left to the words. */
function item({ line, column, code, severity, text }) {
  const row = document.createElement("li");
  const grade = document.createElement("span");
  grade.className = severity === "error" ? "state wrong" : "state busy";
  grade.textContent = form.dataset[severity];
  const place = document.createElement("a");
  place.href = `#${source.id}`;
  place.dataset.line = line;
  place.dataset.column = column;
  place.textContent = form.dataset.line.replace("{number}", line);
  const name = document.createElement("code");
  name.dir = "ltr";
  name.textContent = code;
  row.append(grade, place, words(text), name);
  return row;
}

function show(diagnostics) {
  if (diagnostics.length === 0) {
    findings.replaceChildren(paragraph(form.dataset.clean));
    return;
  }
  const list = document.createElement("ul");
  list.className = "findings";
  list.append(...diagnostics.map(item));
  findings.replaceChildren(list);
}

async function check() {
  const mine = ++newest;
  try {
    const response = await fetch(form.dataset.editor, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
      redirect: "error",
    });
    const result = await response.json();
    if (mine !== newest) return;
    if (!Array.isArray(result.diagnostics)) throw new TypeError("no findings in the answer");
    show(result.diagnostics);
    if (result.html) preview.innerHTML = result.html; // made and cleaned by the server, as for readers
  } catch {
    if (mine === newest) findings.replaceChildren(paragraph(form.dataset.offline));
  }
}

/** Put the caret at a place that a finding names; lines and columns count from 1. */
function goTo(line, column) {
  const lines = source.value.split("\n");
  const before = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  const place = before + Math.min(column - 1, (lines[line - 1] ?? "").length);
  source.focus();
  source.setSelectionRange(place, place);
  source.blur(); // browsers scroll to the caret when the field is entered
  source.focus();
}

source.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE);
});
findings.addEventListener("click", (event) => {
  const place = event.target.closest("[data-line]");
  if (!place) return;
  event.preventDefault();
  goTo(Number(place.dataset.line), Number(place.dataset.column));
});
form.addEventListener("submit", (event) => {
  isLeaving = navigator.onLine;
  if (isLeaving) return;
  event.preventDefault(); // the browser's own page of failure would take the place of the text
  findings.replaceChildren(paragraph(form.dataset.offline));
});
window.addEventListener("pageshow", () => (isLeaving = false));
window.addEventListener("beforeunload", (event) => {
  const isSaved = source.value === source.defaultValue && !("unsaved" in form.dataset);
  if (!isLeaving && !isSaved) event.preventDefault();
});
