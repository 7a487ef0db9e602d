// The parts of a message: words, markdown, cards, pictures, files, links. Each is drawn as one block.

import { button, el, link } from "./elements.js";
import { markup, words } from "./words.js";

const KINDS = {
  text: ({ text, citation }) => el("div", "bubble", ...words(cited(text, citation))),
  markdown: ({ text, citation }) => el("div", "bubble", ...markup(text), ...(citation ? words(citation) : [])),
  card: ({ id, title, ...rest }, press) => card({ ...rest, title, press: (command) => press(id, command) }),
  image: picture,
  file: ({ attachment, name, alt }) => card({ title: savedAs(attachment, name), description: alt === name ? "" : alt }),
  link: ({ title, description, url }) => card({ title: link(url, title || url), description }),
};

/** `press(card, command)` is called for a button of a card; what it returns is waited for. */
export const drawn = (part, press) => KINDS[part.kind ?? "text"](part, press);

/** A message in one line. */
export const gist = ({ text, parts }) => (text || parts[0].title).replace(/\s+/g, " ").slice(0, 80);

const cited = (text, citation) => (citation ? `${text}\n${citation}` : text);
const kept = (attachment) => `/simulator/attachments/${attachment}`;

function card({ title, description, rows = [], buttons = [], press }) {
  const heading = el("p", "card-title", title);
  const node = el("div", "card", heading);
  node.role = "group";
  node.ariaLabel = heading.textContent;
  if (description) node.append(el("div", "card-words", ...words(description)));
  if (rows.length) node.append(el("dl", "", ...rows.flatMap(([name, value]) => [el("dt", "", name), el("dd", "", value)])));
  if (buttons.length) node.append(el("div", "card-buttons", ...buttons.map((one) => cardButton(one, press))));
  return node;
}

/** Deaf while its press is under way. Not `disabled`: that would take the focus away. */
function cardButton({ label, command }, press) {
  const node = button("card-button", async () => {
    if (node.ariaDisabled === "true") return;
    node.ariaDisabled = "true";
    await press(command);
    node.ariaDisabled = "false";
  }, label);
  node.title = command;
  return node;
}

function picture({ attachment, alt }) {
  const image = el("img", "picture");
  image.addEventListener("error", () => image.replaceWith(el("div", "bubble", ...words(alt))));
  image.alt = alt;
  image.src = kept(attachment);
  return image;
}

function savedAs(attachment, name) {
  const node = el("a", "", name);
  node.href = kept(attachment);
  node.download = name;
  return node;
}
