// Shows the button that copies a text; without this module people select it and copy by the browser's own menu.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy);
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      document.execCommand("copy"); // without a secure line there is no clipboard to write to
    }
    button.parentElement.querySelector("[data-copied]").textContent = button.dataset.done;
  });
}
