/**
 * The only place where HTML from the server becomes elements. It has passed two sanitisers there; here it passes a
 * third where the browser has one (Element.setHTML), else the one Trusted Types policy of ours.
 */

const SANITIZER = {
  elements: [
    ...["p", "br", "strong", "em", "blockquote", "ul", "li"].map((name) => ({ name, attributes: [] })),
    { name: "a", attributes: ["href", "rel"] },
    { name: "ol", attributes: ["start"] },
    { name: "pre", attributes: ["tabindex"] },
    { name: "code", attributes: ["class"] },
    { name: "div", attributes: ["class"] },
    { name: "span", attributes: ["class", "data-seat"] },
  ],
  attributes: [],
  comments: false,
  dataAttributes: false,
};

let policy;

/** @param {Element} element  @param {string} html as stored by the server */
export function setBody(element, html) {
  if (element.setHTML) {
    element.setHTML(html, { sanitizer: SANITIZER });
    return;
  }
  policy ??= globalThis.trustedTypes?.createPolicy("chat", { createHTML: (stored) => stored });
  element.innerHTML = policy ? policy.createHTML(html) : html;
}
