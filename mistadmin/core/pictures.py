"""Pictures as people send them, and as they are kept: drawn anew, without what else was in the file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

from mistadmin.core.errors import Invalid

# What a decoder is let loose on. Everything else, SVG and HTML above all, is no picture.
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS: Final = 50_000_000
# What is kept of a photo: enough to read a label, and a bound on what many photos take.
_LONGEST_SIDE: Final = 2048
_QUALITY: Final = 82
# Of a floorplan: its thin lines and small letters, and beside it what a list shows.
_PLAN_SIDE: Final = 4096
_PLAN_QUALITY: Final = 90
_SMALL_SIDE: Final = 480
# EXIF orientations in which a picture lies on its side.
_LYING: Final = (5, 6, 7, 8)
_ORIENTATION: Final = 0x0112
# The size stands in the head of a file: too large a picture is refused before anything is unpacked.
Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Plan:
    """A floorplan drawn anew: JPEG of at most 4096 pixels a side, and a small one of at most 480.

    `width` and `height` are the pixels of the picture as it came: places on it are counted in those.
    """

    width: int
    height: int
    full: bytes
    small: bytes


def redrawn(raw: bytes) -> bytes:
    """A photo as JPEG of at most 2048 pixels a side, upright, without metadata such as its place.

    Raises Invalid on `file` for anything that is no photo, is damaged, or has more than 50 megapixels.
    """
    with _refusing("photo"):
        return _jpeg(_drawn(raw, _LONGEST_SIDE)[0], _QUALITY)


def drawn_plan(raw: bytes) -> Plan:
    """A floorplan out of a picture; raises Invalid on `file` as `redrawn` does."""
    with _refusing("picture"):
        drawn, (width, height) = _drawn(raw, _PLAN_SIDE)
        full = _jpeg(drawn, _PLAN_QUALITY)
        drawn.thumbnail((_SMALL_SIDE, _SMALL_SIDE))
        return Plan(width, height, full, _jpeg(drawn, _QUALITY))


def is_picture(head: bytes) -> bool:
    """Whether a file begins as a JPEG, PNG or WebP does."""
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (
        head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    )


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Invalid({"file": f"has more than {_MOST_PIXELS // 1_000_000} megapixels"}) from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise Invalid({"file": f"is no {what}: a JPEG, PNG or WebP file is needed"}) from None


def _drawn(raw: bytes, longest: int) -> tuple[Image.Image, tuple[int, int]]:
    """The picture drawn on white, upright and not larger than `longest`, and its size before that."""
    with Image.open(io.BytesIO(raw), formats=_FORMATS) as picture:
        width, height = picture.size
        if picture.getexif().get(_ORIENTATION) in _LYING:
            width, height = height, width
        # JPEG can be unpacked at half the size and less, which saves most of the memory.
        picture.draft("RGB", (longest, longest))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((longest, longest))
        if "transparency" in upright.info:
            upright = upright.convert("RGBA")
        drawn = Image.new("RGB", upright.size, "white")
        # Transparent parts would come out black.
        drawn.paste(upright, mask=upright.getchannel("A") if upright.mode in ("RGBA", "LA") else None)
    return drawn, (width, height)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
