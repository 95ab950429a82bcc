/**
 * The messages by keyboard (rule U5): one stop for Tab. Up, Down, Home and End go from message to message, Enter goes into
 * one, Left and Right walk its actions and links, Escape comes back, and letters act on the message in focus: what the
 * ARIA practices say of a grid whose cells hold controls, kept in a list, where a screen reader reads on as usual.
 *
 * The invariants: of all rows exactly one has tabindex 0, and what is inside rows has -1. Focus that stood in the list
 * never falls out of it because rows were drawn anew or went (SC 2.4.3).
 */
import { actionsOf } from "#elements/message_actions";

const ROWS = ".message";
const CONTROLS = "a[href], button";
const HINT = "message-keys";

export class MessageKeys {
  #stop = null;
  #held = null;

  /** @param {import("#elements/chat-timeline").ChatTimeline} list */
  constructor(list) {
    this.list = list;
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("focusin", (event) => this.#stopAt(event.target.closest(ROWS)));
    list.addEventListener("focusout", ({ relatedTarget }) => list.contains(relatedTarget) || this.#hint());
  }

  get rows() {
    return [...this.list.querySelectorAll(ROWS)];
  }

  get hasFocus() {
    return Boolean(this.list.scroller?.contains(document.activeElement));
  }

  /** Before rows change. */
  hold() {
    const row = this.hasFocus && document.activeElement.closest(ROWS);
    this.#held = row ? { at: this.rows.indexOf(row) } : null;
  }

  /** After they did: the stop is one of them, and who stood at a row that went stands at the one in its place. */
  settle() {
    const held = this.#held;
    this.#held = null;
    if (held && document.activeElement === document.body) this.focus(this.rows[held.at] ?? this.rows.at(-1));
    if (this.#stop?.isConnected) this.#stopAt(this.#stop);
    else this.follow();
  }

  /** While focus is elsewhere, Tab leads to the last message in view. */
  follow() {
    if (this.hasFocus && this.#stop?.isConnected) return;
    this.#stopAt(this.list.scroll?.lastInView() ?? this.rows.at(-1));
    this.#hint();
  }

  /** @param {HTMLElement | undefined} row; without one, where Tab would lead, or to writing */
  focus(row = this.#stop) {
    if (!row?.isConnected) return this.list.ask("compose");
    return row.focus({ preventScroll: true });
  }

  #stopAt(row) {
    if (!row || row === this.#stop) return;
    this.#stop?.setAttribute("tabindex", "-1");
    this.#stop?.removeAttribute("aria-describedby");
    this.#stop = row;
    row.setAttribute("tabindex", "0");
  }

  /** How the keys work is said to who comes in, not at every message. */
  #hint() {
    this.#stop?.setAttribute("aria-describedby", HINT);
  }

  #key(event) {
    const row = event.target.closest(ROWS);
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const done = event.target === row ? this.#atRow(event, row) : this.#inside(event, row);
    if (done) event.preventDefault();
  }

  /** @returns {boolean} whether the key was one of ours */
  #atRow({ key }, row) {
    if (key === "Enter") return this.#step(row, 0);
    if (key.length === 1 && !this.list.chat.settings.single_keys) return false;
    const asked = { Escape: "compose", "?": "message-keys" }[key];
    if (asked) this.list.ask(asked);
    return Boolean(asked) || this.#walks(key, row) || this.#act(key, row);
  }

  #inside({ key, target }, row) {
    if (key === "Escape") return this.#go(row);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (step) return this.#step(row, this.#controls(row).indexOf(target) + step);
    return this.#walks(key, row);
  }

  /** From message to message; when the one in focus was scrolled away, from the edge of what is in view. */
  #walks(key, row) {
    const { rows } = this;
    const { scroll } = this.list;
    const beside = (step, atEdge) => (scroll.isInView(row) ? rows[rows.indexOf(row) + step] : atEdge);
    if (key === "ArrowUp") return this.#go(beside(-1, scroll.lastInView()) ?? row);
    if (key === "ArrowDown") return this.#go(beside(1, scroll.firstInView()) ?? row);
    if (key === "Home") return this.#go(rows[0]);
    if (key === "End") this.list.toNewest();
    return key === "End";
  }

  #go(row) {
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** The actions first, then the links and buttons of the message as they stand. */
  #controls(row) {
    const all = [...row.querySelectorAll(CONTROLS)];
    const isAction = (control) => control.closest(".message-toolbar, .message-actions") !== null;
    return [...all.filter(isAction), ...all.filter((control) => !isAction(control))];
  }

  #step(row, to) {
    const controls = this.#controls(row);
    controls.at(to % controls.length)?.focus();
    return true;
  }

  #act(key, row) {
    const { message } = row.row;
    const action = actionsOf(message, row.rights).find((each) => each.key === key.toLowerCase());
    if (action) this.list.ask(`message-${action.name}`, message);
    return Boolean(action);
  }
}
