// The page's side of the desk, where there is one: rows, fitting and answers by the Python behind `dofx studio`.

import { Faulty } from "./compiler.js";

export class Gone extends Error {
  constructor() {
    super("Python has stopped. The page keeps what you wrote: copy it, and start dofx studio again.");
  }
}

/** Over HTTP, from the server that handed out the page. */
const server = {
  async ask(request) {
    return sent("desk", JSON.stringify(request));
  },
  async give(name, file, more) {
    return sent(`rows?${new URLSearchParams({ name, file: file.name, more })}`, file);
  },
};

/** The compiler as the server has it: requests in, responses out, as a worker would do it. */
function served() {
  const port = {
    onmessage: null,
    async postMessage({ id, request }) {
      const began = performance.now();
      let response;
      try {
        response = await sent("compiler", JSON.stringify(request));
      } catch (error) {
        response = { broken: error.message };
      }
      port.onmessage?.({ data: { id, response, took: performance.now() - began } });
    },
  };
  queueMicrotask(() => port.onmessage?.({ data: { ready: true } }));
  return port;
}

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

  /** The compiler behind the same server, as a port of `Compiler`; null for a page that compiles by itself. */
  static port(notebook) {
    if (notebook) return notebook.port;
    return document.querySelector('meta[name="dofx-desk"]') ? served() : null;
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

  /** Hand over a file as the rows of a data set, or as one more file of the same people. */
  async give(name, file, more = false) {
    return value(await this.#way.give(name, file, more));
  }
}

function value(response) {
  if (response.broken) throw new Error(response.broken);
  if (response.faults) throw new Faulty(response.faults);
  return response.value;
}
