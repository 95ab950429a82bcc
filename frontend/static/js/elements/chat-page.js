/**
 * The chat page: makes the Chat from the snapshot in the page, hands it to the elements, and does what concerns the
 * browser: addresses, title, focus, keys of the whole page, what is said aloud, leaving.
 */
import { Announcer } from "#announcer";
import { Chat } from "#chat";
import { ChatSocket } from "#socket";
import { connected } from "#elements/connected";
import { Toast } from "#elements/dialogs";
import { MessageActs } from "#elements/message_acts";
import { DetailsSheet } from "#elements/details_sheet";
import { takeLeave } from "#farewell";
import { Pocket } from "#lib/pocket";
import { MemoryStore, openStore } from "#lib/store";
import { Clock, readersLocale } from "#lib/time";
import { mentions, toNames } from "#mentions";
import { adoptSprite } from "#elements/sprite";
import { areas, nextArea } from "#elements/areas";
import { showCourses } from "#elements/rail";
import { placeOf } from "#place";
import { rightsOf } from "#rights";
import { needsNewPage, themeOf } from "#settings";
import { Words } from "#words";
import "#elements/chat-banner";
import "#elements/chat-composer";
import "#elements/chat-head";
import "#elements/chat-room-list";
import "#elements/chat-timeline";
import "#elements/chat-typing";

const ELEMENTS = [
  "chat-room-list",
  "chat-head",
  "chat-banner",
  "chat-timeline",
  "chat-typing",
  "chat-composer",
  "chat-panel",
];
const RELOADED = "reloaded";
const TELL_SECONDS = 1;
const RELOAD_PAUSE_SECONDS = 60;
const HEARD_SECONDS = 5;
const narrow = matchMedia("(width < 720px)");
const sheet = matchMedia("(width < 1100px)");

class ChatPage extends HTMLElement {
  connectedCallback() {
    const snapshot = JSON.parse(document.getElementById("snapshot").textContent);
    const { me } = snapshot;
    const { lang } = document.documentElement; // the page's language, which a visitor may have chosen for this browser
    this.words = new Words(snapshot.words, lang);
    this.clock = new Clock(readersLocale(lang), me.time_zone);
    this.toast = new Toast(this.querySelector("[data-part=toasts]"));
    const setting = () => this.chat.settings.announcements;
    this.announcer = new Announcer((count, messages) => this.#announce(count, messages), setting);
    const isShared = this.hasAttribute("data-keeps-nothing"); // what is written lives as long as the page
    this.chat = new Chat({
      snapshot,
      store: isShared ? new MemoryStore() : lazy(openStore(me.id)),
      pocket: isShared ? new Pocket(me.id, sessionStorage) : new Pocket(me.id),
      connect: (last) => connect(snapshot, last),
      fetchRoom,
    });
    for (const name of ELEMENTS) this[name] = this.querySelector(name);
    this.#wire();
    for (const name of ELEMENTS)
      if (this[name]) Object.assign(this[name], { words: this.words, clock: this.clock, chat: this.chat });
    this.#fit();
    this.#retitle();
    this.#missing();
    adoptSprite().catch(() => undefined);
    this.chat.start().then(() => this["chat-composer"].draftsLoaded());
  }

  #wire() {
    this.#wireChat();
    this.#wireBrowser();
    this.#wireMessages();
  }

