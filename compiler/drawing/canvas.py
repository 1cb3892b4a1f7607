"""Drawing in SVG: boxes with text, curves with arrowheads, titles and legends, without a style sheet.

Colours are fixed so that a drawing can be read on white and on black alike: text is dark and stands on boxes of a
light colour, and lines and captions are of middle brightness.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from .curves import Box, Curve, backwards, extent, leaving, point_at
from .markup import escaped

FONT = "ui-sans-serif, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
CAPTION = "#75809a"
BOLD = 1.1
"""How much wider a text is in bold type."""

_SIZE = 14.0
_SMALL = 11.0
_HEAD = 9.0
_MARGIN = 14.0
_NARROW = {**dict.fromkeys("ijl.,:;'|! ′″‴₁₂₃₄₅₆₇₈₉₀", 0.34), **dict.fromkeys("ftr()[]I/\\-", 0.44)}
_WIDE = dict.fromkeys("mwMW@", 0.98)


@dataclass(frozen=True, slots=True)
class Look:
    """How a box looks."""

    fill: str
    stroke: str
    text: str = "#1c2434"
    width: float = 1.4
    dashes: str = ""
    square: bool = False


def text_width(text: str, size: float = _SIZE) -> float:
    """About how wide a text is in a wide sans-serif face, in pixels."""
    return size * sum(map(_width, text))


def _width(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if character in _NARROW or character in _WIDE:
        return _NARROW.get(character) or _WIDE[character]
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    return 0.72 if character.isupper() else 0.63


def box_size(label: str, note: str = "") -> tuple[float, float]:
    """Width and height of the box that a label needs, with a smaller note under it."""
    wide = max(text_width(label), text_width(note, _SIZE * 0.75)) + 24.0
    return max(wide, 40.0), 30.0 + 13.0 * bool(note)


@dataclass(slots=True)
class Canvas:
    """Collects what is drawn, back to front, and how far it reaches."""

    behind: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    front: list[str] = field(default_factory=list)
    low: complex = complex(float("inf"), float("inf"))
    high: complex = complex(float("-inf"), float("-inf"))

    def box(self, box: Box, look: Look, label: str, note: str = "") -> None:
        """A box with its label, and a note under it."""
        self._reach(box.centre, box.width / 2 + 3, box.height / 2 + 3)
        self.front.append(_rectangle(box, look))
        x, y = box.centre.real, box.centre.imag + _SIZE * 0.35 - 6.5 * bool(note)
        self.front.append(_text(x, y, label, look.text, _SIZE, anchor="middle"))
        if note:
            self.front.append(_text(x, y + 13.5, note, look.text, _SIZE * 0.75, anchor="middle"))

    def curve(
        self, curve: Curve, colour: str, *, dashes: str = "", heads: str = "end", width: float = 1.5
    ) -> None:
        """A curve with an arrowhead at its end, at ``both`` ends, or at none."""
        for point in extent(curve):
            self._reach(point, 4, 4)
        if heads:
            curve = self._head(curve, colour)
        if heads == "both":
            curve = backwards(self._head(backwards(curve), colour))
        style = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.lines.append(
            f'<path d="{path(curve)}" fill="none" stroke="{colour}" stroke-width="{width:g}"{style}/>'
        )

    def beside(self, curve: Curve, text: str, colour: str) -> None:
        """A small label at the middle of a curve, if there is anything to say."""
        if text:
            middle = point_at(curve[len(curve) // 2], 0.5 if len(curve) % 2 else 0.0)
            self._reach(middle, text_width(text, _SMALL) / 2 + 2, _SMALL)
            self.front.append(_text(middle.real, middle.imag - 4, text, colour, _SMALL, anchor="middle"))

    def _head(self, curve: Curve, colour: str) -> Curve:
        """Draw an arrowhead at the end of a curve and return what is left of it."""
        tip = curve[-1][3]
        shaft = backwards(leaving(backwards(curve), Box(tip, 0, 0, 0), _HEAD - 2.5))
        back = leaving(backwards(curve), Box(tip, 0, 0, 0), _HEAD)[0][0]
        direction = (tip - back) / (abs(tip - back) or 1)
        side = direction * 1j * 3.8
        base = tip - direction * _HEAD
        notch = tip - direction * (_HEAD - 2.5)
        points = " ".join(f"{p.real:.1f},{p.imag:.1f}" for p in (tip, base + side, notch, base - side))
        self.lines.append(f'<polygon points="{points}" fill="{colour}"/>')
        return shaft

    def halo(
        self, boxes: list[Box], curves: list[Curve], colour: str, *, grow: float, opacity: float
    ) -> None:
        """A tinted area behind boxes and along the curves that join them."""
        shapes = [
            _rectangle(
                Box(b.centre, b.width + 2 * grow, b.height + 2 * grow, b.radius + grow), Look(colour, "none")
            )
            for b in boxes
        ]
        pen = f'fill="none" stroke="{colour}" stroke-width="{2 * grow:g}" stroke-linecap="round"'
        shapes += [f'<path d="{path(curve)}" {pen}/>' for curve in curves]
        for b in boxes:
            self._reach(b.centre, b.width / 2 + grow, b.height / 2 + grow)
        self.behind.append(f'<g opacity="{opacity:g}">{"".join(shapes)}</g>')

    def text(
        self, x: float, y: float, text: str, *, size: float = 12.0, weight: str = "", colour: str = CAPTION
    ) -> None:
        """A line of text that starts at a point."""
        half = text_width(text, size * BOLD if weight else size) / 2
        self._reach(complex(x + half, y - size / 3), half, size / 2)
        self.front.append(_text(x, y, text, colour, size, weight=weight))

    def frame(self, box: Box, colour: str) -> None:
        """An empty box behind all else."""
        self._reach(box.centre, box.width / 2, box.height / 2)
        self.behind.append(_rectangle(box, Look("none", colour, width=1.2)))

    def add(self, other: Canvas, shift: complex) -> None:
        """Another drawing, moved."""
        self._reach(other.low + shift, 0, 0)
        self._reach(other.high + shift, 0, 0)
        move = f'<g transform="translate({shift.real:.1f} {shift.imag:.1f})">'
        self.front.append("\n".join([move, *other.behind, *other.lines, *other.front, "</g>"]))

    def title(self, text: str) -> None:
        """A line above all that is drawn so far, if there is anything to say."""
        if text:
            self.text(self.low.real, self.low.imag - 14.0, text, size=14.0, weight="600")

    def legend(self, entries: list[tuple[Look, str]]) -> None:
        """A row of swatches under all that is drawn so far."""
        x, y = self.low.real, self.high.imag + 26.0
        right = max(self.high.real, x + 420.0)
        for look, text in entries:
            width = 22 + text_width(text, 12.0)
            if x > self.low.real and x + width > right:
                x, y = self.low.real, y + 20.0
            self.front.append(_rectangle(Box(complex(x + 7, y - 4), 14, 12, 2 if look.square else 6), look))
            self.text(x + 20, y, text)
            x += width + 18.0

    @property
    def size(self) -> complex:
        """Width and height of what is drawn, in pixels."""
        return max(0.0, self.high.real - self.low.real) + 1j * max(0.0, self.high.imag - self.low.imag)

    def svg(self, title: str) -> str:
        """The drawing; a screen reader reads `title`."""
        if self.low.real > self.high.real:
            self.low = self.high = 0j
        left, top = self.low.real - _MARGIN, self.low.imag - _MARGIN
        width, height = self.size.real + 2 * _MARGIN, self.size.imag + 2 * _MARGIN
        body = "\n".join([*self.behind, *self.lines, *self.front])
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="{left:.1f} {top:.1f} {width:.1f} {height:.1f}" font-family="{FONT}" '
            f'style="max-width: 100%; height: auto">\n<title>{escaped(title)}</title>\n{body}\n</svg>'
        )

    def _reach(self, centre: complex, across: float, down: float) -> None:
        self.low = complex(min(self.low.real, centre.real - across), min(self.low.imag, centre.imag - down))
        self.high = complex(
            max(self.high.real, centre.real + across), max(self.high.imag, centre.imag + down)
        )


def path(curve: Curve) -> str:
    """A curve as the ``d`` of an SVG path."""
    start = curve[0][0]
    parts = [f"M{start.real:.1f} {start.imag:.1f}"]
    parts += ["C" + " ".join(f"{p.real:.1f} {p.imag:.1f}" for p in segment[1:]) for segment in curve]
    return "".join(parts)


def _rectangle(box: Box, look: Look) -> str:
    x, y = box.centre.real - box.width / 2, box.centre.imag - box.height / 2
    dashes = f' stroke-dasharray="{look.dashes}"' if look.dashes else ""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{box.radius:.1f}"'
    pen = f'fill="{look.fill}" stroke="{look.stroke}" stroke-width="{look.width:g}"{dashes}'
    return f"<rect {place} {pen}/>"


def _text(
    x: float, y: float, text: str, colour: str, size: float, *, anchor: str = "", weight: str = ""
) -> str:
    more = f' text-anchor="{anchor}"' if anchor else ""
    more += f' font-weight="{weight}"' if weight else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}"{more}>{escaped(text)}</text>'
