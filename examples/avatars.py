"""Drawn faces whose attributes are known exactly, so that what an edit should change is known exactly too.

Faces come from python-avatars (MIT), rasterised by resvg: ``pip install -e '.[experiments]'``.
"""

from __future__ import annotations

import io
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]

SIZE = 24
ATTRIBUTES = ("male", "young", "glasses", "smile")
SKINS = ("#FFDBB4", "#EDB98A", "#AE5D29", "#614335")
SHIRTS = ("#5199E4", "#FF5C5C", "#A7FFC4")
BROWN, GREY, BACKGROUND = "#5A3825", "#E8E1E1", "#B8D4E8"
LEAST_LIGHT, MOST_SHIFT = 0.85, 1


def faces(
    attributes: NDArray[np.int64], skin: NDArray[np.int64], shirt: NDArray[np.int64], seed: int
) -> Pixels:
    """Faces of given attributes, each shifted by up to a pixel and lit a little differently.

    Men have short hair and a beard, women long hair; the young are brown-haired, the old grey.

    Args:
        attributes: 0 or 1 for each of `ATTRIBUTES`, ``(rows, 4)``.
        skin: Index of `SKINS`, ``(rows,)``.
        shirt: Index of `SHIRTS`, ``(rows,)``.
        seed: Of shifts and light; equal seeds give equal ones.

    Returns:
        Pixels in [0, 1], ``(rows, 3, 24, 24)``.
    """
    rng = np.random.default_rng(seed)
    rows = len(attributes)
    shifts = rng.integers(-MOST_SHIFT, MOST_SHIFT + 1, (rows, 2))
    light = rng.uniform(LEAST_LIGHT, 1, rows).astype("float32")
    sheet = _sheet()
    found = np.empty((rows, 3, SIZE, SIZE), "float32")
    for row, (own, tone, cloth) in enumerate(zip(attributes.tolist(), skin, shirt, strict=True)):
        down, right = MOST_SHIFT + shifts[row]
        found[row] = sheet[(*own, tone, cloth)][:, down : down + SIZE, right : right + SIZE] * light[row]
    return found


@cache
def _sheet() -> NDArray[np.float32]:
    """Every face, with a margin to shift it in: axes attributes, skin, shirt, channel, height, width."""
    wide = SIZE + 2 * MOST_SHIFT
    shape = (2,) * len(ATTRIBUTES) + (len(SKINS), len(SHIRTS))
    sheet = np.empty((*shape, 3, wide, wide), "float32")
    for cell in product(*(range(states) for states in shape)):
        sheet[cell] = _drawn(cell, wide)
    return sheet


def _drawn(cell: tuple[int, ...], size: int) -> Pixels:
    try:
        import python_avatars as parts
        import resvg_py
        from PIL import Image
    except ImportError as error:
        raise SystemExit(f"{error.name} is missing: pip install -e '.[experiments]'") from None
    male, young, glasses, smile, skin, shirt = cell
    hair = BROWN if young else GREY
    avatar = parts.Avatar(
        style=parts.AvatarStyle.TRANSPARENT,
        top=parts.HairType.SHORT_FLAT if male else parts.HairType.STRAIGHT_1,
        facial_hair=parts.FacialHairType.BEARD_MEDIUM if male else parts.FacialHairType.NONE,
        hair_color=hair,
        facial_hair_color=hair,
        accessory=parts.AccessoryType.WAYFARERS if glasses else parts.AccessoryType.NONE,
        mouth=parts.MouthType.SMILE if smile else parts.MouthType.SERIOUS,
        eyes=parts.EyeType.DEFAULT,
        eyebrows=parts.EyebrowType.DEFAULT_NATURAL,
        skin_color=SKINS[skin],
        clothing=parts.ClothingType.SHIRT_CREW_NECK,
        clothing_color=SHIRTS[shirt],
    )
    drawn = resvg_py.svg_to_bytes(
        svg_string=avatar.render(), width=2 * size, background=BACKGROUND, skip_system_fonts=True
    )
    image = Image.open(io.BytesIO(bytes(drawn))).convert("RGB").resize((size, size), Image.Resampling.BOX)
    return np.asarray(image, "float32").transpose(2, 0, 1) / 255
