/**
 * The details below 1100 px: a modal dialog at the address #details. What is behind it is inert, Esc and Back and a click
 * beside it close it, and the focus goes back to where it was (rules U30, U31).
 */
import "#elements/chat-panel";

const HASH = "#details";

export class DetailsSheet {
  #dialog = null;
  #opener = null;
  #cameByLink = false;

  /**
   * @param {HTMLElement} place where the dialog is put
   * @param {() => {chat: object, words: object, clock: object}} parts of the panel
   * @param {MediaQueryList} narrow whether the details are a sheet at this width
   */
  constructor(place, parts, narrow) {
    Object.assign(this, { place, parts, narrow });
    place.addEventListener("click", ({ target }) => (this.#opener = target.closest(`[href="${HASH}"]`) ?? this.#opener));
    narrow.addEventListener("change", () => this.follow());
    addEventListener("hashchange", () => {
      this.#cameByLink = location.hash === HASH;
      this.follow();
    });
    this.follow();
  }

  /** The page is what its address says. */
  follow() {
    const isWanted = this.narrow.matches && location.hash === HASH;
    if (isWanted && !this.#dialog) this.#open();
    else if (!isWanted) this.#dialog?.close();
  }

  #open() {
    const dialog = document.createElement("dialog");
    const panel = document.createElement("chat-panel");
    const { words } = this.parts();
    dialog.className = "panel-sheet";
    dialog.setAttribute("aria-label", words.say("details"));
    panel.className = "panel-body";
    Object.assign(panel, this.parts(), { isSheet: true });
    dialog.append(panel);
    dialog.addEventListener("panel-close", () => dialog.close());
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    dialog.addEventListener("close", () => this.#closed());
    this.#dialog = dialog;
    this.place.append(dialog);
    panel.updateComplete.then(() => dialog.showModal());
  }

  #closed() {
    this.#dialog.remove();
    this.#dialog = null;
    this.#opener?.focus(); // the way to an address takes the focus off its link
    if (location.hash !== HASH || !this.narrow.matches) return;
    if (this.#cameByLink) history.back();
    else history.replaceState(null, "", location.pathname);
  }
}
