"""The administrators' room: who enters, what can be changed, and what is not there at all."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.test import Client

from feedback import actions, models
from feedback.models import CalendarVersion, Case, ReplyTemplate, RulesVersion, Unit, User, catalogue
from tests.cast import WEDNESDAY

# Django's own admin templates name variables that may be missing.
pytestmark = pytest.mark.ignore_template_errors


@pytest.fixture
def room(administrator: User) -> Client:
    administrator.is_staff = True
    administrator.save()
    client = Client()
    client.force_login(administrator)
    return client


def test_nothing_a_citizen_wrote_is_registered() -> None:
    registered = {model.__name__ for model in admin.site._registry}
    private = {
        "Case",
        "Identity",
        "Message",
        "Reply",
        "Attachment",
        "IntakeDraft",
        "Suggestion",
        "Rating",
        "Publication",
        "Authenticator",
        "UserSession",
        "SocialAccount",
        "EmailAddress",
        "KeptText",
    }
    assert not registered & private
    assert {
        "Unit",
        "User",
        "Membership",
        "Absence",
        "RulesVersion",
        "CalendarVersion",
        "CaseEvent",
    } <= registered


def test_one_door(office: None, handler: User) -> None:
    client = Client()
    assert client.get("/quan-tri/", follow=True).redirect_chain[-1][0].startswith("/can-bo/dang-nhap/?next=")
    assert client.get("/quan-tri/login/?next=/quan-tri/")["Location"].startswith("/can-bo/dang-nhap/")
    client.force_login(handler)
    assert client.get("/quan-tri/login/").status_code == 403
    handler.is_staff = True
    handler.save()
    assert client.get("/quan-tri/feedback/unit/").status_code == 403


def test_every_list_and_form_opens(room: Client, submitted: Case) -> None:
    for model in admin.site._registry:
        base = f"/quan-tri/{model._meta.app_label}/{model._meta.model_name}/"
        if model._meta.app_label != "feedback":
            continue
        assert room.get(base).status_code == 200, base
        assert room.get(base + "?q=HA-2026-0000001").status_code == 200, base
        first = model._default_manager.first()
        if first is not None:
            assert room.get(f"{base}{quote(first.pk)}/change/").status_code == 200, base


def test_the_log_is_read_only_and_holds_no_words(room: Client, submitted: Case) -> None:
    event = submitted.events.get(seq=1)
    page = room.get(f"/quan-tri/feedback/caseevent/{event.pk}/change/").content.decode()
    assert submitted.reference in page
    assert submitted.text[:40] not in page
    assert 'name="_save"' not in page
    assert room.post(f"/quan-tri/feedback/caseevent/{event.pk}/change/", {"verb": "close"}).status_code == 403
    assert room.post(f"/quan-tri/feedback/caseevent/{event.pk}/delete/", {"post": "yes"}).status_code == 403
    assert room.get("/quan-tri/feedback/caseevent/add/").status_code == 403
    found = room.get(f"/quan-tri/feedback/caseevent/?q={submitted.reference}").content.decode()
    assert "submit" in found


@pytest.mark.parametrize("model", [CalendarVersion, RulesVersion])
def test_what_dates_are_computed_from_is_only_shown(room: Client, model: type[Model]) -> None:
    """No saving of a row here may move a date: that takes a change, counted and confirmed."""
    row = model._default_manager.get()
    base = f"/quan-tri/feedback/{model._meta.model_name}/"
    page = room.get(f"{base}{row.pk}/change/").content.decode()
    assert str(row) in page
    assert 'name="_save"' not in page
    for url in (f"{base}add/", f"{base}{row.pk}/change/", f"{base}{row.pk}/delete/"):
        assert room.post(url, {"version": "x", "data": "{}", "post": "yes"}).status_code == 403, url
    assert room.get(f"{base}add/").status_code == 403
    assert model._default_manager.get() == row


def test_sentences_and_units_can_be_changed(room: Client) -> None:
    template = ReplyTemplate.objects.get(code="CHUNG")
    form = {
        "code": "CHUNG",
        "name_vi": "Chung",
        "body_vi": "Kính gửi {citizen}",
        "topic": "",
        "issue": "",
        "kind": "",
    }
    assert room.post("/quan-tri/feedback/replytemplate/CHUNG/change/", form).status_code == 302
    template.refresh_from_db()
    assert template.name_vi == "Chung"
    assert Unit.objects.filter(code="STP").exists()
    assert catalogue().units["STP"].code == "STP"


def test_an_administrator_cannot_become_a_superuser_or_remove_anybody(room: Client, handler: User) -> None:
    boss = User.objects.create_superuser("chu-may", password="mat-khau-thu-nghiem")
    assert room.post(f"/quan-tri/feedback/user/{boss.pk}/change/", {"username": "x"}).status_code == 403
    assert room.get(f"/quan-tri/feedback/user/{boss.pk}/password/").status_code == 403
    me = User.objects.get(username="quan-tri-1")
    page = room.get(f"/quan-tri/feedback/user/{me.pk}/change/").content.decode()
    assert "is_superuser" not in page
    assert room.post(f"/quan-tri/feedback/user/{handler.pk}/delete/", {"post": "yes"}).status_code == 403
    assert models.Membership.objects.filter(user=handler).exists()


def test_an_administrator_reads_no_letter(room: Client, submitted: Case) -> None:
    assert room.get(f"/can-bo/don/{submitted.reference}/").status_code == 302
    assert not Case.objects.visible_to(User.objects.get(username="quan-tri-1")).exists()
    assert actions.allowed_actions(submitted, User.objects.get(username="quan-tri-1")) == []
    assert submitted.received_at == WEDNESDAY
