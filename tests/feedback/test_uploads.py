from __future__ import annotations

import hashlib
import random
import struct
import time
import unicodedata
import zipfile
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from feedback.errors import (
    FileActiveContent,
    FileEmpty,
    FileHeicRefused,
    FileRefused,
    FileTooLarge,
    FileTooManyPixels,
    FileTypeRefused,
    FileUnreadable,
)
from feedback.uploads import MAX_BYTES, CleanFile, clean_upload, display_name

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
SECRET = "bi-mat-vi-tri"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object
) -> bytes:
    out = BytesIO()
    Image.new(mode, size, 100 if mode in {"L", "P"} else None).save(out, kind, **options)
    return out.getvalue()


def opened(clean: CleanFile) -> Image.Image:
    image = Image.open(BytesIO(clean.content))
    image.load()
    return image


def archive(**files: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return out.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("kind", "mode", "media_type"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGB", "image/png"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "P", "image/png"),
        ("PNG", "1", "image/png"),
        ("PNG", "I;16", "image/png"),
        ("WEBP", "RGB", "image/jpeg"),
        ("WEBP", "RGBA", "image/png"),
        ("GIF", "P", "image/png"),
    ],
)
def test_pictures_are_taken_and_drawn_anew(kind: str, mode: str, media_type: str) -> None:
    clean = clean_upload("anh.bin", picture(kind, mode=mode))
    assert clean.media_type == media_type
    assert (clean.width, clean.height) == opened(clean).size == (64, 48)
    assert clean.sha256 == hashlib.sha256(clean.content).hexdigest()
    assert clean.name == {"image/jpeg": "anh.jpg", "image/png": "anh.png"}[media_type]


def test_a_stream_is_read_and_a_lying_type_is_ignored() -> None:
    clean = clean_upload("don.exe", BytesIO(picture()), "application/x-msdownload")
    assert (clean.media_type, clean.name) == ("image/jpeg", "don.jpg")


def test_place_of_shooting_comment_and_profile_are_gone() -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET  # ImageDescription
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (20.0, 32.0, 1.0)
    dirty = picture(exif=exif, comment=SECRET.encode(), icc_profile=SECRET.encode() * 10)
    assert SECRET.encode() in dirty
    clean = clean_upload("a.jpg", dirty)
    assert SECRET.encode() not in clean.content
    assert not opened(clean).getexif()
    assert not {"icc_profile", "comment", "exif", "xmp"} & set(opened(clean).info)


def test_png_text_and_profile_are_gone() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET)
    text.add_itxt("XML:com.adobe.xmp", SECRET)
    clean = clean_upload("a.png", picture("PNG", pnginfo=text, icc_profile=SECRET.encode()))
    assert SECRET.encode() not in clean.content
    assert not opened(clean).info


def test_the_picture_stands_upright_before_the_note_of_it_is_dropped() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    source = Image.new("RGB", (40, 20), "white")
    source.paste("black", (0, 0, 8, 8))
    out = BytesIO()
    source.save(out, "JPEG", exif=exif, quality=95)
    image = opened(clean_upload("a.jpg", out.getvalue()))
    assert image.size == (20, 40)
    corner = image.convert("L").getpixel((17, 2))
    assert isinstance(corner, int)
    assert corner < 60


def test_only_the_first_frame_of_a_gif_is_kept() -> None:
    frames = [Image.new("P", (10, 10), colour) for colour in (1, 2, 3)]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert getattr(opened(clean_upload("a.gif", out.getvalue())), "n_frames", 1) == 1


@pytest.mark.parametrize("payload", [b"<?php system($_GET[0]); ?>", b"<script>alert(1)</script>", EICAR])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_what_is_glued_to_a_picture_is_left_behind(kind: str, payload: bytes) -> None:
    assert payload not in clean_upload("a", picture(kind) + payload + archive(evil=payload)).content


def test_a_pdf_is_kept_as_it_is() -> None:
    clean = clean_upload("Đơn khiếu nại.pdf", PDF, "text/html")
    assert clean == CleanFile("Đơn khiếu nại.pdf", PDF, "application/pdf", hashlib.sha256(PDF).hexdigest())


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", FileEmpty),
        (b"%PDF-1.7\nno end", FileUnreadable),
        (b"\n" + PDF, FileTypeRefused),
        (b"<html>" + PDF, FileTypeRefused),
        (PDF + archive(don=b"x"), FileTypeRefused),
        (PDF + b"x" * 5000, FileTypeRefused),
        (PDF.replace(b"/Type", b"/JavaScript (app.alert(1)) /Type"), FileActiveContent),
        (PDF.replace(b"/Type", b"/J#61va#53cript (app.alert(1)) /Type"), FileActiveContent),
        (PDF.replace(b"/Type", b"/S/Launch/Type"), FileActiveContent),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", FileTypeRefused),
        (b"<!DOCTYPE html><script>alert(1)</script>", FileTypeRefused),
        (archive(a=b"0" * 1000), FileTypeRefused),
        (archive(**{"word/document.xml": b"<w/>", "[Content_Types].xml": b"<t/>"}), FileTypeRefused),
        (archive(inner=archive(deeper=b"0" * 100_000)), FileTypeRefused),
        (b"MZ" + b"\0" * 200, FileTypeRefused),
        (b"\x7fELF" + b"\0" * 200, FileTypeRefused),
        (EICAR, FileTypeRefused),
        (b"BM" + b"\0" * 200, FileTypeRefused),
        (picture("TIFF"), FileTypeRefused),
        (picture("ICO", size=(16, 16)), FileTypeRefused),
        (b"{\\rtf1 x}", FileTypeRefused),
        (b"just words", FileTypeRefused),
        (b"\0" * 100, FileTypeRefused),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", FileHeicRefused),
        (b"\xff\xd8\xff", FileUnreadable),
        (b"\xff\xd8\xff\xe0" + b"<script>" * 20, FileUnreadable),
        (b"\x89PNG\r\n\x1a\n", FileUnreadable),
        (b"GIF89a<script>alert(1)</script>", FileUnreadable),
        (b"RIFF\x10\0\0\0WEBPVP8 ", FileUnreadable),
        (png_claiming(30_000, 30_000), FileTooManyPixels),
        (png_claiming(6_000, 6_000), FileTooManyPixels),
        (png_claiming(2_000_000_000, 2_000_000_000), FileTooManyPixels),
        (png_claiming(400, 400), FileUnreadable),
        (b"\xff\xd8\xff" + b"x" * MAX_BYTES, FileTooLarge),
    ],
)
@pytest.mark.parametrize("declared", [None, "image/jpeg"])
def test_everything_else_is_refused_with_its_sentence(
    content: bytes, error: type[FileRefused], declared: str | None
) -> None:
    start = time.process_time()
    with pytest.raises(FileRefused) as caught:
        clean_upload("thư mục/ảnh.jpg", content, declared)
    assert time.process_time() - start < 2
    assert type(caught.value) is error
    assert "ảnh.jpg" in caught.value.sentence("vi")
    assert "ảnh.jpg" in caught.value.sentence("en")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.8])
