// The field over the canvas in which a variable gets its name.

import { byId } from "../dom.js";

export class Naming {
  #old = null; // the name before; null for a variable that is not there yet

  /**
   * @param box the canvas, which has the focus again afterwards
   * @param named called with the old name and the new one, unless they are equal
   */
  constructor(box, named) {
    Object.assign(this, { box, named });
    this.form = byId("naming");
    this.field = byId("name");
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.#end()));
    this.field.addEventListener("blur", () => !this.form.hidden && this.#end());
    this.field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") this.#close();
    });
  }

  /** Open the field at a point of the canvas. */
  ask(old, text, { x, y }) {
    this.#old = old;
    this.form.hidden = false;
    this.form.style.left = `${Math.max(70, Math.min(x, this.box.clientWidth - 70))}px`;
    this.form.style.top = `${y}px`;
    this.field.value = text;
    this.field.focus();
    this.field.select();
  }

  #end() {
    const name = this.field.value.trim();
    this.#close();
    if (name && name !== this.#old) this.named(this.#old, name);
  }

  #close() {
    if (this.form.hidden) return;
    this.form.hidden = true;
    this.box.focus();
  }
}
