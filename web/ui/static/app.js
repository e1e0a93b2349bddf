// What the console does better with script. Everything works without it.

// Files chosen one after the other come together, each with its size and a button that takes it out again. What was
// found in others before is taken away.
const kilobytes = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "kilobyte", maximumFractionDigits: 1 });
const kept = new Map(); // files by input
const choose = (input, files) => {
  const transfer = new DataTransfer();
  files.forEach((file) => transfer.items.add(file));
  input.files = transfer.files;
  const before = kept.get(input) ?? [];
  if (before.length && (before.length !== files.length || before.some((file, i) => file !== files[i]))) document.getElementById("found")?.replaceChildren();
  kept.set(input, files);
  const list = input.parentElement.querySelector(".chosen");
  list?.replaceChildren(...files.map((file) => {
    const item = document.createElement("li");
    item.className = "tag";
    item.append(`${file.name} · ${kilobytes.format(Math.max(file.size / 1024, 0.1))} `);
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "link";
    remove.textContent = list.dataset.remove;
    remove.setAttribute("aria-label", `${list.dataset.remove} ${file.name}`);
    remove.addEventListener("click", () => {
      choose(input, files.filter((other) => other !== file));
      input.focus();
    });
    item.append(remove);
    return item;
  }));
};
const add = (input, files) => {
  const same = (a) => (b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
  const before = (kept.get(input) ?? []).filter((file) => ![...files].some(same(file)));
  choose(input, [...before, ...files]);
};

for (const area of document.querySelectorAll(".drop")) {
  const input = document.getElementById(area.htmlFor);
  input.classList.add("visually-hidden"); // the area does the same, and the list shows what was chosen
  const stop = (event, inside) => {
    event.preventDefault();
    area.classList.toggle("over-it", inside);
  };
  area.addEventListener("dragover", (event) => stop(event, true));
  area.addEventListener("dragleave", (event) => stop(event, false));
  area.addEventListener("drop", (event) => {
    stop(event, false);
    add(input, event.dataTransfer.files);
  });
  input.addEventListener("change", () => add(input, [...input.files]));
}

// A passphrase can be shown while it is typed.
for (const field of document.querySelectorAll("input[data-show]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = field.dataset.show;
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-label", `${field.dataset.show} (${field.labels[0].textContent})`);
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
  field.after(button);
}

// What was just done can be put away.
for (const note of document.querySelectorAll("main > .note.done")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = document.body.dataset.closeLabel;
  button.addEventListener("click", () => note.remove());
  note.append(button);
}

const busy = (button, form, on) => {
  button.setAttribute("aria-busy", String(on));
  form.toggleAttribute("data-sent", on);
};

// What the server answers, as a page: the browser parses it, for no script may make markup of text. Aside is whether it
// is another page than the one that was asked for: somebody was signed out meanwhile. Where there is no page, the form
// is to be sent without script: the browser shows what there is instead.
const ask = (method, address, body) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
  request.open(method, address);
  request.responseType = "document";
  request.setRequestHeader("Accept", "text/html");
  request.addEventListener("load", () => {
    if (request.response) resolve({ page: request.response, aside: request.responseURL !== new URL(address, location).href });
    else reject(new Error("no page")); // of a proxy in between
  });
  request.addEventListener("error", reject);
  request.send(body);
});

// Another page takes the place of this one. What went wrong is in sight, and is read out.
const show = (page) => {
  const main = document.getElementById("main");
  main.replaceChildren(...page.getElementById("main").childNodes);
  const target = main.querySelector(".note.bad") ?? main;
  target.tabIndex = -1;
  target.focus();
};

// A button with data-into posts its form and shows that part of the answer in
// place, so that the chosen files stay chosen.
const intoPlace = async (form, button) => {
  const place = document.getElementById(button.dataset.into);
  busy(button, form, true);
  try {
    const { page, aside } = await ask("POST", button.formAction, new FormData(form));
    const problem = page.querySelector("main > .note.bad");
    const found = page.getElementById(place.id);
    if (aside || !(problem || found)) { // signed out meanwhile, or an error page
      show(page);
      return;
    }
    document.querySelectorAll("main > .note").forEach((note) => note.remove());
    place.replaceChildren(...(problem ? [problem] : found.childNodes));
    if (found && !problem) document.getElementById("unchecked")?.remove(); // what it asks stands with what was found now
    place.querySelectorAll("template").forEach((scripted) => scripted.replaceWith(scripted.content));
    place.scrollIntoView({ block: "start" });
    busy(button, form, false);
  } catch {
    form.action = button.formAction;
    form.submit();
  }
};

// A form with data-leaves is answered with a page that leads away, which nobody has to see.
const leave = async (form, button) => {
  busy(button, form, true);
  try {
    const { page } = await ask("POST", form.action);
    const away = page.getElementById("away");
    if (away) location.assign(away.href); // the button stays busy: a second click would begin a second consent
    else show(page);
  } catch {
    form.submit();
  }
};

