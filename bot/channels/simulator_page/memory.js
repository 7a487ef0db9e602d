// What this browser remembers of its own: who it was, what each person has read, whether the hint was seen.
// A browser that forbids storage just forgets.

const PREFIX = "lianxin-simulator:";

function keep(store, name, value) {
  try {
    store().setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // storage is off or full
  }
}

function recall(store, name, otherwise) {
  try {
    return JSON.parse(store().getItem(PREFIX + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

const lasting = () => localStorage;
const thisTab = () => sessionStorage;

export const hintSeen = () => recall(lasting, "hint", false);
export const rememberHint = () => keep(lasting, "hint", true);

/** Two tabs can be two people; a new tab starts as whoever was last. */
export const lastPerson = () => recall(thisTab, "me", null) ?? recall(lasting, "me", null);
export function rememberPerson(id) {
  keep(thisTab, "me", id);
  keep(lasting, "me", id);
}

/** Person and chat → id of the last line read. All that was there at the first visit counts as read. */
export class ReadMarks {
  #marks;
  #base;
  #newest;

  constructor(newest) {
    const saved = recall(lasting, "read", null);
    const usable = saved !== null && saved.newest <= newest;
    this.#marks = usable ? saved.marks : {};
    this.#base = usable ? saved.base : newest;
    this.#newest = newest;
    this.#save();
  }

  upTo(person, chat) {
    return this.#marks[`${person}|${chat}`] ?? this.#base;
  }

  set(person, chat, id) {
    if (id <= this.upTo(person, chat)) return;
    this.#marks[`${person}|${chat}`] = id;
    this.#newest = Math.max(this.#newest, id);
    this.#save();
  }

  #save() {
    keep(lasting, "read", { base: this.#base, newest: this.#newest, marks: this.#marks });
  }
}
