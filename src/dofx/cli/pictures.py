"""Drawings as PDF and PNG: dofx's own SVG, painted by matplotlib."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}"
_POINT = 0.75
"""Points in a pixel of SVG."""


def picture(svg: str, path: Path, format: str) -> None:
    """Paint a drawing into a file.

    Only what dofx draws with is known: rectangles, polygons, paths of straight lines and cubic curves, and text.

    Args:
        svg: The drawing.
        path: The file.
        format: ``pdf`` or ``png``.
    """
    from matplotlib.figure import Figure

    root = ElementTree.fromstring(svg)
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    figure = Figure(figsize=(width * _POINT / 72, height * _POINT / 72))
    axes: Any = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, left + width), ylim=(top + height, top))
    axes.set_axis_off()
    for order, (part, shift, opacity) in enumerate(_parts(root, 0j, 1.0)):
        if (patch := _patch(axes, part, shift, opacity)) is not None:
            patch.set_zorder(order)
            axes.add_patch(patch)
        elif part.tag == f"{_SVG}text":
            _write(axes, part, shift, order)
    figure.savefig(path, format=format, dpi=200, facecolor="white")


def _parts(
    group: ElementTree.Element, shift: complex, opacity: float
) -> Iterator[tuple[ElementTree.Element, complex, float]]:
    """Each shape and text of a drawing, back to front, with how far its group is moved and how opaque it is."""
    for part in group:
        if part.tag != f"{_SVG}g":
            yield part, shift, opacity
            continue
        x, y = map(float, re.findall(r"-?[\d.]+", part.get("transform", "0 0")))
        yield from _parts(part, shift + complex(x, y), opacity * float(part.get("opacity", 1)))


def _patch(axes: Any, part: ElementTree.Element, shift: complex, opacity: float) -> Any:
    """A shape of SVG as one of matplotlib, painted; None for what is no shape."""
    from matplotlib.transforms import Affine2D

    shape = _outline(part)
    if shape is not None:
        shape.set_transform(Affine2D().translate(shift.real, shift.imag) + axes.transData)
        _paint(shape, part.attrib, opacity)
    return shape


def _outline(part: ElementTree.Element) -> Any:
    """A rectangle, polygon or path of SVG as a patch of matplotlib; None for anything else."""
    from matplotlib import patches

    given = part.attrib
    match part.tag.removeprefix(_SVG):
        case "rect":
            x, y, width, height, round = (
                float(given.get(key, 0)) for key in ("x", "y", "width", "height", "rx")
            )
            style = f"round,pad=0,rounding_size={round}" if round else "square,pad=0"
            return patches.FancyBboxPatch((x, y), width, height, boxstyle=style)
        case "polygon":
            corners = [tuple(map(float, corner.split(","))) for corner in given["points"].split()]
            return patches.Polygon(corners, closed=True)
        case "path":
            return patches.PathPatch(_path(given["d"]))
        case _:
            return None


def _path(commands: str) -> Any:
    """The path of SVG's commands M, L and C, which are all that dofx draws with."""
    from matplotlib.path import Path as Outline

    kinds = {"M": Outline.MOVETO, "L": Outline.LINETO, "C": Outline.CURVE4}
    points: list[tuple[float, float]] = []
    codes: list[Any] = []
    for letter, numbers in re.findall(r"([MLC])([^MLC]*)", commands):
        found = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        pairs = list(zip(found[::2], found[1::2], strict=True))
        points += pairs
        codes += [kinds[letter]] * len(pairs)
    return Outline(points, codes)


def _paint(shape: Any, given: Mapping[str, str], opacity: float) -> None:
    """Fill and outline a shape as its attributes say."""
    from matplotlib import colors

    for paint, colour in (
        (shape.set_facecolor, given.get("fill", "black")),
        (shape.set_edgecolor, given.get("stroke")),
    ):
        # on white, as a whole group is: parts of one group that overlap are no darker there
        if colour is None or colour == "none":
            paint("none")
        else:
            paint([1 - opacity * (1 - each) for each in colors.to_rgb(colour)])
    shape.set(
        linewidth=float(given.get("stroke-width", 1)) * _POINT, capstyle=given.get("stroke-linecap", "butt")
    )
    if "stroke-dasharray" in given:
        shape.set_linestyle((0, [float(each) for each in re.split(r"[ ,]+", given["stroke-dasharray"])]))


def _write(axes: Any, part: ElementTree.Element, shift: complex, order: int) -> None:
    """A text of SVG, in matplotlib's own face, which has every mark that dofx prints."""
    given = part.attrib
    side = {"middle": "center", "end": "right"}.get(given.get("text-anchor", ""), "left")
    axes.text(
        float(given["x"]) + shift.real,
        float(given["y"]) + shift.imag,
        "".join(part.itertext()),
        parse_math=False,
        color=given.get("fill", "black"),
        fontsize=float(given["font-size"])
        * _POINT
        * 0.92,  # DejaVu is wider than what the boxes are made for
        fontweight="bold" if given.get("font-weight", "400") in ("600", "700", "bold") else "normal",
        fontstyle=given.get("font-style", "normal"),
        horizontalalignment=side,
        verticalalignment="baseline",
        zorder=order,
    )
