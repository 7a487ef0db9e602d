// The two lists on the left, redrawn only where something changed, so that focus and reading stay where they are.

import { badge } from "./bubbles.js";
import { button, el } from "./elements.js";

export class Roster {
  #list;
  #onPick;
  #known = new Map();

  constructor(list, onPick) {
    this.#list = list;
    this.#onPick = onPick;
  }

  /** Rows `{id, face, name, second, draft, time, unread, dot, current, spoken}`, in order. `face` draws the avatar. */
  draw(rows) {
    const nodes = rows.map((row) => this.#nodeFor(row));
    const shown = [...this.#list.children];
    if (nodes.length === shown.length && nodes.every((node, index) => node === shown[index])) return;
    const focused = this.#list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    this.#list.replaceChildren(...nodes);
    if (focused !== null) this.focus(focused);
  }

  focus(id) {
    this.#known.get(id)?.node.firstElementChild.focus();
  }

  #nodeFor(row) {
    const { face, ...shown } = row;
    const signature = JSON.stringify(shown);
    const known = this.#known.get(row.id);
    if (known?.signature === signature) return known.node;
    const node = el("li", "", this.#button(row));
    this.#known.set(row.id, { signature, node });
    return node;
  }

  #button({ id, face, name, second, draft, time, unread, dot, current, spoken }) {
    const preview = el("span", "row-second", draft ? el("span", "draft", "[草稿] ") : "", draft || second);
    const picture = el("span", "face", face(), badge(unread, dot));
    const first = el("span", "row-first", el("span", "row-name", name), el("span", "row-time", time));
    const ears = unread > 0 ? el("span", "for-ears", dot ? "有未读私信" : `${unread} 条未读`) : "";
    const node = button("row", () => this.#onPick(id), picture, el("span", "row-words", first, preview), ears);
    node.dataset.id = id;
    if (current) node.ariaCurrent = "true";
    if (spoken) node.title = spoken;
    return node;
  }
}
