// The page's side of the desk, where there is one: rows, fitting and answers by the Python behind `dofx studio`.

import { Faulty } from "./compiler.js";

export class Gone extends Error {
  constructor() {
    super("Python has stopped. The page keeps what you wrote; start it again to fit.");
  }
}

/** Over HTTP, from the server that handed out the page. */
const server = {
  async ask(request) {
    return sent("desk", JSON.stringify(request));
  },
  async give(name, file) {
    return sent(`rows/${encodeURIComponent(name)}?file=${encodeURIComponent(file.name)}`, file);
  },
};

async function sent(path, body) {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", body });
  } catch {
    throw new Gone();
  }
  if (answer.status === 413) throw new Error("This is too large.");
  if (!answer.ok) throw new Gone();
  return answer.json();
}

export class Desk {
  #way;

  constructor(way) {
    this.#way = way;
  }

  /** The desk behind this page, in a notebook or a server; null for a page that stands alone. */
  static find(notebook) {
    if (notebook) return new Desk(notebook.desk);
    return document.querySelector('meta[name="dofx-desk"]') ? new Desk(server) : null;
  }

  /** What the desk answers; a `Faulty` is thrown for what is wrong with program or rows. */
  async ask(request) {
    return value(await this.#way.ask(request));
  }

  /** Hand over a file as the rows of a data set. */
  async give(name, file) {
    return value(await this.#way.give(name, file));
  }
}

function value(response) {
  if (response.broken) throw new Error(response.broken);
  if (response.faults) throw new Faulty(response.faults);
  return response.value;
}