// A form with data-confirm asks first.
const confirmed = (form, asked) => new Promise((resolve) => {
  const dialog = document.createElement("dialog");
  const heading = document.createElement("h2");
  heading.id = "dialog-heading";
  heading.textContent = form.dataset.confirmYes;
  dialog.setAttribute("aria-labelledby", heading.id);
  const text = document.createElement("p");
  text.textContent = form.dataset.confirm;
  const actions = document.createElement("div");
  actions.className = "actions";
  for (const [label, value] of [[form.dataset.confirmNo, "no"], [form.dataset.confirmYes, "yes"]]) {
    const button = document.createElement("button");
    button.textContent = label;
    button.className = value === "yes" ? asked?.classList.contains("danger") ? "primary danger" : "primary" : "";
    button.addEventListener("click", () => dialog.close(value));
    actions.append(button);
  }
  dialog.append(heading, text, actions);
  dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "yes");
  });
  document.body.append(dialog);
  dialog.showModal();
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (form.hasAttribute("data-sent")) {
    event.preventDefault();
    return;
  }
  if (button?.dataset.into) {
    event.preventDefault();
    await intoPlace(form, button);
    return;
  }
  if ("leaves" in form.dataset) {
    event.preventDefault();
    await leave(form, button);
    return;
  }
  if (form.dataset.confirm && !form.hasAttribute("data-confirmed")) {
    event.preventDefault();
    if (await confirmed(form, button)) {
      form.setAttribute("data-confirmed", "");
      form.requestSubmit(button);
    }
    return;
  }
  if (form.dataset.busy && button) {
    busy(button, form, true);
    button.lastChild.textContent = form.dataset.busy;
  }
});

// A button with data-copy copies what a field holds. The text stays selected,
// for where the browser does not let a page copy.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.lastElementChild.textContent = button.dataset.copied;
    } catch {
      field.focus();
    }
  });
}

// The search beside a select fetches the page with what is searched for, and takes the options out of it: what
// was typed elsewhere stays. What was chosen is among the options whatever is found.
const find = async (form) => {
  const { page, aside } = await ask("GET", `${form.action.split("#")[0]}?${new URLSearchParams(new FormData(form))}`);
  for (const select of document.querySelectorAll(`select[data-choice="${form.dataset.choice}"]`)) {
    const found = page.getElementById(select.id);
    if (aside || !found) { // signed out meanwhile
      form.submit();
      return;
    }
    const chosen = select.selectedOptions[0];
    select.replaceChildren(...found.childNodes);
    if (chosen?.value && ![...select.options].some((option) => option.value === chosen.value)) select.prepend(chosen);
    if (chosen?.value) select.value = chosen.value;
  }
};
for (const form of document.querySelectorAll("form[data-choice]")) {
  let later;
  const search = () => find(form).catch(() => form.submit());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  for (const field of form.elements) {
    field.addEventListener("input", () => {
      clearTimeout(later);
      later = setTimeout(search, 200);
    });
  }
}

// Ctrl-K, and a slash where nothing is typed, go to the search.
document.addEventListener("keydown", (event) => {
  const field = document.getElementById("everywhere");
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  const asks = event.key === "k" && (event.ctrlKey || event.metaKey) || event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!field || !asks) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// What one types elsewhere, letter by letter, has a button that copies it. Groups of digits are for the eye.
for (const value of document.querySelectorAll(".copy")) {
  const text = value.classList.contains("grouped") ? value.textContent.replaceAll(/\s/g, "") : value.textContent;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet copies";
  button.textContent = document.body.dataset.copyLabel;
  button.setAttribute("aria-label", `${document.body.dataset.copyLabel} ${text}`);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = document.body.dataset.copiedLabel;
    } catch {
      getSelection().selectAllChildren(value);
    }
  });
  value.after(button);
}

// A click on a row of a list is one on its name, unless it is on something else that does something, or selects text.
document.addEventListener("click", (event) => {
  const name = event.target.closest("main .stack tbody tr")?.querySelector("th > a[href]");
  const acts = event.target.closest("a, button, details, form, input, label, select, summary, textarea");
  if (!name || acts || event.ctrlKey || event.metaKey || event.shiftKey || String(getSelection())) return;
  name.click();
});

// A page kept by the browser may be of somebody who has signed out.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// A link to something folded opens it.
const unfold = () => {
  const target = document.getElementById(location.hash.slice(1));
  target?.querySelector(":scope > details")?.setAttribute("open", "");
};
window.addEventListener("hashchange", unfold);
unfold();

// A field that was refused is not left folded.
const invalid = document.querySelector("main [aria-invalid=true]");
for (let fold = invalid?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
if (invalid?.autofocus) invalid.focus();

// The bank's answer holds a code that works once: the address bar forgets it.
const clean = document.querySelector("[data-clean-url]");
if (clean) history.replaceState(null, "", clean.dataset.cleanUrl);
