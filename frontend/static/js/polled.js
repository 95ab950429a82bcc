/**
 * The state of a page that holds no socket, asked of the server every few seconds while somebody looks and seldom while
 * nobody does. An answer that is the same as before is not told.
 */

const HIDDEN_MS = 30_000;

/**
 * @param {string} url answers with JSON and an ETag; 401 once nobody is signed in
 * @param {number} seenMs between two questions while the page is seen
 * @param {(state: any) => void} told
 */
export function poll(url, seenMs, told) {
  let etag = "";
  let timer = 0;
  let asking = false;

  async function ask() {
    /** @type {Record<string, string>} */
    const headers = etag ? { "If-None-Match": etag } : {};
    const response = await fetch(url, { headers, cache: "no-store" });
    if (response.status === 401) location.replace("/sign-in/");
    if (!response.ok) return;
    etag = response.headers.get("ETag") ?? "";
    told(await response.json());
  }

  async function round() {
    if (asking) return;
    asking = true;
    try {
      await ask();
    } catch {
      // Offline, or the server starts again: the next round asks anew.
    }
    asking = false;
    wait();
  }

  function wait() {
    clearTimeout(timer);
    timer = window.setTimeout(round, document.hidden ? HIDDEN_MS : seenMs);
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? wait() : round()));
  wait();
}
