/**
 * The page in front of the chat: asks whether the door is open, every 2 s while somebody looks, every 30 s while nobody
 * does, and goes in by itself. It holds no socket (S18).
 */

import { showUnsent } from "#unsent";

const SEEN_MS = 2_000;
const HIDDEN_MS = 30_000;

const gate = /** @type {HTMLElement} */ (document.getElementById("gate"));
let etag = "";
let timer = 0;
let asking = false;

async function ask() {
  /** @type {Record<string, string>} */
  const headers = etag ? { "If-None-Match": etag } : {};
  const response = await fetch(gate.dataset.stateUrl ?? "", { headers, cache: "no-store" });
  if (response.status === 401) location.replace("/sign-in/");
  if (!response.ok) return;
  etag = response.headers.get("ETag") ?? "";
  const state = await response.json();
  if (state.open) location.replace("/");
  else if (state.version !== gate.dataset.version) location.reload();
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
  timer = window.setTimeout(round, document.hidden ? HIDDEN_MS : SEEN_MS);
}

document.addEventListener("visibilitychange", () => (document.hidden ? wait() : round()));
showUnsent();
wait();
