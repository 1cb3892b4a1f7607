// Dark or light: as the system says, until somebody chooses.

import { byId } from "./dom.js";

const KEPT = "dofx.studio.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/**
 * Bind the button, and take what was chosen before.
 *
 * @param restyle called when colours change
 */
export function bindTheme(restyle) {
  const root = document.documentElement;
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept) root.dataset.theme = kept;
  } catch {
    // a browser that keeps nothing follows the system
  }
  byId("theme").addEventListener("click", () => {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
    root.dataset.theme = isDark ? "light" : "dark";
    restyle();
    try {
      localStorage.setItem(KEPT, root.dataset.theme);
    } catch {
      // see above
    }
  });
  system.addEventListener("change", restyle);
  restyle();
}
