/**
 * The text of a message in the page: a Lit directive, so that a body is set once per version and its mentions once per
 * roster. Mentions are stored as seats and become names here; code blocks get their copy button.
 */
import { Directive, directive, html, render } from "#lit";
import { setBody } from "#trusted";
import { icon } from "#elements/base";

class MessageBody extends Directive {
  #shown = null;

  render() {}

  /** @param {{element: Element}} part  @param {[object]} args message, roster, own seat, words */
  update({ element }, [{ message, roster, mySeat, words }]) {
    if (this.#shown?.text !== message.text || this.#shown?.html !== message.html) this.#fill(element, message, words);
    if (this.#shown.rosterPeople !== roster.people) nameMentions(element, roster, mySeat);
    this.#shown = { text: message.text, html: message.html, rosterPeople: roster.people };
  }

  #fill(element, { text, html: stored }, words) {
    this.#shown = {};
    if (stored == null) return fillPlain(element, text ?? "");
    setBody(element, stored);
    element.querySelectorAll("a").forEach(outward);
    return element.querySelectorAll(".code-block").forEach((block) => addCopy(block, words));
  }
}

export const messageBody = directive(MessageBody);

/** Plain text is set as text; its line breaks are the look's (white-space). */
function fillPlain(element, text) {
  const paragraph = document.createElement("p");
  paragraph.className = "message-plain";
  paragraph.textContent = text;
  element.replaceChildren(paragraph);
}

/** No link here is a stop for Tab: message_keys.js leads to them. */
function outward(link) {
  link.tabIndex = -1;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow ugc";
}

function nameMentions(element, roster, mySeat) {
  for (const mention of element.querySelectorAll(".mention[data-seat]")) {
    const seat = Number(mention.dataset.seat);
    const name = roster.name(seat);
    if (name) mention.textContent = `@${name}`;
    mention.toggleAttribute("data-you", seat === mySeat);
    if (seat === mySeat) mention.dataset.kind = "you";
  }
}

function addCopy(block, words) {
  const head = block.querySelector(".code-block-head");
  const code = block.querySelector("code");
  const pre = block.querySelector("pre");
  const label = words.say("code_of", { language: head?.textContent || words.say("code") });
  pre?.setAttribute("aria-label", label);
  pre?.removeAttribute("tabindex"); // its lines break: there is nothing to scroll here
  const copy = () => navigator.clipboard?.writeText(code.textContent);
  const place = document.createElement("span");
  head?.append(place);
  render(
    html`<button class="button" type="button" data-kind="quiet" data-size="small" tabindex="-1" @click=${copy}>${icon("copy")}<span>${words.say("copy")}</span></button>`,
    place,
  );
}
