/** The page of a member follows what they open and close: it is loaded anew as soon as anything on it has changed. */

import { poll } from "#polled";

const SEEN_MS = 1_500;

const page = /** @type {HTMLElement} */ (document.getElementById("member"));

poll(page.dataset.stateUrl ?? "", SEEN_MS, (state) => {
  if (state.version !== page.dataset.version) location.reload();
});
