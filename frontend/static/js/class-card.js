/**
 * The class card's door: what the picture of a card holds stands behind the # of the address, where no server and no
 * log sees it. It goes into the form, and out of the address: the next child on this device finds nothing.
 */

const words = document.getElementById("by-phrase");
const picture = document.getElementById("by-picture");
const secret = picture.elements.namedItem("secret");

function takePicture() {
  const held = location.hash.slice(1);
  if (!held) return;
  secret.value = held;
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("card-fault")?.remove(); // it was about something else
  words.hidden = true;
  picture.hidden = false;
  const pin = picture.elements.namedItem("pin");
  pin.removeAttribute("aria-invalid");
  pin.focus();
}

takePicture();
addEventListener("hashchange", takePicture);
const notice = document.getElementById("cookies-blocked");
if (notice) notice.hidden = navigator.cookieEnabled;
