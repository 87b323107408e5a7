// Applying: says what is wrong as soon as a field is left, and stops files that would be refused.
// The form works without this: the browser and the server check it as well.

const form = document.querySelector("form.apply");
const { resume, resume_url: address } = form.elements;
const KINDS = /\.(pdf|docx|odt|txt)$/i;
const hadFile = form.elements.resume_token.value !== "";

function problemOfFile([file]) {
  if (!file) return "";
  if (file.size === 0) return "This file is empty.";
  if (file.size > form.dataset.maxBytes) return `This file is larger than ${form.dataset.maxBytes / 2 ** 20} MB. Choose a smaller one.`;
  if (!KINDS.test(file.name)) return "Choose a PDF, DOCX or ODT file, or plain text.";
  return "";
}

function check() {
  resume.setCustomValidity(problemOfFile(resume.files));
  const hasFile = resume.files.length > 0 || (hadFile && !form.elements.resume_discard?.checked);
  const link = address.value.trim();
  let problem = "";
  if (link && /^(?!https:)[a-z][a-z0-9+.-]*:/i.test(link)) problem = "Give an address that begins with https://.";
  else if (link && hasFile) problem = "Send a file or a link, not both.";
  else if (!link && !hasFile) problem = "Add your résumé: a file or a link.";
  address.setCustomValidity(problem);
}

function textOf(field) {
  const { validity } = field;
  if (validity.valueMissing && field.type === "checkbox") return "Without your consent we may not pass your application on.";
  if (validity.valueMissing) return "Please fill this in.";
  if (validity.typeMismatch) return "This is not an e-mail address, such as name@example.com.";
  return field.validationMessage;
}

function show(field) {
  check();
  const id = `${field.id}_error`;
  let line = document.getElementById(id);
  const described = new Set((field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (field.validity.valid) {
    line?.remove();
    described.delete(id);
    field.removeAttribute("aria-invalid");
  } else {
    if (!line) {
      line = Object.assign(document.createElement("p"), { id, className: "error" });
      const control = field.closest(".choice") ?? field;
      control.before(line);
    }
    line.textContent = textOf(field);
    described.add(id);
    field.setAttribute("aria-invalid", "true");
  }
  if (described.size) field.setAttribute("aria-describedby", [...described].join(" "));
  else field.removeAttribute("aria-describedby");
}

const touched = new Set();
form.addEventListener("focusout", ({ target }) => {
  // A résumé may come by either field: asked for when the form is sent, not when the first is left.
  const isLeftEmpty = (target === resume || target === address) && !address.value && !resume.files.length;
  if (!target.willValidate || target.type === "submit" || isLeftEmpty) return;
  touched.add(target);
  show(target);
});
form.addEventListener("input", ({ target }) => {
  check();
  if (target === resume || touched.has(target)) show(target);
  if ((target === resume || target.name === "resume_discard") && touched.has(address)) show(address);
});
form.addEventListener("invalid", ({ target }) => {
  touched.add(target);
  show(target);
}, true);

const button = form.querySelector("button[data-sending]");
const label = button.textContent;
form.addEventListener("submit", () => {
  button.textContent = button.dataset.sending;
  button.disabled = true;
});
addEventListener("pageshow", () => {
  button.textContent = label;
  button.disabled = false;
});
check();
