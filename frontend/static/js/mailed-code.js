/**
 * The link of a mail brings its code in the fragment, which no server and no log sees: here it goes into the field, and
 * out of the address. Nothing is sent by it; a person presses the button: opening a link changes nothing.
 */

const field = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="code"]'));

function take() {
  const code = location.hash.slice(1);
  if (!field || !/^[A-Za-z0-9-]{4,60}$/.test(code)) return;
  field.value = code;
  history.replaceState(null, "", location.pathname + location.search);
  const waits = [...(field.form?.querySelectorAll("input:not([type=hidden], [type=checkbox])") ?? [])];
  const next = waits.find((each) => !(/** @type {HTMLInputElement} */ (each).value));
  const last = field.form?.querySelector('button[type="submit"]');
  /** @type {HTMLElement | undefined} */ (next ?? last ?? undefined)?.focus();
}

take();
addEventListener("hashchange", take);
