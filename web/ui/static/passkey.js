// Passkeys. A form with data-passkey names where to ask what is to be signed, or to be made a
// passkey from; its field with data-answer takes what comes of it, and then the form is sent like any other.

const offered = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON && navigator.credentials);

const ask = async (form) => {
  const answer = await fetch(form.dataset.passkey, { method: "POST", headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) throw new Error("refused");
  const { publicKey } = await answer.json();
  const key = "make" in form.dataset
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  return JSON.stringify(key.toJSON());
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const field = form.querySelector("[data-answer]");
  const failed = form.querySelector("[data-failed]");
  form.querySelector("[data-usable]").hidden = !offered;
  form.querySelector("[data-unusable]").hidden = offered;
  let asking = false;
  form.addEventListener("submit", async (event) => {
    if (field.value) return;
    event.preventDefault();
    event.stopPropagation();
    if (asking || !offered) return;
    asking = true;
    failed.hidden = true;
    try {
      field.value = await ask(form);
      form.requestSubmit(event.submitter);
    } catch {
      failed.hidden = false;
    } finally {
      asking = false;
    }
  });
}
