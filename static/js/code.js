// Shows the next code when it is due; without this module a link does.
const left = Number(document.querySelector("[data-seconds]").dataset.seconds);
setTimeout(() => location.reload(), (left + 1) * 1_000);
