"""Attachments made harmless: the real type is read from the bytes, pictures are drawn anew, the rest is refused.

Plain Python. Re-encoding is what removes a hidden payload, a place of shooting or a comment: no sniffer can
tell a polyglot from a picture. PDFs cannot be redrawn here; they are kept as they are and must only ever be
served as downloads.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, NoReturn

import puremagic
from PIL import Image

from feedback.errors import (
    FileActiveContent,
    FileEmpty,
    FileHeicRefused,
    FileTooLarge,
    FileTooManyPixels,
    FileTypeRefused,
    FileUnreadable,
)

MAX_FILES = 5
MAX_BYTES = 10 * 1024 * 1024
MAX_NAME = 100
# A4 at 600 dpi is 35 megapixels; telephones of 2026 deliver 12 to 50.
MAX_PIXELS = 50_000_000
# Bytes one picture may need while it is open. With the file itself a request stays under 200 MB.
MEMORY_BUDGET = 150_000_000
# Above this a JPEG is decoded at half size (12 megapixels still give 350 dpi on A4), which bounds time and
# memory; a progressive one earlier, because it keeps all its coefficients beside the picture.
DRAFT_ABOVE_PIXELS = 16_000_000
DRAFT_PROGRESSIVE_ABOVE_PIXELS = 10_000_000
# A drawing or a screenshot stays PNG; a scan or a photograph saved as PNG is stored as JPEG: up to here PNG is
# quick to write again, because it is small or because it packs well.
PNG_PIXELS = 6_000_000
PNG_BYTES = 2 * 1024 * 1024
# Bytes allowed after the last %%EOF: editors leave newlines and padding there, polyglots a whole archive.
PDF_TAIL = 1024

_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}


def _pdf_name(name: str) -> str:
    """A pattern for a PDF name, any letter of which may be written as a hex escape (/J#61vaScript)."""
    return "/" + "".join(f"(?:{letter}|#(?i:{ord(letter):02x}))" for letter in name)


_PDF_PROGRAM = re.compile(f"(?:{_pdf_name('JavaScript')}|{_pdf_name('Launch')})(?![A-Za-z0-9])".encode())
_WINDOWS_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)")
_EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}


@dataclass(frozen=True)
class CleanFile:
    """A file fit to be kept: `content` is what to store, never the bytes that came (except for a PDF).

    `sha256` is the hex digest of `content`; `width` and `height` are pixels, None for a PDF.
    """

    name: str
    content: bytes
    media_type: str
    sha256: str
    width: int | None = None
    height: int | None = None


