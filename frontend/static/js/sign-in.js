/** The sign-in page: says so when the browser blocks cookies (S6), and shows what was not sent when the chat closed. */

import { showUnsent } from "#unsent";

const notice = document.getElementById("cookies-blocked");
if (notice) notice.hidden = navigator.cookieEnabled;
showUnsent();
