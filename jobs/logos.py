"""Logos that are uploaded: checked by their content, drawn anew, stored in two sizes."""

import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageOps, UnidentifiedImageError

from jobsphere.errors import InvalidParameter
from jobsphere.ids import new_id, pattern

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 1024 * 1024
MAX_PIXELS = 16_000_000
"""What decoding may take: 64 MB of memory, whatever a file of 1 MB promises."""

LARGE, SMALL = 512, 144
"""Pixels of the longer side: for other sites, and for our pages, which show 72 at most."""

NAME = rf"{pattern('logo')}-(?:{LARGE}|{SMALL})\.webp"
"""The regular expression of a stored picture's name."""


def url(logo: str, size: int = LARGE) -> str:
    """Return the absolute address of a logo."""
    return settings.BASE_URL + path(logo, size)


def path(logo: str, size: int) -> str:
    """Return the path of a logo on this site."""
    return f"/logos/{logo}-{size}.webp"


def stored_name(name: str) -> str:
    """Return where in the storage the picture of this name is."""
    return f"logos/{name}"


def store(file: BinaryIO, size: int) -> str:
    """Store a picture as a logo and return its id. What it held beside the picture is left behind.

    Args:
        file: at its beginning.
        size: of the file, in bytes.

    Raises:
        InvalidParameter: too large, or no picture of `FORMATS`.
    """
    if size > MAX_BYTES:
        raise InvalidParameter("A logo has at most 1 MB: make the picture smaller.", param="logo")
    picture = _read(file)
    logo = new_id("logo")
    for side in (LARGE, SMALL):
        drawn = picture.copy()
        drawn.thumbnail((side, side), Image.Resampling.LANCZOS)
        out = BytesIO()
        drawn.save(out, "WEBP", quality=88, method=4)
        default_storage.save(stored_name(f"{logo}-{side}.webp"), ContentFile(out.getvalue()))
    return logo


def remove(logo: str) -> None:
    """Remove the files of a logo."""
    for name in _names(logo):
        default_storage.delete(stored_name(name))


def _names(logo: str) -> Iterator[str]:
    yield from (f"{logo}-{side}.webp" for side in (LARGE, SMALL))


def _read(file: BinaryIO) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MAX_PIXELS is lower
            picture = Image.open(file, formats=FORMATS)
            if picture.width * picture.height > MAX_PIXELS:
                raise InvalidParameter("This picture has too many pixels: 4000 × 4000 at most.", param="logo")
            upright = ImageOps.exif_transpose(picture)
            return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except InvalidParameter:
        raise
    except UnidentifiedImageError:
        raise InvalidParameter("This is not a PNG, JPEG or WebP picture.", param="logo") from None
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError, Image.DecompressionBombError):
        raise InvalidParameter(
            "This picture is damaged: save it again, then upload it.", param="logo"
        ) from None
