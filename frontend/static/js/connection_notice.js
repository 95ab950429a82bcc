/**
 * What the banner says about the connection (rule U13): nothing for five seconds, then that it is gone and how many
 * messages wait, and when it is back what was sent and what is new. A server that says why it pauses is heard at once.
 * A notice, not a state machine of the socket.
 */

const PATIENCE_SECONDS = 5;
const GOOD_NEWS_SECONDS = 5;

export class ConnectionNotice extends EventTarget {
  /** @type {null | {kind: "lost", why?: string} | {kind: "back", sent: number, fresh: number}} */
  notice = null;
  #timer = 0;
  #waiting = 0;

  /** @param {{patienceSeconds?: number, goodNewsSeconds?: number}} [times] */
  constructor({ patienceSeconds = PATIENCE_SECONDS, goodNewsSeconds = GOOD_NEWS_SECONDS } = {}) {
    super();
    Object.assign(this, { patienceSeconds, goodNewsSeconds });
  }

  lost() {
    const isSaid = this.notice?.kind === "lost" && !this.notice.why;
    if (isSaid || this.#waiting) return;
    this.#waiting = 1;
    this.#after(this.patienceSeconds, { kind: "lost" });
  }

  /** @param {{then: string, frame?: {text: string} | null}} closing */
  closed({ then, frame }) {
    if (then !== "pause" || !frame) return;
    clearTimeout(this.#timer);
    this.#show({ kind: "lost", why: frame.text });
  }

  /** @param {{sent: number, fresh: number}} news */
  back(news) {
    const wasShown = this.notice?.kind === "lost";
    this.#waiting = 0;
    clearTimeout(this.#timer);
    if (!wasShown) return;
    this.#show({ kind: "back", ...news });
    this.#after(this.goodNewsSeconds, null);
  }

  /** A message that was missed has come. */
  oneMore() {
    if (this.notice?.kind !== "back") return;
    this.notice = { ...this.notice, fresh: this.notice.fresh + 1 };
    this.dispatchEvent(new Event("change"));
  }

  #after(seconds, notice) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show(notice), seconds * 1000);
  }

  #show(notice) {
    this.#waiting = 0;
    this.notice = notice;
    this.dispatchEvent(new Event("change"));
  }
}
