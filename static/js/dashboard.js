// The dashboard's small conveniences; every page works without them.

// [data-copy="id"]: a button that copies what the element of this id holds.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    const label = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), 2000);
  });
}

// [data-renew="seconds"]: asks htmx to fetch this part again, while somebody looks and reads nothing in it.
for (const part of document.querySelectorAll("[data-renew]")) {
  setInterval(() => {
    const isRead = part.contains(document.activeElement) || part.matches(":hover") || !getSelection().isCollapsed;
    if (document.visibilityState === "visible" && !isRead) htmx.trigger(part, "renew");
  }, part.dataset.renew * 1000);
}
