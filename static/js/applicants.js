// Applicants: cards that are dragged, by mouse or finger, and ticks. Every page works without it.

const board = document.getElementById("stages");
const said = document.getElementById("said");

// Moving a card. The form of its menu is what is sent; where it is dragged to takes the place of a button.

function say(text, failed = false) {
  said.textContent = text;
  said.classList.toggle("error", failed);
}

function count(column, change) {
  const number = column.querySelector("[data-count]");
  number.textContent = Number(number.textContent) + change;
}

// Puts a card at the top of a column, or before `next` where it came from.
function place(card, column, next = column.querySelector(".cards").firstElementChild) {
  const from = card.closest(".board-column");
  if (from !== column) {
    count(from, -1);
    count(column, 1);
  }
  column.querySelector(".cards").insertBefore(card, next);
}

// Puts what the server says of a card in the card's place.
function renew(card, html) {
  const held = document.createElement("template");
  held.innerHTML = html.trim();
  const fresh = held.content.firstElementChild;
  card.replaceWith(fresh);
  return fresh;
}

async function move(card, column) {
  const from = card.closest(".board-column");
  if (from === column || card.ariaBusy) return;
  const form = card.querySelector("form[data-move]");
  const button = form.querySelector(`button[value="${column.dataset.stage}"]`);
  const isFinal = board.dataset.final.split(" ").includes(column.dataset.stage);
  const question = `Move ${card.dataset.name} to ${column.dataset.label}? It is final: no other stage can follow.`;
  if (button && isFinal && !confirm(question)) return;

  const next = card.nextElementSibling;
  let hadFocus = card.contains(document.activeElement);
  const body = new FormData(form);
  body.set("stage", column.dataset.stage);
  if (isFinal) body.set("confirmed", "1");
  card.ariaBusy = "true";
  if (button) place(card, column); // what is not offered is refused: the server says why
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!response.ok || !response.headers.get("Content-Type")?.includes("json")) throw new Error(response.statusText);
    const answer = await response.json();
    place(card, document.getElementById(`column-${answer.stage}`), answer.stage === from.dataset.stage ? next : undefined);
    hadFocus ||= card.contains(document.activeElement);
    const fresh = renew(card, answer.card);
    if (hadFocus) (fresh.querySelector("summary") ?? fresh.querySelector("a")).focus();
    say(answer.message, answer.is_refused);
  } catch {
    place(card, from, next);
    card.ariaBusy = null;
    say(`${card.dataset.name} was not moved: the server did not answer as expected. Load the page again.`, true);
  }
}

if (board) {
  board.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-move]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    move(form.closest(".applicant-card"), document.getElementById(`column-${event.submitter.value}`));
  });

  // A place to drop is the column under the pointer.
  let dragged = null;
  const aim = (column) => {
    for (const each of board.querySelectorAll(".board-column")) each.classList.toggle("aimed", each === column);
  };
  const end = () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    aim(null);
    board.classList.remove("dragging");
  };
  const begin = (card) => {
    dragged = card;
    card.classList.add("dragged");
    board.classList.add("dragging");
  };

  // The mouse: HTML drag and drop.
  board.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.(".applicant-card[draggable]");
    if (!card) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.name);
    begin(card);
  });
  board.addEventListener("dragover", (event) => {
    const column = event.target.closest(".board-column");
    if (!dragged || !column) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    aim(column);
  });
  board.addEventListener("drop", (event) => {
    const column = event.target.closest(".board-column");
    if (!dragged || !column) return;
    event.preventDefault();
    move(dragged, column);
  });
  board.addEventListener("dragend", end);

  // A finger or a pen: pointer events, from the card's grip; the rest of the card scrolls as ever.
  let ghost = null;
  const EDGE = 48;
  const columnAt = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest(".board-column");
  const finish = () => {
    ghost?.remove();
    ghost = null;
    end();
  };
  board.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest(".grip");
    if (!grip || event.pointerType === "mouse") return;
    event.preventDefault();
    const card = grip.closest(".applicant-card");
    ghost = document.createElement("div");
    ghost.className = "card-ghost";
    ghost.textContent = card.dataset.name;
    document.body.append(ghost);
    grip.setPointerCapture(event.pointerId);
    begin(card);
    follow(event);
  });
  const follow = (event) => {
    ghost.style.translate = `calc(${event.clientX}px - 50%) ${event.clientY}px`;
    const edges = board.getBoundingClientRect();
    if (event.clientX > edges.right - EDGE) board.scrollBy(12, 0);
    if (event.clientX < edges.left + EDGE) board.scrollBy(-12, 0);
    aim(columnAt(event));
  };
  board.addEventListener("pointermove", (event) => ghost && follow(event));
  board.addEventListener("pointerup", (event) => {
    if (!ghost) return;
    const card = dragged;
    const column = columnAt(event);
    finish();
    if (column) move(card, column);
  });
  board.addEventListener("pointercancel", () => ghost && finish()); // the mouse's is cancelled as its drag begins
}

// Ticks: all of a page at once, and how many there are.

const all = document.querySelector("[data-tick-all]");
if (all) {
  const ticks = [...document.querySelectorAll("input[name=application]")];
  const shown = document.querySelector("[data-ticked]");
  const tell = () => {
    const number = ticks.filter((tick) => tick.checked).length;
    all.checked = number === ticks.length;
    all.indeterminate = number > 0 && number < ticks.length;
    shown.textContent = number ? `${number} ticked` : "Tick somebody first.";
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const tick of ticks) tick.checked = all.checked;
    tell();
  });
  for (const tick of ticks) tick.addEventListener("change", tell);
  tell();
}
