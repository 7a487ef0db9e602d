// Text as nodes: each line a block, items of lists with a hanging indent, addresses as links.

import { el, link } from "./elements.js";

const LIST_ITEM = /^\s*(?:\d{1,3}[.、．)）]|[-•·])\s*/;
const QUOTE = /^\s*>\s?/;
const HEADING = /^#{1,6}\s+/;
const ADDRESS = /https?:\/\/[!#-&(-;=?-~]*[\w\/#=&-]/; // of printable ASCII all but quotes and angle brackets
const MARKS = new RegExp(`\\*\\*.+?\\*\\*|\`[^\`]+\`|\\[[^\\]]+\\]\\([^()\\s]+\\)|${ADDRESS.source}`, "i");
const PLAIN = new RegExp(ADDRESS.source, "i");

/** Plain text. */
export const words = (text) => text.split("\n").map((line) => written(line, PLAIN));

/** Markdown: bold, code, links, quotes, lists, headings. Whatever else it holds stays as it is written. */
export function markup(text) {
  const nodes = [];
  for (const line of text.split("\n")) {
    if (HEADING.test(line)) nodes.push(el("strong", "words-line", ...marked(line.replace(HEADING, ""), MARKS)));
    else if (!QUOTE.test(line)) nodes.push(written(line.replace(/^(\s*)[*+-](?=\s)/, "$1•"), MARKS));
    else {
      if (nodes.at(-1)?.tagName !== "BLOCKQUOTE") nodes.push(el("blockquote", ""));
      nodes.at(-1).append(written(line.replace(QUOTE, ""), MARKS));
    }
  }
  return nodes;
}

function written(line, marks) {
  const marker = LIST_ITEM.exec(line)?.[0];
  if (!marker || marker.length === line.length) {
    return el("span", "words-line", ...(line ? marked(line, marks) : [el("br", "")]));
  }
  return el("span", "words-line item", el("span", "marker", marker), ...marked(line.slice(marker.length), marks));
}

/** The words of a line, what stands between `marks` as the element it means. */
function marked(line, marks) {
  const nodes = [];
  for (let found = marks.exec(line); found; found = marks.exec(line)) {
    nodes.push(line.slice(0, found.index), meant(found[0]));
    line = line.slice(found.index + found[0].length);
  }
  return [...nodes, line].filter((node) => node !== "");
}

function meant(piece) {
  if (piece.startsWith("**")) return el("strong", "", ...marked(piece.slice(2, -2), PLAIN));
  if (piece.startsWith("`")) return el("code", "", piece.slice(1, -1));
  if (!piece.startsWith("[")) return link(piece, piece);
  const [, label, address] = /^\[(.+)\]\((.+)\)$/.exec(piece);
  return link(address, label);
}
