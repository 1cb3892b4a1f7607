// How the graph looks: the colours of dofx's own drawings, taken from the style sheet so that dark and light agree.

export function looks() {
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue(`--${name}`).trim();
  const font = css.getPropertyValue("--words").trim();
  const filled = (name) => ({ "background-color": colour(`${name}-fill`), "border-color": colour(name), "border-width": 2 });
  return [
    {
      selector: "node",
      style: {
        shape: "round-rectangle",
        "corner-radius": 17,
        width: "data(width)",
        height: 34,
        "background-color": colour("node-fill"),
        "border-width": 1.4,
        "border-color": colour("node"),
        label: "data(label)",
        color: colour("ink"),
        "font-family": font,
        "font-size": 15,
        "text-valign": "center",
        "text-halign": "center",
        "overlay-opacity": 0,
        "transition-property": "background-color, border-color, opacity, underlay-opacity",
        "transition-duration": 160,
      },
    },
    { selector: "node.latent", style: { "background-opacity": 0, "border-style": "dashed", "border-color": colour("arc"), color: colour("muted"), "font-style": "italic" } },
    { selector: "node.indicator", style: { "corner-radius": 3, height: 26, "font-size": 12.5, "font-style": "italic", "border-style": "dotted", "border-color": colour("hole"), color: colour("muted") } },
    {
      selector: "node[strip]",
      style: {
        "background-image": "data(strip)",
        "background-clip": "none",
        "background-image-containment": "over",
        "background-fit": "none",
        "background-position-x": "100%",
        "background-position-y": "0%",
        "background-offset-x": 6,
        "background-offset-y": -11,
        "bounds-expansion": 12,
      },
    },
    { selector: "node.worldly", style: { "background-position-x": "50%", "background-offset-x": 0, "background-offset-y": -20, "bounds-expansion": 70 } },
    { selector: "node.selected", style: { shape: "octagon", "background-color": colour("node-fill") } },
    { selector: "node.intervention", style: { ...filled("amber"), "corner-radius": 5 } },
    { selector: "node.outcome", style: filled("blue") },
    { selector: "node.condition", style: filled("green") },
    { selector: "node.intervention.condition, node.intervention.outcome", style: { "border-color": colour("amber"), "border-width": 3, "corner-radius": 5 } },
    {
      selector: "edge",
      style: {
        width: 1.8,
        "line-color": colour("arrow"),
        "target-arrow-color": colour("arrow"),
        "target-arrow-shape": "triangle",
        "arrow-scale": 1.05,
        "curve-style": "straight",
        "target-distance-from-node": 2,
        "overlay-padding": 8,
        "overlay-opacity": 0,
        "transition-property": "line-color, target-arrow-color, source-arrow-color, opacity",
        "transition-duration": 160,
      },
    },
    { selector: "edge[bend != 0]", style: { "curve-style": "unbundled-bezier", "control-point-distances": "data(bend)", "control-point-weights": 0.5, "edge-distances": "node-position" } },
    {
      selector: "edge.arc",
      style: {
        "line-style": "dashed",
        "line-dash-pattern": [6, 4],
        "line-color": colour("arc"),
        "target-arrow-color": colour("arc"),
        "source-arrow-color": colour("arc"),
        "source-arrow-shape": "triangle",
        "source-distance-from-node": 2,
        "arrow-scale": 0.9,
      },
    },
    { selector: "node.forest", style: { "underlay-color": colour("hedge"), "underlay-opacity": 0.16, "underlay-padding": 13, "underlay-shape": "round-rectangle", "underlay-corner-radius": 24 } },
    { selector: "node.subforest", style: { "underlay-opacity": 0.34, "underlay-padding": 8 } },
    { selector: "edge.hedge", style: { width: 2.6, "line-color": colour("hedge"), "target-arrow-color": colour("hedge"), "source-arrow-color": colour("hedge"), "z-index": 5 } },
    { selector: ".away", style: { opacity: 0.22 } },
    { selector: "node.focal", style: { "underlay-color": colour("accent"), "underlay-opacity": 0.28, "underlay-padding": 8, "underlay-shape": "round-rectangle", "underlay-corner-radius": 24 } },
    ...[0, 1, 2, 3, 4, 5].map((i) => ({
      selector: `node.group${i}`,
      style: { "underlay-color": colour(`group${i}`), "underlay-opacity": 0.42, "underlay-padding": 9, "underlay-shape": "round-rectangle", "underlay-corner-radius": 24 },
    })),
    { selector: "edge.picked", style: { width: 3, "overlay-color": colour("accent"), "overlay-opacity": 0.14 } },
    { selector: "node.picked", style: { "border-width": 2.4, "border-color": colour("accent") } },
    { selector: "node.cursor", style: { "outline-width": 3, "outline-color": colour("accent"), "outline-offset": 3, "outline-opacity": 0.9 } },
    { selector: "node.start", style: { "outline-width": 3, "outline-color": colour("hedge"), "outline-offset": 3, "outline-style": "dashed" } },
    { selector: "node.ghost", style: { width: 8, height: 8, label: "", "background-color": colour("accent"), "border-width": 0, events: "no" } },
    { selector: "edge.ghost", style: { "line-color": colour("accent"), "target-arrow-color": colour("accent"), "source-arrow-color": colour("accent"), events: "no" } },
  ];
}

const pen = document.createElement("canvas").getContext("2d");

const MOST = 28; // characters of a name that a node shows; `places.py` leaves room for as many

/** What a node shows of a name: the beginning and the end of a long one. */
export function labelOf(name) {
  const marks = [...name];
  return marks.length > MOST ? `${marks.slice(0, MOST - 10).join("")}…${marks.slice(-9).join("")}` : name;
}

/** The width of a node that holds some words. */
export function widthOf(name) {
  pen.font = `15px ${getComputedStyle(document.documentElement).getPropertyValue("--words")}`;
  return Math.max(46, Math.round(pen.measureText(name).width) + 28);
}
