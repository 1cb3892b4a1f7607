// A link that carries the program in its fragment, which a browser keeps to itself.

const PREFIX = "#p=";

export async function linkOf(text, places) {
  const content = JSON.stringify(places.size ? { text, places: Object.fromEntries(places) } : { text });
  const bytes = await through(new TextEncoder().encode(content), new CompressionStream("deflate-raw"));
  const words = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  return `${location.href.split("#")[0]}${PREFIX}${words}`;
}

/** Whether a fragment is to carry a program. */
export const carries = (fragment) => fragment.startsWith(PREFIX);

/** The program in a fragment and the places of its variables; null where there is none, or none that can be read. */
export async function programIn(fragment) {
  if (!carries(fragment)) return null;
  try {
    const words = atob(fragment.slice(PREFIX.length).replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = await through(Uint8Array.from(words, (mark) => mark.charCodeAt(0)), new DecompressionStream("deflate-raw"));
    const { text, places = {} } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof text === "string" ? { text, places: new Map(Object.entries(places).filter(([, at]) => at.every?.(Number.isFinite) && at.length === 2)) } : null;
  } catch {
    return null;
  }
}

async function through(bytes, stream) {
  const answer = new Response(new Blob([bytes]).stream().pipeThrough(stream));
  return new Uint8Array(await answer.arrayBuffer());
}
