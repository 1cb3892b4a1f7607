// Which way an edge bends: straight where nothing is in the way, else past the boxes that stand there.

const SAMPLES = 14;

/** The distances of control points, one an edge: a quadratic curve that meets the fewest boxes. */
export function bends(edges, boxes) {
  const arrows = edges.filter((each) => !each.arc);
  const pairs = new Set(arrows.map((each) => key(each.source, each.target)));
  const ways = new Set(arrows.map((each) => `${each.source}\n${each.target}`));
  return edges.map((edge) => {
    const returns = !edge.arc && ways.has(`${edge.target}\n${edge.source}`);
    return returns ? there(edge, boxes) : bend(edge, boxes, edge.arc && pairs.has(key(edge.source, edge.target)));
  });
}

const key = (a, b) => (a < b ? `${a}\n${b}` : `${b}\n${a}`);

/** An arrow that another one answers: each keeps to its right, so that the two lie side by side. */
function there({ source, target }, boxes) {
  const [a, b] = [boxes.get(source), boxes.get(target)];
  return Math.max(30, Math.hypot(b.x - a.x, b.y - a.y) * 0.24);
}

function bend({ source, target, arc }, boxes, beside) {
  const a = boxes.get(source);
  const b = boxes.get(target);
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const up = b.x >= a.x ? -1 : 1;
  const step = Math.max(46, length * 0.34);
  const wanted = arc ? [1, -1, 1.6, -1.6, 2.3, -2.3].map((k) => k * step * up) : [0, 0.8 * step, -0.8 * step, 1.5 * step, -1.5 * step];
  let best = wanted[0];
  let fewest = Infinity;
  for (const distance of wanted) {
    const hits = meets(a, b, distance, length, source, target, boxes) + (beside && distance === 0 ? 1 : 0);
    if (hits < fewest) [best, fewest] = [distance, hits];
    if (!hits) break;
  }
  return best;
}

function meets(a, b, distance, length, source, target, boxes) {
  const control = {
    x: (a.x + b.x) / 2 - ((b.y - a.y) / length) * distance,
    y: (a.y + b.y) / 2 + ((b.x - a.x) / length) * distance,
  };
  let hits = 0;
  for (const [name, box] of boxes) {
    if (name === source || name === target) continue;
    for (let i = 1; i < SAMPLES; i++) {
      const t = i / SAMPLES;
      const x = (1 - t) ** 2 * a.x + 2 * t * (1 - t) * control.x + t * t * b.x;
      const y = (1 - t) ** 2 * a.y + 2 * t * (1 - t) * control.y + t * t * b.y;
      if (Math.abs(x - box.x) < box.width / 2 + 6 && Math.abs(y - box.y) < 23) {
        hits += 1;
        break;
      }
    }
  }
  return hits;
}
