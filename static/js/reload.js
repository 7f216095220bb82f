// Loads a page anew while the work it tells of goes on; without this module people press its link.
const PAUSE = 3000; // milliseconds

if (document.querySelector("[data-reload]")) setTimeout(() => location.reload(), PAUSE);