def test_a_truncated_picture_is_refused(kind: str, part: float) -> None:
    noisy = Image.effect_noise((200, 200), 80).convert("RGB")
    out = BytesIO()
    noisy.save(out, kind)
    whole = out.getvalue()
    with pytest.raises(FileUnreadable):
        clean_upload("a", whole[: int(len(whole) * part)])


def test_no_more_than_the_limit_is_read_from_a_stream() -> None:
    class Endless(BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert size >= 0
            self.taken += size
            return b"\xff" * size

    stream = Endless()
    with pytest.raises(FileTooLarge, match="10 MB"):
        clean_upload("a", stream)
    assert stream.taken <= MAX_BYTES + 1


def test_a_large_photograph_is_halved_quickly() -> None:
    large = picture(size=(8000, 6000))
    start = time.process_time()
    clean = clean_upload("a.jpg", large)
    assert time.process_time() - start < 2
    assert (clean.width, clean.height) == (4000, 3000)


def test_a_progressive_giant_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(FileTooManyPixels):
        clean_upload("a.jpg", picture(size=(5000, 4000), progressive=True))
    assert clean_upload("a.jpg", picture(size=(4032, 3024), progressive=True)).width == 2016


def test_a_drawing_stays_png_and_a_scan_saved_as_png_becomes_jpeg() -> None:
    drawing = clean_upload("a.png", picture("PNG", size=(4000, 3000), mode="L"))
    assert drawing.media_type == "image/png"
    noisy = Image.effect_noise((3000, 2400), 60)
    out = BytesIO()
    noisy.save(out, "PNG")
    start = time.process_time()
    scan = clean_upload("a.png", out.getvalue())
    assert time.process_time() - start < 2
    assert (scan.media_type, scan.width, scan.height) == ("image/jpeg", 3000, 2400)


def test_what_grows_over_the_limit_as_png_becomes_jpeg_on_white() -> None:
    noisy = Image.frombytes("RGB", (2300, 1800), random.Random(1).randbytes(2300 * 1800 * 3)).convert("RGBA")
    noisy.paste((0, 0, 0, 0), (0, 0, 200, 200))
    out = BytesIO()
    noisy.save(out, "WEBP", quality=85)
    clean = clean_upload("a.webp", out.getvalue())
    assert clean.media_type == "image/jpeg"
    corner = opened(clean).getpixel((100, 100))
    assert isinstance(corner, tuple)
    assert min(corner) > 240


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("anh.jpg", "anh.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\x\\Ảnh chụp.HEIC", "Ảnh chụp.jpg"),
        ("don.php.jpg", "don-php.jpg"),
        ("anh\x00.exe", "anh.jpg"),
        ("anh\u202egpj.exe", "anhgpj.jpg"),
        ("...", "tep-dinh-kem.jpg"),
        ("", "tep-dinh-kem.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("CON.jpg", "tep-CON.jpg"),
        ('a<b>"c|d?.jpg', "a-b--c-d.jpg"),
        ("Đơn\r\nSet-Cookie: x.pdf", "Đơn Set-Cookie- x.jpg"),
        (unicodedata.normalize("NFD", "Giấy tờ.png"), "Giấy tờ.jpg"),
        ("a" * 300 + ".jpg", "a" * 96 + ".jpg"),
    ],
)
def test_display_names(name: str, shown: str) -> None:
    assert display_name(name, "image/jpeg") == shown


@given(st.text(max_size=300))
@settings(max_examples=300)
def test_a_display_name_is_always_safe(name: str) -> None:
    shown = display_name(name, "application/pdf")
    assert shown.endswith(".pdf")
    assert 5 <= len(shown) <= 100
    assert not shown.startswith((".", " "))
    assert not set(shown) & set('/\\<>:"|?*\r\n\0')
    assert all(unicodedata.category(char)[0] != "C" for char in shown)
    assert display_name(shown, "application/pdf") == shown


@given(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]), st.data())
@settings(max_examples=150)
def test_damaged_bytes_are_cleaned_or_refused_never_an_accident(kind: str, data: st.DataObject) -> None:
    content = bytearray(picture(kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        clean = clean_upload("a", bytes(content))
    except FileRefused:
        return
    assert clean.media_type in {"image/jpeg", "image/png"}
    opened(clean)
