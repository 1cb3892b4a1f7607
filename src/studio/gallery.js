// The named graphs: each a program whose first line is its title.

import programs from "gallery:programs";

export const gallery = programs.map((text) => ({ title: text.split("\n", 1)[0].replace(/^#\s*/, "").replace(/:.*/, ""), text }));
