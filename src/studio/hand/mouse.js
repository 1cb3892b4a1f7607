// What a mouse, a pen or a finger does on the canvas.

/** Listen to them, and let a hand do what they mean. */
export function followMouse(hand) {
  const { canvas, stroke } = hand;
  drawing(hand, canvas, stroke);
  dragging(hand, canvas);
}

function drawing(hand, canvas, stroke) {
  const { cy } = canvas;
  let moved = false;
  const draws = () => hand.tool === "arrow" || hand.tool === "arc";
  cy.on("tapstart", (event) => {
    moved = false;
    const node = canvas.at(event.position);
    if (!node || !(draws() || event.originalEvent?.shiftKey)) return;
    cy.userPanningEnabled(false);
    node.ungrabify();
    if (!stroke.start) stroke.from(node.id(), hand.tool === "arc" ? "arc" : "arrow", event.position);
  });
  cy.on("tapdrag", (event) => {
    moved = true;
    if (stroke.start) stroke.lead(event.position);
  });
  cy.on("mouseover", "node", ({ target }) => stroke.start || hand.hint(target.id())); // where it is too small or too long
  cy.on("mouseout", "node", () => stroke.start || hand.hint());
  cy.on("mousemove", (event) => stroke.start && stroke.lead(event.position));
  cy.on("tapend", (event) => {
    cy.userPanningEnabled(true);
    if (!draws()) cy.nodes().grabify();
    if (!stroke.start) return;
    const node = canvas.at(event.position);
    if (node && node.id() === stroke.start) return void (moved && stroke.stop());
    if (node) hand.finish(node.id());
    else if (moved || draws()) hand.finishNew(event.position);
  });
  cy.on("tap", (event) => {
    if (stroke.start || moved) return;
    const node = canvas.at(event.position);
    if (hand.tool === "node" && !node) return hand.add(event.position);
    const edge = event.target !== cy && event.target.isEdge?.() ? event.target.id() : null;
    hand.pick(node?.id() ?? edge);
  });
  cy.on("dbltap", (event) => {
    if (hand.tool !== "move") return;
    const node = canvas.at(event.position);
    if (node) hand.name(node.id());
    else if (event.target === cy) hand.add(event.position);
  });
}

function dragging(hand, { cy }) {
  let from = null;
  cy.on("grab", "node", ({ target }) => {
    target.stop(true); // a hand takes it out of a glide
    from = { ...target.position() };
  });
  cy.on("dragfree", "node", ({ target }) => {
    const { x, y } = target.position();
    if (from && (from.x !== x || from.y !== y)) {
      const to = snapped({ x, y });
      target.position({ x: to[0], y: to[1] });
      hand.moved([{ name: target.id(), from: [from.x, from.y], to }]);
    }
    from = null;
  });
}

/** The point of the grid that is nearest. */
export const snapped = ({ x, y }) => [Math.round(x / 10) * 10, Math.round(y / 10) * 10];
