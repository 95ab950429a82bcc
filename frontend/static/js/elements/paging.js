/**
 * Brings older and newer pages while the reader comes near an edge of the window, one at a time: a page that was asked
 * for before the window started anew would leave a hole in it.
 */
import { PAGE_AHEAD_PIXELS } from "#lib/scroll";

const RETRY_SECONDS = 3;

export class Paging {
  #loading = null;

  /** @param {import("#elements/chat-timeline").ChatTimeline} list */
  constructor(list) {
    this.list = list;
  }

  /** Another room: what is under way is not waited for. */
  enter() {
    this.#loading = null;
  }

  /** Looks again after each page: at the very edge no scrolling follows that would ask for the next. */
  async page() {
    const wants = this.#wants;
    if (this.#loading || !wants) return;
    if (await this.load(() => this.list.chat[wants]())) this.page();
    else setTimeout(() => this.page(), RETRY_SECONDS * 1000);
  }

  get #wants() {
    const { chat, scroll, isEntered } = this.list;
    if (!chat.isConnected || !chat.view || !isEntered) return null;
    if (!scroll?.scroller.checkVisibility()) return null;
    const { state } = chat.view;
    if (scroll.fromStart < PAGE_AHEAD_PIXELS && state.moreBefore) return "older";
    return scroll.fromEnd < PAGE_AHEAD_PIXELS && state.moreAfter ? "newer" : null;
  }

  /** @returns {Promise<boolean>} whether it came; by then it is rendered */
  async load(ask) {
    const { chat, isEntered } = this.list;
    const room = chat.current;
    const load = this.#after(isEntered ? this.#loading : null, () => room === chat.current && ask());
    this.#loading = load;
    const isThere = await load;
    if (this.#loading === load) this.#loading = null;
    return isThere;
  }

  async #after(earlier, ask) {
    if (earlier) await earlier;
    try {
      return (await ask()) !== false;
    } catch {
      return false;
    } finally {
      await this.list.updateComplete;
    }
  }
}
