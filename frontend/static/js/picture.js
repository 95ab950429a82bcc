/**
 * A photo of a phone is larger than a page may send: it is made smaller here, before it leaves, and loses at once what
 * else the file tells (where it was taken, when). What can't be made smaller is named, instead of a page that fails.
 */

const LONGEST_SIDE = 1024;
const MOST_BYTES = 900_000; // accounts.actions.pictures holds the limit

const input = /** @type {HTMLInputElement | null} */ (document.querySelector('input[type="file"][name="picture"]'));

/** @type {Promise<void> | null} */
let work = null;

/**
 * @param {File} file
 * @returns {Promise<File>} a JPEG of at most LONGEST_SIDE
 */
async function madeSmaller(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.ceil(bitmap.width * scale), Math.ceil(bitmap.height * scale));
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "white"; // in place of what was transparent
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })], "picture.jpg", { type: "image/jpeg" });
}

/** @param {HTMLInputElement} field */
async function fit(field) {
  const file = field.files?.[0];
  field.setCustomValidity("");
  if (!file || file.size <= MOST_BYTES) return;
  try {
    const files = new DataTransfer();
    files.items.add(await madeSmaller(file));
    field.files = files.files;
  } catch {
    field.setCustomValidity(field.dataset.tooLarge ?? " "); // no picture that this browser can read
  }
}

input?.addEventListener("change", () => {
  const mine = fit(input).then(() => {
    if (work === mine) work = null;
  });
  work = mine;
});

input?.form?.addEventListener("submit", (event) => {
  if (!work) return;
  event.preventDefault();
  // In a turn of its own: while a form is being submitted, a browser ignores that it is asked to submit it.
  void work.then(() => setTimeout(() => input.form?.requestSubmit(event.submitter)));
});