  #wireChat() {
    const on = (type, act) => this.chat.addEventListener(type, ({ detail }) => act(detail));
    on("change", (part) => part === "rooms" && this.#retitle());
    on("arrived", (frame) => this.#arrived(frame));
    on("sent", () => this.#say(this.words.say("sent")));
    on("failed", (error) => this.#say(error.text, "assertive"));
    on("gone", () => this.#fault("room_gone"));
    on("closing", (closing) => this.#closing(closing));
    on("settings", (before) => this.#settled(before));
    on("refused", () => this.#askWhetherSignedIn());
    this.chat.socket.addEventListener("ready", () => this.#openPermalink(), { once: true });
    this.chat.socket.addEventListener("state", ({ detail }) => (this.dataset.connection = detail));
  }

  #wireBrowser() {
    connected(this.chat);
    addEventListener("popstate", () => this.#follow());
    addEventListener("hashchange", () => this.#details());
    new DetailsSheet(this, () => ({ chat: this.chat, words: this.words, clock: this.clock }), sheet);
    addEventListener("pagehide", () => this.chat.drafts.leave());
    addEventListener("keydown", (event) => this.#key(event));
    narrow.addEventListener("change", () => this.#fit());
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("submit", (event) => this.#signOut(event));
  }

  #wireMessages() {
    const [timeline, composer] = [this["chat-timeline"], this["chat-composer"]];
    const { chat, words, clock, toast } = this;
    const say = (text) => this.#say(text, "assertive");
    const acts = new MessageActs({ chat, timeline, words, clock, toast, say });
    const heard = {
      compose: () => composer.focusText(),
      "message-written": () => timeline.showOwn(),
      "message-reply": (message) => composer.reply(message.seq),
      "message-edit": (message) => composer.edit(message),
      "message-copy": (message) => acts.copy(message.text ?? ""),
      "message-remove": (message) => acts.remove(message),
      "message-mute": (message) => acts.mute(message),
      "message-unread": (message) => acts.unread(message),
      "message-open": (message) => acts.open(message),
      "message-versions": (message) => acts.versions(message),
      "message-jump": (seq) => this.#jump(seq),
      "message-keys": () => acts.keys(),
      "mark-read": () => acts.markRead(),
      "message-permalink": (seq) => this.#permalink(seq),
      "entry-retry": ({ cid }) => this.chat.outbox.retry(cid),
      "entry-copy": ({ text }) => acts.copy(text),
      "entry-delete": ({ cid }) => this.chat.outbox.remove(cid),
      "edit-last": () => this.#editLast(),
      "member-unmute": (person) => acts.unmute(person),
      "panel-toggle": () => this.#togglePanel(),
    };
    for (const [type, act] of Object.entries(heard)) this.addEventListener(type, ({ detail }) => act(detail));
  }

  /** What depends on the width and has to be said in the markup. */
  #fit() {
    this["chat-room-list"].large = narrow.matches;
    this.chat.lastWords.show(narrow.matches && this.dataset.view === "list");
    this["chat-room-list"].alone = narrow.matches && this.dataset.view === "list";
    this["chat-composer"].narrow = narrow.matches;
  }

  // --- going from room to room --------------------------------------------------------------------------------------

  #click(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.dataset.room) this.#take(event, () => this.#go(Number(link.dataset.room)));
    else if (link.dataset.go === "list" && narrow.matches) this.#take(event, () => this.#list());
    else if (link.dataset.go === "drafts") this.#take(event, () => this.#toDrafts(link.href));
  }

  #take(event, act) {
    event.preventDefault();
    act();
  }

  async #go(id) {
    if (!(await this.#open(id))) return;
    history.pushState(null, "", `/rooms/${id}/`);
    if (!narrow.matches) this["chat-composer"].focusText();
  }

  #list() {
    history.pushState(null, "", "/rooms/");
    this.#view("list");
  }

  /** The list of drafts is the server's: it gets the last of them first. */
  async #toDrafts(url) {
    const soon = new Promise((resolve) => setTimeout(resolve, TELL_SECONDS * 1000));
    await Promise.race([this.chat.drafts.tell(), soon]);
    location.assign(url);
  }

  /** On a phone one column at a time. */
  #view(name) {
    this.dataset.view = name;
    if (name === "list") this["chat-timeline"].leave();
    this.#fit();
    this["chat-timeline"].look();
  }

  /** Back and forward. */
  async #follow() {
    const { room, seq } = placeOf(location.pathname);
    if (!room) this.#view("list");
    else await this.#open(room);
    if (seq) await this.#jump(seq);
  }

  /** @returns {Promise<boolean | undefined>} */
  async #open(id) {
    if (id !== this.chat.current) {
      this["chat-timeline"].leave();
      this.chat.drafts.save();
      this.chat.drafts.tell();
      if (!(await this.chat.go(id))) return this.#fault("room_not_opened");
    }
    this["chat-banner"].fault = null;
    this.#view("main");
    this.#retitle();
    return true;
  }

  #permalink(seq) {
    history.pushState(null, "", `/rooms/${this.chat.current}/${seq}/`);
    return this.#jump(seq);
  }

  #openPermalink() {
    const { seq } = placeOf(location.pathname);
    if (seq) this.#jump(seq);
  }

  /** The page came without the message that its address names. */
  #missing() {
    const { seq } = placeOf(location.pathname);
    if (seq && !this.chat.view?.state.message(seq)) this.#fault("message_not_there");
  }

  /** An address or a quote may lead to what this reader can't see, or no longer: the page says so. */
  async #jump(seq) {
    const isThere = await this["chat-timeline"].jumpTo(seq);
    const word = this.chat.isConnected ? this.words.say("message_not_there") : this.words.say("needs_connection");
    this["chat-banner"].fault = isThere ? null : word;
  }

