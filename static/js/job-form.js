// The form of a job: warns before changes are lost, and sends once. It works without this too.

const form = document.querySelector("form[data-unsaved]");
let isChanged = form.dataset.unsaved === "changed";
let isSent = false;

form.addEventListener("input", () => (isChanged = true));
form.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "questions") isChanged = true;
});
form.addEventListener("submit", (event) => {
  if (isSent) event.preventDefault();
  isSent = true;
  setTimeout(() => (isSent = false), 5000); // whatever became of it, one can try again
});
addEventListener("beforeunload", (event) => {
  if (isChanged && !isSent) event.preventDefault();
});
