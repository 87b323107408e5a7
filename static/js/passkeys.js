// Passkeys: asks the browser for a credential and sends it with its form.
// A form says `data-passkey="create"` or `"get"`; its options are in #passkey-options, or its address gives them.

const supported = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;

async function optionsOf(form) {
  const given = form.querySelector("#passkey-options");
  if (given) return JSON.parse(given.textContent);
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error("no options");
  return response.json();
}

async function get(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.request_options.publicKey);
  return navigator.credentials.get({ publicKey });
}

async function create(options, form) {
  const wanted = options.creation_options.publicKey;
  const passwordless = new FormData(form).get("passwordless") === "on";
  wanted.authenticatorSelection = {
    ...wanted.authenticatorSelection,
    residentKey: passwordless ? "required" : "discouraged",
    requireResidentKey: passwordless,
    userVerification: passwordless ? "required" : "preferred",
  };
  return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(wanted) });
}

function explain(error) {
  if (error.name === "InvalidStateError") return "This device holds a passkey for you already.";
  if (error.name === "SecurityError") return "Passkeys do not work at this address.";
  if (error.name === "NotAllowedError") return "That did not work: it was cancelled, or no passkey was found.";
  return "That did not work. Try again.";
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const status = form.querySelector("[data-passkey-status]");
  status.textContent = supported ? "" : "This browser is too old for passkeys.";
  form.querySelector("button[hidden]").hidden = !supported;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    status.textContent = "";
    try {
      const act = form.dataset.passkey === "create" ? create : get;
      const credential = await act(await optionsOf(form), form);
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      status.textContent = explain(error);
    }
  });
}
