/**
 * What the client does at each close code: the table of docs/protocol.md, and nothing beside it.
 *
 * `then` is one of
 * - `return`: come back; the first try is spread over `spreadSeconds`, later ones back off
 * - `pause`:  come back after the `retry_after_seconds` of the `closing` frame
 * - `reload`: load the page again, once; drafts and outbox stay
 * - `leave`:  this session is over: go to `url`, and nothing of the member stays on this device
 *
 * `fails` says which frame in flight is to blame: it is marked failed and not sent again by itself.
 *
 * @typedef {{then: "return"|"pause"|"reload"|"leave", spreadSeconds?: number, url?: string, fails?: "largest"|"oldest"}} Remedy
 */

const RETURN = { then: "return", spreadSeconds: 1 };

/** @type {Record<number, Remedy>} */
export const CLOSINGS = {
  1001: RETURN,
  1006: RETURN,
  1009: { ...RETURN, fails: "largest" },
  1011: RETURN,
  1012: { then: "return", spreadSeconds: 5 },
  4429: { then: "pause" },
  4440: { then: "reload" },
  4450: { then: "reload", fails: "oldest" },
  4451: { then: "leave", url: "/sign-in/" },
  4452: { then: "leave", url: "/gate/" },
  4453: { then: "leave", url: "/gate/" },
  4454: { then: "leave", url: "/gate/" },
  4455: { then: "leave", url: "/gate/" },
};

/**
 * @param {number} code of the close event; one that the table doesn't know is treated as a cut
 * @returns {Remedy}
 */
export function remedyOf(code) {
  return CLOSINGS[code] ?? RETURN;
}

/** @param {number} code */
export function isFinal(code) {
  return remedyOf(code).then === "leave";
}
