"""Pictures, written anew: no place, camera or anything else of the original but what one sees."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from market.kernel.errors import N_
from market.listings.attachments.errors import FileRefused

LONGEST_SIDE = 2400
THUMBNAIL = (640, 480)
MAXIMUM_PIXELS = 60_000_000
_QUALITY = 85
_FAULTS = (
    UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError,
    MemoryError, EOFError, RuntimeError,
)  # fmt: skip
"""What Pillow raises on pictures that are damaged or made to break it."""


@dataclass(frozen=True)
class Picture:
    """A picture as it is served, and a small JPEG of it."""

    media_type: str
    content: bytes
    thumbnail: bytes


def read_picture(content: bytes) -> Picture:
    """The picture upright, at most LONGEST_SIDE pixels long, without what was hidden in or behind it.

    Raises FileRefused for a damaged one and for one of more than MAXIMUM_PIXELS, before it is unpacked.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as opened:
                if opened.width * opened.height > MAXIMUM_PIXELS:
                    raise _too_large()
                upright = ImageOps.exif_transpose(opened)
                kind = "PNG" if opened.format == "PNG" else "JPEG"
                bare = _bare(upright)
    except _FAULTS:
        raise FileRefused("attachment.picture", N_("图片打不开：已损坏或不完整，请重新保存后再上传。")) from None
    bare.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = bare.copy()
    small.thumbnail(THUMBNAIL)
    return Picture(f"image/{kind.lower()}", _written(bare, kind), _written(small, "JPEG"))


def _bare(image: Image.Image) -> Image.Image:
    """The pixels alone, in a mode that both formats know."""
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    pixels = image.convert("RGBA" if has_alpha else "RGB")
    bare = Image.new(pixels.mode, pixels.size)
    bare.paste(pixels)
    return bare


def _written(image: Image.Image, kind: str) -> bytes:
    target = io.BytesIO()
    if kind == "PNG":
        image.save(target, "PNG", optimize=False)
    else:
        _on_white(image).save(target, "JPEG", quality=_QUALITY, progressive=True)
    return target.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _too_large() -> FileRefused:
    return FileRefused(
        "attachment.pixels",
        N_("图片超过 %(maximum)s 万像素，请缩小后再上传。"),
        maximum=MAXIMUM_PIXELS // 10_000,
    )