  #fault(key) {
    this["chat-banner"].fault = this.words.say(key);
  }

  /** "(3) General · ClassTrak", and the numbers on the courses. */
  #retitle() {
    const { room, directory } = this.chat;
    const forMe = directory.totalForMe();
    document.title = `${forMe ? `(${forMe}) ` : ""}${room ? `${room.title} · ` : ""}ClassTrak`;
    showCourses(this.querySelector(".rail"), this.chat, this.words);
    const skip = document.querySelector('.skip-link[href="#write"]');
    if (skip) skip.hidden = !this.chat.may("send");
  }

  // --- messages -----------------------------------------------------------------------------------------------------

  #editLast() {
    const { state, roster } = this.chat.view;
    const reader = { room: this.chat.room, roster };
    const last = state.messages.findLast((message) => !message.removed && rightsOf(message, reader).edit);
    if (last) this["chat-composer"].edit(last);
  }

  // --- what is heard ------------------------------------------------------------------------------------------------

  #arrived(frame) {
    if (frame.room !== this.chat.current) return;
    this["chat-timeline"].arrived(frame.seq);
    const { roster } = this.chat.view;
    const name = roster.name(frame.by, this.words.say("somebody"));
    const { kind, my_seat: mySeat } = this.chat.room;
    const isForMe = kind === "direct" || mentions(frame.message.html, mySeat);
    this.announcer.message({ name, text: toNames(frame.message.text ?? "", roster), isForMe });
  }

  #announce(count, messages) {
    const few = count <= 2 && messages.map(({ name, text }) => `${name}: ${text}`).join(". ");
    this.#say(few || this.words.say("new_messages", { n: count }));
  }

  /** What was said goes when it has been heard: the message may be removed, or its author hidden, meanwhile. */
  #say(text, how = "polite") {
    const region = this.querySelector(`[data-part=${how}]`);
    region.textContent = text;
    setTimeout(() => region.textContent === text && (region.textContent = ""), HEARD_SECONDS * 1000);
  }

  // --- what the reader has chosen ---------------------------------------------------------------------------------

  /** The server speaks another language now: so does the page, before it is told the next sentence. */
  #settled(before) {
    const { settings } = this.chat;
    if (needsNewPage(before, settings)) {
      this.chat.drafts.save().finally(() => location.reload());
      return;
    }
    const theme = themeOf(settings);
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  }

  // --- panel, keys --------------------------------------------------------------------------------------------------

  /** On a wide screen the same address brings the column back. */
  #details() {
    const isAway = this.dataset.panel === "closed";
    if (!sheet.matches && location.hash === "#details" && isAway) this.#togglePanel();
  }

  #togglePanel() {
    const isClosed = this.dataset.panel !== "closed";
    this.dataset.panel = isClosed ? "closed" : "open";
    this["chat-head"].panelClosed = isClosed;
  }

  #key(event) {
    if (event.key !== "F6" || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    nextArea(areas(this), event.shiftKey ? -1 : 1)?.focus();
  }

  // --- leaving ------------------------------------------------------------------------------------------------------

  async #closing({ then, url, code, frame }) {
    if (then === "reload") this.#reloadOnce(code, frame);
    if (then === "leave") await this.#leave(frame?.remedy?.url ?? url);
  }

  /** A page that doesn't fit to the server is loaded again once, never in a loop. */
  #reloadOnce(code, frame) {
    const before = Number(sessionStorage.getItem(RELOADED) ?? 0);
    if (Date.now() - before < RELOAD_PAUSE_SECONDS * 1000) {
      this["chat-banner"].fault = frame?.text ?? this.words.say("reload_did_not_help", { code });
      return;
    }
    sessionStorage.setItem(RELOADED, Date.now());
    this.chat.drafts.save().finally(() => location.reload());
  }

  async #leave(url) {
    await this.#forget();
    location.replace(url);
  }

  async #forget() {
    const unsent = this.chat.unsent();
    this.chat.outbox.stop();
    this.chat.drafts.stop();
    this.chat.socket.stop();
    await takeLeave(unsent);
  }

  /** Refused twice: it may be the network, or the session is gone; the server says which. */
  async #askWhetherSignedIn() {
    const answer = await fetch(`${location.pathname}?format=json`, {
      redirect: "manual",
      credentials: "same-origin",
    }).catch(() => null);
    if (answer && (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403))
      await this.#leave(location.pathname);
  }

  async #signOut(event) {
    const form = event.target;
    if (!form.action.endsWith("/sign-out/")) return;
    event.preventDefault();
    await this.#forget();
    form.submit();
  }
}

function connect({ ws }, last) {
  const url = new URL(ws, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return new ChatSocket({ url: url.href, last });
}

async function fetchRoom(id) {
  const answer = await fetch(`/rooms/${id}/?format=json`, {
    credentials: "same-origin",
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) throw new Error(`room ${id}: ${answer.status}`);
  return answer.json();
}

/** The database opens while the page is already alive. */
function lazy(opening) {
  return {
    read: async (...what) => (await opening).read(...what),
    write: async (...what) => (await opening).write(...what),
  };
}

customElements.define("chat-page", ChatPage);
