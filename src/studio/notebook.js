// The page inside a notebook: what it asks, the Python of the notebook answers, through the frame that the page is in.

/** The notebook around this page; null where there is none. */
export function notebookAround() {
  if (!document.querySelector('meta[name="dofx-notebook"]')) return null;
  const waiting = new Map();
  let next = 1;
  const send = (message) => parent.postMessage({ dofx: message }, "*");
  const port = { postMessage: ({ id, request }) => send({ to: "compiler", id, request }), onmessage: null, onerror: null };
  const begun = new Promise((resolve) => {
    addEventListener("message", ({ source, data }) => {
      if (source !== parent || !data?.dofx) return;
      const { to, id, response, took } = data.dofx;
      if (to === "page") {
        port.onmessage?.({ data: { ready: true } });
        resolve(data.dofx);
      } else if (to === "compiler") port.onmessage?.({ data: { id, response, took } });
      else {
        waiting.get(id)?.(response);
        waiting.delete(id);
      }
    });
  });
  const ask = (request) =>
    new Promise((resolve) => {
      waiting.set(next, resolve);
      send({ to: "desk", id: next++, request });
    });
  const give = async (name, file, more) => ask({ do: "take", name, file: file.name, base64_rows: await base64(file), more });
  send({ to: "page" });
  return { port, begun, desk: { ask, give }, tell: (text) => send({ to: "text", text }) };
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