def clean_upload(name: str, content: bytes | BinaryIO, declared_type: str | None = None) -> CleanFile:
    """The harmless version of one uploaded file.

    `declared_type` is what the browser said; it decides nothing and only travels in the refusal's data.
    Raises FileEmpty, FileTooLarge, FileTypeRefused (and its kinds), FileTooManyPixels, FileUnreadable.
    """
    shown = display_name(name)
    data = _read(content)
    if not data:
        raise FileEmpty(name=shown)
    if len(data) > MAX_BYTES:
        raise FileTooLarge(name=shown, maximum_mb=MAX_BYTES // 2**20)
    kind = _sniff(data)
    if kind == "PDF":
        _check_pdf(data, shown)
        return _clean_file(name, data, "application/pdf")
    if kind is None:
        _refuse(data, shown, declared_type)
    return _clean_image(name, data, kind)


def display_name(name: str, media_type: str | None = None) -> str:
    """`name` without path, control and direction characters, at most 100 characters.

    With a `media_type` the extension is that type's, whatever the sender wrote.
    """
    text = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    text = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    text = re.sub(r'[<>:"|?*]', "-", " ".join(text.split())).lstrip(". ")
    stem, dot, extension = text.rpartition(".")
    if not dot or not re.fullmatch(r"[A-Za-z0-9]{1,5}", extension):
        stem, extension = text, ""
    # One extension only: "don.php.jpg" tempts servers that look at every part.
    stem = stem.replace(".", "-").strip("- ")
    if not stem or _WINDOWS_RESERVED.fullmatch(stem):
        stem = f"tep-{stem}" if stem else "tep-dinh-kem"
    suffix = _EXTENSIONS[media_type] if media_type else f".{extension}" if extension else ""
    return stem[: MAX_NAME - len(suffix)].rstrip() + suffix


def _read(content: bytes | BinaryIO) -> bytes:
    """All bytes, but never more than one past the limit: enough to know that it is too much."""
    return content if isinstance(content, bytes) else content.read(MAX_BYTES + 1)


def _sniff(data: bytes) -> str | None:
    """The real type by its first bytes: "JPEG", "PNG", "GIF", "WEBP", "PDF", or None for all we do not take."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    # The standard lets %PDF- stand anywhere in the first kilobyte; polyglots live on that.
    return "PDF" if data.startswith(b"%PDF-") else None


def _refuse(data: bytes, shown: str, declared_type: str | None) -> NoReturn:
    """Refuse a type we do not take, with the sentence that helps most."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise FileHeicRefused(name=shown)
    try:
        detected = puremagic.from_string(data[:4096], mime=True)
    except (puremagic.PureError, ValueError):
        detected = ""
    raise FileTypeRefused(name=shown, detected=detected, declared=declared_type or "")


def _check_pdf(data: bytes, shown: str) -> None:
    """A PDF from its first byte to its last: complete, nothing glued on, no program in plain sight.

    A program inside a compressed stream is not seen here; that is the virus scanner's work.
    """
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise FileUnreadable(name=shown)
    if len(data) - end > PDF_TAIL or b"PK\x05\x06" in data[-65_557:]:
        raise FileTypeRefused(name=shown, detected="polyglot", declared="")
    if _PDF_PROGRAM.search(data):
        raise FileActiveContent(name=shown)


def _clean_image(name: str, data: bytes, kind: str) -> CleanFile:
    shown = display_name(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is stricter
            image = _decode(data, kind, shown)
            drawing = len(data) <= PNG_BYTES or image.width * image.height <= PNG_PIXELS
            photograph = kind == "JPEG" or (kind == "WEBP" and image.mode == "RGB")
            content, media_type = _encode(image, as_png=drawing and not photograph)
    except FileTooManyPixels:
        raise
    except Image.DecompressionBombError as error:
        raise FileTooManyPixels(name=shown) from error
    except Exception as error:  # a decoder fed with hostile bytes may raise anything at all
        raise FileUnreadable(name=shown) from error
    return _clean_file(name, content, media_type, image.size)


def _decode(data: bytes, kind: str, shown: str) -> Image.Image:
    """The first frame, upright, without any of the metadata it came with."""
    image: Image.Image = Image.open(BytesIO(data), formats=[kind])
    pixels = image.width * image.height
    if pixels > MAX_PIXELS or pixels * _bytes_per_pixel(image, kind) > MEMORY_BUDGET:
        raise FileTooManyPixels(name=shown)
    if kind == "JPEG" and pixels > _draft_above(image):
        image.draft(None, (image.width // 2, image.height // 2))
    orientation = _orientation(image)
    image.load()
    if image.mode in {"P", "PA"} or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode not in {"1", "L", "LA", "RGB", "RGBA", "I;16"}:
        image = image.convert("RGB")
    # Pillow writes comments, ICC profiles and XMP back out from here: empty it.
    image.info = {}
    return image.transpose(orientation) if orientation is not None else image


def _bytes_per_pixel(image: Image.Image, kind: str) -> int:
    """A careful estimate of the memory one pixel needs at the worst moment, the turned copy included.

    Pillow keeps RGB in four bytes; the figures were checked against the growth of a process.
    """
    if kind == "JPEG" and not _is_progressive(image):
        return 3  # line by line into a picture that is halved when large
    if kind == "JPEG":
        # Two bytes for every coefficient; the picture itself is a quarter when halved.
        return 14 if image.width * image.height <= DRAFT_PROGRESSIVE_ABOVE_PIXELS else 8
    if kind == "WEBP":
        return 18  # two canvases inside libwebp, their copy and ours
    return {"1": 2, "L": 2, "I;16": 4, "P": 10}.get(image.mode, 8)


def _is_progressive(image: Image.Image) -> bool:
    return "progressive" in image.info or "progression" in image.info


def _draft_above(image: Image.Image) -> int:
    return DRAFT_PROGRESSIVE_ABOVE_PIXELS if _is_progressive(image) else DRAFT_ABOVE_PIXELS


_ROTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _orientation(image: Image.Image) -> Image.Transpose | None:
    """How the camera was held (EXIF tag 0x0112); a broken EXIF block never costs the picture."""
    try:
        return _ROTATIONS.get(image.getexif().get(0x0112, 1))
    except Exception:  # EXIF is hostile bytes too; an unturned picture is better than none
        return None


def _encode(image: Image.Image, *, as_png: bool) -> tuple[bytes, str]:
    """The picture as PNG if asked and if that stays under the limit, else as JPEG on white; with its media type."""
    out = BytesIO()
    if as_png:
        image.save(out, "PNG", compress_level=4)
        if out.tell() <= MAX_BYTES:
            return out.getvalue(), "image/png"
        out = BytesIO()
    if image.mode in {"RGBA", "LA"}:
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image)
        image = flat
    elif image.mode not in {"L", "RGB"}:
        image = image.convert("L")
    image.save(out, "JPEG", quality=85)
    return out.getvalue(), "image/jpeg"


def _clean_file(name: str, content: bytes, media_type: str, size: tuple[int, int] | None = None) -> CleanFile:
    return CleanFile(
        name=display_name(name, media_type),
        content=content,
        media_type=media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        width=size[0] if size else None,
        height=size[1] if size else None,
    )
