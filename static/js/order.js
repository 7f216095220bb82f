// Moves the steps of a question by buttons or by their places. Without this module the places alone tell the order.

/** Put a step at a place of its list, number all places anew, and say that the answer changed. */
function move(step, place) {
  const list = step.parentElement;
  const steps = [...list.children].filter((other) => other !== step);
  list.insertBefore(step, steps[place - 1] ?? null);
  number(list);
}

/** Number the steps as they stand, which makes them the answer. */
function number(list) {
  const places = [...list.querySelectorAll("select")];
  places.forEach((place, index) => (place.value = String(index + 1)));
  places[0].dispatchEvent(new Event("change", { bubbles: true }));
}

function button(step, label, sign, by) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button button-small";
  made.textContent = sign;
  made.setAttribute("aria-label", label);
  made.setAttribute("aria-describedby", step.querySelector(".prose").id);
  made.addEventListener("click", () => {
    const place = [...step.parentElement.children].indexOf(step) + 1 + by;
    if (place < 1 || place > step.parentElement.children.length) return;
    move(step, place);
    made.focus();
  });
  return made;
}

/** Offer to take the steps as they stand, for an answer is given only once they have places. */
function offerToKeep(list) {
  const kept = document.createElement("button");
  kept.type = "button";
  kept.className = "button";
  kept.textContent = list.dataset.keep;
  kept.addEventListener("click", () => {
    number(list);
    list.querySelector("select").focus();
  });
  const isOpen = () => [...list.querySelectorAll("select")].some((place) => !place.value);
  kept.hidden = !isOpen();
  list.addEventListener("change", () => (kept.hidden = !isOpen()));
  list.after(kept);
}

for (const list of document.querySelectorAll("[data-steps]")) {
  if (list.querySelector(":disabled")) continue;
  offerToKeep(list);
  for (const step of list.children) {
    step.append(button(step, list.dataset.up, "↑", -1), button(step, list.dataset.down, "↓", 1));
    const place = step.querySelector("select");
    place.addEventListener("change", (event) => {
      if (!event.isTrusted || !place.value) return;
      event.stopPropagation(); // one change, told once all places are numbered
      move(step, Number(place.value));
      place.focus();
    });
  }
}
