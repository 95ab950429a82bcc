/**
 * The pages before anything is open, the gate's and the one of somebody who waits for the school: each asks whether the
 * door is open, often enough to be in within 2 s, and goes in by itself. It holds no socket (S18).
 */

import { poll } from "#polled";
import { showUnsent } from "#unsent";

const SEEN_MS = 1_500;

const gate = /** @type {HTMLElement} */ (document.getElementById("gate"));

showUnsent();
poll(gate.dataset.stateUrl ?? "", SEEN_MS, (state) => {
  if (state.open) location.replace("/");
  else if (state.version !== gate.dataset.version) location.reload();
});
