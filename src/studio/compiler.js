// The page's side of the compiler: a request and the promise of its response. It works in a thread of the page, or in
// the Python of a notebook.

export class Compiler {
  #worker;
  #waiting = new Map();
  #next = 1;

  /** @param port where the compiler is, if it is not in a thread of this page */
  constructor(port = new Worker(new URL("worker.js", document.baseURI), { type: "module", name: "compiler" })) {
    this.#worker = port;
    this.ready = new Promise((resolve, reject) => {
      this.#worker.onerror = (event) => reject(new Error(event.message || "the compiler did not load"));
      this.#worker.onmessage = ({ data }) => {
        if (data.ready) resolve();
        else if (data.broken) reject(new Error(data.broken));
        else if (data.whole) document.body.dataset.whole = "true"; // all of it has arrived
        else this.#settle(data);
      };
    });
  }

  #settle({ id, response, took }) {
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (response.broken) reject(new Error(response.broken));
    else if (response.faults) reject(new Faulty(response.faults));
    else resolve({ value: response.value, took });
  }

  /** The response to a request; a `Faulty` is thrown where the text has faults. */
  async ask(request) {
    return (await this.timed(request)).value;
  }

  /** The same, with the milliseconds that the compiler took. */
  timed(request) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request });
    });
  }
}

export class Faulty extends Error {
  constructor(faults) {
    super(faults.map((fault) => fault.title).join("; "));
    this.faults = faults;
  }
}
