"""A citizen at the form, as a browser without script would send it."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import BIRTH

START, WHERE, WHO = "/gui-phan-anh/", "/gui-phan-anh/noi-lien-quan/", "/gui-phan-anh/lien-he/"
CHECK, SENT = "/gui-phan-anh/kiem-tra/", "/gui-phan-anh/da-gui/"
CODE = re.compile(r"\b(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}\b")
REFERENCE = re.compile(r"HA-\d{4}-\d{7}")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)


def said(response: Any) -> str:
    return str(response.content.decode())


def leads_to(response: Any) -> str:
    """Where a redirect goes."""
    assert response.status_code == 302
    return str(response.url)


def picture(name: str = "giay-hen.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PNG, "image/png")


def type_letter(client: Client, text: str = BIRTH, **answers: Any) -> Any:
    """Walk to the last page and stop there; the response of the last POST."""
    given = {"visibility": "named", **answers}
    response = client.post(START, {"text": text, "files": given.pop("files", [])})
    if response.status_code != 302:
        return response
    where = {name: given.get(name, "") for name in ("place", "procedure", "dossier_code")}
    response = client.post(WHERE, where)
    if response.status_code != 302:
        return response
    who = {name: given.get(name, "") for name in ("visibility", "name", "phone", "email", "address")}
    return client.post(WHO, who)


def send_letter(client: Client, text: str = BIRTH, **answers: Any) -> tuple[str, str]:
    """The whole way: (reference, secret code) as the confirmation shows them."""
    assert type_letter(client, text, **answers).status_code == 302
    assert client.post(CHECK).status_code == 302
    shown = client.get(SENT)
    reference = REFERENCE.search(shown.content.decode())
    assert reference
    assert CODE.fullmatch(shown.context["secret"])
    return reference[0], shown.context["secret"]
