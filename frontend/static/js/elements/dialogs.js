/**
 * Questions over the page. Each returns a promise: the answer, or null when it was put away. Afterwards the focus is where
 * it was; when that is gone, at the message that it stood in.
 */
import { html, nothing, render } from "#lit";

/**
 * @param {object} question
 * @param {string} question.title
 * @param {unknown} question.body text or template
 * @param {string} question.confirm the word on the button that does it
 * @param {string} question.cancel
 * @param {string} [question.kind] of the button that does it: primary, danger
 * @param {(form: HTMLFormElement) => object} [question.read] the answer from the form
 * @returns {Promise<object | null>}
 */
export function ask({ title, body, confirm, cancel, kind = "primary", read = () => ({}) }) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "dialog-title");
  const form = html`<form method="dialog" class="stack">
    <h2 id="dialog-title">${title}</h2>
    ${typeof body === "string" ? html`<p>${body}</p>` : body}
    <div class="dialog-foot">
      ${cancel ? html`<button class="button" type="button" @click=${() => dialog.close()}>${cancel}</button>` : nothing}
      <button class="button" data-kind=${kind} type="submit" value="yes">${confirm}</button>
    </div>
  </form>`;
  render(form, dialog);
  document.body.append(dialog);
  const opener = document.activeElement;
  const message = opener.closest(".message");
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes" ? read(dialog.querySelector("form")) : null);
      dialog.remove();
      (opener.isConnected ? opener : message)?.focus({ preventScroll: true });
    });
  });
}

/** The first removal: who still has it (S17). In a chat of two there is no class to speak of. */
export function askRemoval(words, { isDirect }) {
  return ask({
    title: words.say("remove_title"),
    body: words.say(isDirect ? "remove_truth_direct" : "remove_truth"),
    confirm: words.say("remove"),
    cancel: words.say("keep_it"),
    kind: "danger-solid",
  });
}

/** Staff take a student's message away: with a reason that names a rule. */
export function askReason(words, { name, isDirect }) {
  const truth = words.say(isDirect ? "remove_students_direct" : "remove_students", { name });
  const body = withReason(words, truth, words.say(isDirect ? "reason_read_by_direct" : "reason_read_by", { name }));
  return ask({
    title: words.say("remove_title"),
    body,
    confirm: words.say("remove"),
    cancel: words.say("cancel"),
    kind: "danger-solid",
    read: reasonOf,
  });
}

export function askMute(words, { name, course, minutes }) {
  const body = withReason(words, words.say("pause_truth", { name, course }), words.say("reason_read_by", { name }));
  return ask({
    title: words.say("pause_title", { name, n: minutes }),
    body,
    confirm: words.say("pause"),
    cancel: words.say("cancel"),
    read: reasonOf,
  });
}

/** A reason names a rule of the class, and says more where that helps. The child reads it, and the field says so. */
function withReason(words, truth, question) {
  const rules = ["rule_kind", "rule_topic", "rule_private"].map((key) => words.say(key));
  return html`<p>${truth}</p>
    <fieldset class="tick-list"><legend>${question}</legend>
      ${rules.map((rule) => html`<label class="tick"><input type="radio" name="rule" value=${rule} required><span>${rule}</span></label>`)}
    </fieldset>
    <div class="field"><label for="reason-more">${words.say("reason_more")}</label><input class="input" id="reason-more" name="more" maxlength="200" autocomplete="off"></div>`;
}

function reasonOf(form) {
  return { reason: [form.elements.rule.value, form.elements.more.value.trim()].filter(Boolean).join(" ") };
}

/** Before an instructor reads what was removed. */
export function askOpen(words) {
  return ask({
    title: words.say("open_removed_title"),
    body: words.say("open_removed_truth"),
    confirm: words.say("open_removed"),
    cancel: words.say("cancel"),
  });
}

/** What an edited message said before (U19); of a removed one what it said last comes first. */
export function showVersions({ versions, removed, words, clock, text }) {
  const body = html`${removed ? html`<p class="message-plain">${text(removed.text)}</p>` : nothing}<ol class="stack">
    ${versions.map(
      (version) => html`<li>
        <p class="u-small u-quiet">${words.say("version_at", { time: clock.brief(version.at) })}</p>
        <p class="message-plain">${text(version.text)}</p>
      </li>`,
    )}
  </ol>`;
  const title = words.say(removed ? "removed_message" : "versions");
  return ask({ title, body, confirm: words.say("close"), cancel: null });
}

/** The keys of the messages (rule U5). @param {import("#elements/message_actions").MessageAction[]} actions */
export function showKeys(words, actions) {
  const rows = [
    [["↑", "↓"], words.say("keys_walk")],
    [["Home", "End"], words.say("keys_ends")],
    [["Enter"], words.say("keys_into")],
    [["←", "→"], words.say("keys_within")],
    [["Esc"], words.say("keys_out")],
    ...actions.filter(({ key }) => key).map(({ key, word }) => [[capital(key)], words.say(word)]),
    [["F6"], words.say("keys_areas")],
  ];
  const body = html`<dl class="key-list">
    ${rows.map(([keys, does]) => html`<div><dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${does}</dd></div>`)}
  </dl>`;
  return ask({ title: words.say("keys_title"), body, confirm: words.say("close"), cancel: null });
}

function capital(key) {
  return key[0].toUpperCase() + key.slice(1);
}

/** Says what was done and offers to undo it, for ten seconds, and longer while somebody is at it. */
export class Toast {
  #timer = 0;
  #seconds = 0;
  #cameFrom = null;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    for (const type of ["pointerenter", "focusin"]) place.addEventListener(type, () => clearTimeout(this.#timer));
    for (const type of ["pointerleave", "focusout"]) place.addEventListener(type, () => this.#count());
    place.addEventListener("focusin", ({ relatedTarget }) => (this.#cameFrom = relatedTarget));
  }

  show(text, { undo, word, seconds = 10 } = {}) {
    this.hide();
    this.#seconds = seconds;
    const act = () => (this.hide(), undo());
    const button = undo
      ? html`<button class="button" type="button" data-size="small" @click=${act}><span>${word}</span></button>`
      : nothing;
    render(html`<p class="toast" role="status"><span class="toast-words">${text}</span>${button}</p>`, this.place);
    this.#count();
  }

  /** Who stood in it stands where they came from. */
  hide() {
    clearTimeout(this.#timer);
    const hadFocus = this.place.contains(document.activeElement);
    render(nothing, this.place);
    if (hadFocus) this.#cameFrom?.focus({ preventScroll: true });
  }

  #count() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), this.#seconds * 1000);
  }
}
