"""Photos as they come from phones, and as they are kept: drawn anew, without what else was in the file."""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image, ImageOps

from mistadmin.core.errors import Invalid

# What a decoder is let loose on. Everything else, SVG and HTML above all, is no photo.
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS: Final = 50_000_000
# What is kept: enough to read a label, and a bound on what many photos take.
_LONGEST_SIDE: Final = 2048
_QUALITY: Final = 82
# The size stands in the head of a file: too large a picture is refused before anything is unpacked.
Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def redrawn(raw: bytes) -> bytes:
    """A photo as JPEG of at most 2048 pixels a side, upright, without metadata such as its place.

    Raises Invalid on `file` for anything that is no photo, is damaged, or has more than 50 megapixels.
    """
    try:
        return _redrawn(raw)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Invalid({"file": f"has more than {_MOST_PIXELS // 1_000_000} megapixels"}) from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise Invalid({"file": "is no photo: a JPEG, PNG or WebP file is needed"}) from None


def _redrawn(raw: bytes) -> bytes:
    with Image.open(io.BytesIO(raw), formats=_FORMATS) as picture:
        # JPEG can be unpacked at half the size and less, which saves most of the memory.
        picture.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
        if "transparency" in upright.info:
            upright = upright.convert("RGBA")
        drawn = Image.new("RGB", upright.size, "white")
        # Transparent parts would come out black.
        drawn.paste(upright, mask=upright.getchannel("A") if upright.mode in ("RGBA", "LA") else None)
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()
