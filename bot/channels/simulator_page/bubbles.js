// What is drawn: avatars, bubbles, time stamps, toasts. Words of people go in as text nodes only.

const COLOURS = 10; // .tint-0 … .tint-9 in the style sheet
const LIST_ITEM = /^\s*(?:\d{1,3}[.、．)）]|[-•·])\s*/;

/** An element with classes and children; strings become text nodes. */
export function el(tag, classes, ...children) {
  const node = document.createElement(tag);
  if (classes) node.className = classes;
  node.append(...children);
  return node;
}

export function button(classes, onClick, ...children) {
  const node = el("button", classes, ...children);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
}

/** A square with the first character of a name, always in the same colour for the same id. */
export function avatar(id, name) {
  const node = el("span", `avatar tint-${tint(id)}`, initial(name));
  node.ariaHidden = "true";
  return node;
}

export function botAvatar() {
  const image = el("img", "avatar");
  image.src = "/simulator/static/icon.svg";
  image.alt = "";
  return image;
}

/** Up to nine members in a grid, the bot among them. */
export function groupAvatar(people) {
  const members = people.slice(0, people.length > 3 ? 8 : 3);
  const tiles = members.map((person) => el("span", `tint-${tint(person.id)}`, initial(person.name)));
  const bot = el("img", "");
  bot.src = "/simulator/static/icon.svg";
  bot.alt = "";
  const node = el("span", `avatar mosaic ${members.length > 3 ? "of-nine" : "of-four"}`, ...tiles, bot);
  node.ariaHidden = "true";
  return node;
}

/** The text of a message: each line a block, items of numbered lists with a hanging indent. */
export function words(text) {
  return text.split("\n").map((line) => {
    const marker = LIST_ITEM.exec(line)?.[0];
    if (!marker || marker.length === line.length) return el("span", "words-line", line || el("br", ""));
    return el("span", "words-line item", el("span", "marker", marker), line.slice(marker.length));
  });
}

/** One message. `side` is "mine" or "theirs"; `label` stands above the bubble in groups ([name, role]). */
export function bubble({ side, face, speaker, label, text }) {
  const body = el("div", "bubble", ...words(text));
  const column = el("div", "said");
  if (label) column.append(el("div", "label", el("span", "", label[0]), el("span", "role", label[1])));
  else column.append(el("span", "for-ears", `${speaker}：`));
  column.append(body);
  return el("div", `message ${side}`, face, column);
}

export function stampRow(label) {
  return el("div", "stamp", label);
}

/** The red mark at a message that did not get out; pressing it sends it again. */
export function failedMark(onRetry) {
  const mark = button("failed-mark", onRetry, "!");
  mark.ariaLabel = "没发出去，点这里重发";
  mark.title = "没发出去，点这里重发";
  return mark;
}

/** The count of unread messages; `dot` only says that there are some. */
export function badge(count, dot = false) {
  if (count === 0) return "";
  const shown = dot ? "" : count > 99 ? "99+" : String(count);
  const node = el("span", dot ? "badge dot" : "badge", shown);
  node.ariaHidden = "true";
  return node;
}

let toastTimer = 0;

export function toast(sentence) {
  const place = document.getElementById("toast");
  place.textContent = sentence;
  place.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => place.classList.remove("shown"), 3000 + 60 * sentence.length);
}

const initial = (name) => [...name.trim()][0] ?? "?";

function tint(id) {
  let hash = 2166136261;
  for (const character of id) hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  return (hash >>> 8) % COLOURS;
}
