// An edge that is being drawn: where it begins, of which kind it is, and the ghost that follows the hand.

import { GHOST } from "../canvas.js";

const EDGE = "ghost edge";

export class Stroke {
  start = null; // the variable that the edge is drawn from; null while none is drawn
  kind = "arrow";

  constructor(cy) {
    this.cy = cy;
  }

  /** Begin at a variable; without a position no ghost follows, because the keyboard draws. */
  from(name, kind, position) {
    this.start = name;
    this.kind = kind;
    this.cy.getElementById(name).addClass("start");
    if (!position) return;
    this.cy.add({ data: { id: GHOST, width: 8 }, position, classes: "ghost" });
    this.cy.add({ data: { id: EDGE, source: name, target: GHOST, bend: 0 }, classes: `ghost ${kind}` });
  }

  lead(position) {
    this.cy.getElementById(GHOST).position(position);
  }

  /** End it, whether it became an edge or not; what it was. */
  stop() {
    const { cy, start, kind } = this;
    this.start = null;
    cy.remove(cy.getElementById(GHOST));
    cy.remove(cy.getElementById(EDGE));
    cy.nodes().removeClass("start");
    cy.userPanningEnabled(true);
    return { start, kind };
  }
}
