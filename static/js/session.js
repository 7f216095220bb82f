// Before one signs out: answers that are on this device alone are sent, or their writer decides what becomes of them.

import { forget, list, send } from "./outbox.js";

const person = Number(document.body.dataset.person);

async function deliver(token) {
  for (const entry of await list(person)) {
    const response = await send(entry, token);
    if (response?.ok || [404, 409].includes(response?.status)) await forget(entry);
  }
  return (await list(person)).length;
}

for (const form of document.querySelectorAll("form[data-sign-out]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const left = await deliver(form.elements.csrf_token.value);
    if (left && !confirm(form.dataset.signOut)) return;
    for (const entry of await list(person)) await forget(entry);
    form.submit();
  });
}
