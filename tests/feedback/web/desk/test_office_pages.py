"""The administrators' pages: who may enter, what is asked first, what is refused in which field, what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback import actions
from feedback.links import sign_in_link
from feedback.models import (
    Absence,
    AccountEvent,
    Case,
    Membership,
    OfficeAct,
    Procedure,
    ReplyTemplate,
    Topic,
    User,
    catalogue,
)
from feedback.models.office_log import AuditShare, audit_percent
from tests.cast import BIRTH, hire
from tests.feedback.web.desk.conftest import Open, moment

Send = Callable[..., actions.Receipt]
ROOM = "/can-bo/quan-tri/"
PAGES = (
    "",
    "nhat-ky/",
    "nguoi/",
    "nguoi/moi/",
    "danh-muc/",
    "danh-muc/topic/HT.KS/",
    "danh-muc/issue/TD/",
    "thu-tuc/",
    "mau/",
    "mau/moi/",
    "mau/CHUNG/",
    "phan-loai/",
)
NEW = {
    "username": "can-bo-hctp-9",
    "display_name": "Chuyên viên Hành chính tư pháp 9",
    "email": "can-bo-hctp-9@example.vn",
    "language": "vi",
    "role": "handler",
    "unit": "STP.HCTP",
    "valid_from": "2026-11-04",
}


@pytest.fixture
def desk(administrator: User, desk_of: Open) -> Client:
    return desk_of(administrator)


def fields_of(page: Any) -> dict[str, Any]:
    """What the form would send if nothing were typed."""
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, False)}


def change(client: Client, url: str, **typed: Any) -> Any:
    """Open, type, look at what follows, confirm; returns the page that asked, having checked that nothing moved yet."""
    values = fields_of(client.get(url)) | typed
    values = {name: value for name, value in values.items() if value is not False}
    before = OfficeAct.objects.count()
    asked = client.post(url, values)
    assert asked.status_code == 200, asked.context["form"].errors
    assert asked.context["follows"].sentences
    assert OfficeAct.objects.count() == before
    done = client.post(url, values | {"confirm": "1"})
    assert done.status_code == 302, done.context["form"].errors
    return asked


# --- who may enter


@pytest.mark.parametrize("page", PAGES)
def test_only_administrators(
    page: str, handler: User, leader: User, manager: User, auditor: User, desk: Client, desk_of: Open
) -> None:
    assert desk.get(ROOM + page).status_code == 200
    for user in (handler, leader, auditor):
        assert desk_of(user).get(ROOM + page).status_code == 403
        assert desk_of(user).post(ROOM + page, NEW).status_code == 403
    assert desk_of(manager).get(ROOM + page).status_code == (200 if page == "phan-loai/" else 403)


def test_signed_out_people_are_sent_to_the_door(office: None) -> None:
    assert Client().get(ROOM)["Location"].startswith("/can-bo/dang-nhap/")


def test_the_overview_leads_everywhere(desk: Client) -> None:
    page = desk.get(ROOM).content.decode()
    for url in ("nguoi/", "danh-muc/", "thu-tuc/", "mau/", "phan-loai/"):
        assert f'href="{ROOM}{url}"' in page
    for url in ("/can-bo/thay-doi/lich/", "/can-bo/thay-doi/quy-tac/", "/can-bo/thay-doi/don-vi/"):
        assert f'href="{url}"' in page
    assert "Đọc mọi đơn, không sửa gì." in page


def test_no_letter_is_shown(send: Send, handler: User, desk: Client) -> None:
    case = send().case
    for page in (*PAGES, f"nguoi/{handler.pk}/", f"nguoi/{handler.pk}/ngung/"):
        assert case.text[:25] not in desk.get(ROOM + page).content.decode()


def test_every_page_asks_a_few_times_only(send: Send, handler: User, desk: Client) -> None:
    for n in range(12):
        hire(f"nguoi-{n}", f"Người {n}", ("STP.HCTP", "handler"))
        send(f"{BIRTH} Lần {n}.")
    for page in (
        *PAGES,
        f"nguoi/{handler.pk}/",
        f"nguoi/{handler.pk}/vai-tro/",
        f"nguoi/{handler.pk}/ngung/",
    ):
        desk.get(ROOM + page)
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(ROOM + page).status_code == 200
        assert len(asked) <= 10, (page, [q["sql"][:80] for q in asked])


# --- people


def test_a_person_is_added_and_can_be_given_letters(
    send: Send, leader: User, desk: Client, django_capture_on_commit_callbacks: Any
) -> None:
    case = send().case
    asked = desk.post(f"{ROOM}nguoi/moi/", NEW)
    assert "Thêm người này?" in asked.content.decode()
    assert not User.objects.filter(username=NEW["username"]).exists()
    with django_capture_on_commit_callbacks(execute=True):
        done = desk.post(f"{ROOM}nguoi/moi/", NEW | {"confirm": "1"})
    person = User.objects.get(username=NEW["username"])
    assert done["Location"] == f"{ROOM}nguoi/{person.pk}/"
    assert not person.has_usable_password()
    assert person in actions.possible_handlers(case, leader)
    assert [act.what for act in OfficeAct.objects.order_by("pk")] == [
        "person_added",
        "role_given",
        "link_sent",
    ]
    assert "@" not in str(list(OfficeAct.objects.values("name", "changes", "why")))
    page = desk.get(f"{ROOM}nguoi/{person.pk}/").content.decode()
    assert "Gửi liên kết đăng nhập" in page


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(handler: User, desk: Client) -> None:
    wrong = NEW | {"username": "Cán bộ", "email": "khong-phai", "display_name": "  "}
    page = desk.post(f"{ROOM}nguoi/moi/", wrong | {"confirm": "1"})
    assert page.status_code == 422
    form = page.context["form"]
    assert "display_name" in form.errors
    page = desk.post(f"{ROOM}nguoi/moi/", wrong | {"display_name": "Người mới", "confirm": "1"})
    form = page.context["form"]
    assert set(form.errors) == {"username", "email"}
    assert "chữ thường không dấu" in str(form.errors["username"])
    assert form["email"].value() == "khong-phai"
    taken = desk.post(
        f"{ROOM}nguoi/moi/", NEW | {"username": handler.username.upper().lower(), "confirm": "1"}
    )
    assert "Đã có tài khoản tên này" in taken.content.decode()
    assert not OfficeAct.objects.exists()


def test_details_are_changed_once_and_against_what_was_seen(handler: User, desk: Client) -> None:
    url = f"{ROOM}nguoi/{handler.pk}/"
    old = fields_of(desk.get(url))
    change(desk, url, display_name="Chuyên viên mới", email="moi@example.vn")
    handler.refresh_from_db()
    assert (handler.display_name, handler.email) == ("Chuyên viên mới", "moi@example.vn")
    act = OfficeAct.objects.get()
    assert act.changes == {
        "display_name": ["Chuyên viên Hành chính tư pháp 1", "Chuyên viên mới"],
        "email": None,
    }
    stale = desk.post(url, old | {"display_name": "Tên khác", "confirm": "1"})
    assert stale.status_code == 409
    assert "Tên khác" in stale.content.decode()
    assert "Người khác vừa sửa" in stale.content.decode()


def test_two_people_cannot_share_an_address(handler: User, colleague: User, desk: Client) -> None:
    User.objects.filter(pk=colleague.pk).update(email="chung@example.vn")
    url = f"{ROOM}nguoi/{handler.pk}/"
    page = desk.post(url, fields_of(desk.get(url)) | {"email": "CHUNG@example.vn", "confirm": "1"})
    assert page.status_code == 422
    assert "email" in page.context["form"].errors


def test_nobody_changes_their_own_roles(administrator: User, desk: Client) -> None:
    url = f"{ROOM}nguoi/{administrator.pk}/vai-tro/"
    given = {
        "role": "integrity",
        "unit": "STP.VP",
        "valid_from": "2026-11-04",
        "capacity": "30",
        "confirm": "1",
    }
    assert desk.post(url, given).status_code == 403
    assert not Membership.objects.filter(user=administrator, role="integrity").exists()
    assert desk.get(f"{ROOM}nguoi/{administrator.pk}/ngung/").status_code == 404


def test_a_superuser_is_changed_by_superusers_only(desk: Client, handler: User) -> None:
    User.objects.filter(pk=handler.pk).update(is_superuser=True)
    url = f"{ROOM}nguoi/{handler.pk}/"
    page = desk.post(url, {"display_name": "Khác", "email": "", "language": "vi", "confirm": "1"})
    assert page.status_code == 403
    assert desk.post(f"{url}lien-ket/").status_code == 302
    assert not AccountEvent.objects.exists()


def test_roles_have_days_and_a_second_time_changes_them(handler: User, desk: Client) -> None:
    url = f"{ROOM}nguoi/{handler.pk}/vai-tro/"
    change(desk, url, role="triage", unit="STP.VP", valid_from="2026-11-04", valid_to="2026-12-31")
    row = Membership.objects.get(user=handler, role="triage")
    change(desk, f"{url}{row.pk}/", valid_to="2026-11-30", skills=["HT"], capacity="12")
    row.refresh_from_db()
    assert (str(row.valid_to), row.skills, row.capacity) == ("2026-11-30", ["HT"], 12)
    newest = OfficeAct.objects.first()
    assert newest is not None
    assert newest.what == "role_changed"
    page = desk.post(
        f"{url}{row.pk}/", fields_of(desk.get(f"{url}{row.pk}/")) | {"valid_to": "2026-01-01", "confirm": "1"}
    )
    assert page.status_code == 422
    assert "Ngày cuối đứng trước ngày đầu." in page.content.decode()


def test_a_handlers_role_does_not_end_under_open_letters(assigned: Case, handler: User, desk: Client) -> None:
    row = Membership.objects.get(user=handler)
    url = f"{ROOM}nguoi/{handler.pk}/vai-tro/{row.pk}/"
    values = fields_of(desk.get(url)) | {"valid_to": "2026-11-01"}
    assert "1 đơn" in " ".join(desk.post(url, values).context["follows"].sentences)
    page = desk.post(url, values | {"confirm": "1"})
    assert page.status_code == 409
    assert "valid_to" in page.context["form"].errors


def test_who_goes_hands_over_first(
    assigned: Case, send: Send, handler: User, colleague: User, leader: User, desk: Client, desk_of: Open
) -> None:
    waiting = send(f"{BIRTH} Lần hai.").case
    if waiting.handler != handler:
        actions.assign(waiting, handler=handler, by=leader, at=moment())
    actions.ask_citizen(waiting, question="Số hồ sơ?", by=handler, at=moment())
    theirs = desk_of(handler)
    url = f"{ROOM}nguoi/{handler.pk}/ngung/"
    page = desk.get(url)
    assert [case.pk for case in page.context["moving"]] == [assigned.pk]
    assert [case.pk for case in page.context["staying"]] == [waiting.pk]
    refused = desk.post(url, {})
    assert refused.status_code == 422
    assert User.objects.get(pk=handler.pk).is_active
    assert desk.post(url, {"STP.HCTP": str(colleague.pk)}).status_code == 302
    assigned.refresh_from_db()
    waiting.refresh_from_db()
    assert (assigned.handler, waiting.handler) == (colleague, handler)
    event = assigned.events.filter(verb="assign").latest("seq")
    assert (event.actor, event.role) == (None, "system"), "the administrator has no part in the letter"
    assert event.internal["why"]["rule"] == "handed_over"
    assert not User.objects.get(pk=handler.pk).is_active
    assert not Membership.objects.current(moment().date()).filter(user=handler).exists()
    assert theirs.get("/can-bo/")["Location"].startswith("/can-bo/dang-nhap/")
    assert OfficeAct.objects.get().what == "person_closed"
    assert desk.post(f"{ROOM}nguoi/{handler.pk}/mo-lai/").status_code == 302
    again = User.objects.get(pk=handler.pk)
    assert again.is_active
    assert not again.scope().works_here, "roles are given anew"


def test_a_letter_about_the_successor_is_not_handed_to_them(
    assigned: Case, handler: User, colleague: User, desk: Client
) -> None:
    Case.objects.filter(pk=assigned.pk).update(subject_officer=colleague)
    page = desk.post(f"{ROOM}nguoi/{handler.pk}/ngung/", {"STP.HCTP": str(colleague.pk)})
    assert page.status_code == 422
    assert "nói về người đó" in page.content.decode()
    assert User.objects.get(pk=handler.pk).is_active


def test_sealed_letters_go_to_integrity_officers_only(
    assigned: Case, handler: User, colleague: User, integrity_officer: User, desk: Client
) -> None:
    Case.objects.filter(pk=assigned.pk).update(sealed=True)
    page = desk.get(f"{ROOM}nguoi/{handler.pk}/ngung/")
    assert set(page.context["form"].fields) == {"sealed"}
    choices = [pk for pk, _name in page.context["form"].fields["sealed"].choices]
    assert choices == ["", str(integrity_officer.pk)]
    assert (
        desk.post(f"{ROOM}nguoi/{handler.pk}/ngung/", {"sealed": str(integrity_officer.pk)}).status_code
        == 302
    )


# --- the sign-in link


def test_the_link_lets_a_password_be_chosen_once(handler: User, desk: Client, settings: Any) -> None:
    User.objects.filter(pk=handler.pk).update(email="can-bo-1@example.vn")
    assert desk.post(f"{ROOM}nguoi/{handler.pk}/lien-ket/").status_code == 302
    assert AccountEvent.objects.get().act == "link_sent"
    link = sign_in_link(User.objects.get(pk=handler.pk)).removeprefix(settings.SITE_URL)
    visitor = Client()
    form = visitor.get(link)["Location"]
    words = "bon tu khong lien quan gi nhau"
    other = visitor.post(form, {"new_password1": words, "new_password2": "khac han"})
    assert other.status_code == 422
    assert visitor.post(form, {"new_password1": words, "new_password2": words}).status_code == 302
    assert User.objects.get(pk=handler.pk).check_password(words)
    again = Client().get(link)
    assert "không còn dùng được" in again.content.decode()


def test_without_an_address_no_link(handler: User, desk: Client) -> None:
    page = desk.post(f"{ROOM}nguoi/{handler.pk}/lien-ket/", follow=True)
    assert "chưa có địa chỉ thư điện tử" in page.content.decode()
    assert not AccountEvent.objects.exists()
    assert mail.outbox == []


# --- catalogue


def test_a_label_is_renamed_with_its_consequences(assigned: Case, desk: Client) -> None:
    code = str(assigned.topic_id)
    url = f"{ROOM}danh-muc/topic/{code}/"
    row = Topic.objects.get(pk=code)
    asked = change(
        desk,
        url,
        name_vi="Đăng ký khai sinh, sinh con",
        keywords="\n".join([*row.keywords, "giấy khai sinh mới", "khai sinh"]),
    )
    told = " ".join(asked.context["follows"].sentences)
    assert "Đăng ký khai sinh, sinh con" in told
    assert "giấy khai sinh mới" in told
    assert catalogue().topics[code].name_vi == "Đăng ký khai sinh, sinh con"
    act = OfficeAct.objects.get()
    assert (act.subject, act.changes["name_vi"][0]) == (f"topic:{code}", row.name_vi)
    assert row.name_vi in desk.get(url).content.decode()


def test_switching_off_says_how_many_letters_carry_it(assigned: Case, desk: Client) -> None:
    code = str(assigned.topic_id)
    url = f"{ROOM}danh-muc/topic/{code}/"
    values = fields_of(desk.get(url))
    del values["active"]
    asked = desk.post(url, values)
    assert "1 đơn đang mở mang mục này" in " ".join(asked.context["follows"].sentences)
    assert desk.post(url, values | {"confirm": "1"}).status_code == 302
    assert not Topic.objects.get(pk=code).active
    assigned.refresh_from_db()
    assert assigned.topic_id == code


def test_a_family_in_use_below_is_not_switched_off(desk: Client) -> None:
    url = f"{ROOM}danh-muc/topic/HT/"
    values = fields_of(desk.get(url))
    del values["active"]
    page = desk.post(url, values | {"confirm": "1"})
    assert page.status_code == 409
    assert "active" in page.context["form"].errors


def test_a_procedure(desk: Client, office: None) -> None:
    row = Procedure.objects.first()
    assert row is not None
    url = f"{ROOM}thu-tuc/{row.pk}/"
    values = fields_of(desk.get(url)) | {"legal_days": "7", "legal_days_unit": ""}
    page = desk.post(url, values | {"confirm": "1"})
    assert "legal_days_unit" in page.context["form"].errors
    change(desk, url, name_vi="Tên thủ tục mới", legal_days="7", legal_days_unit="wd")
    row.refresh_from_db()
    assert (row.name_vi, row.legal_days) == ("Tên thủ tục mới", 7)
    values = fields_of(desk.get(url))
    del values["published"]
    desk.post(url, values | {"confirm": "1"})
    assert row.code not in Client().get("/gui-phan-anh/").content.decode()


# --- templates


def test_a_template_is_looked_at_saved_and_taken_back(desk: Client, office: None) -> None:
    url, row = f"{ROOM}mau/CHUNG/", ReplyTemplate.objects.get(pk="CHUNG")
    first = row.body_vi
    asked = change(desk, url, body_vi="Kính gửi {citizen},\n\nĐơn {reference} đã có kết quả: [kết quả].")
    assert (
        asked.context["follows"].sample == "Kính gửi ông/bà,\n\nĐơn HA-2026-0000000 đã có kết quả: [kết quả]."
    )
    act = OfficeAct.objects.get()
    assert act.changes["body_vi"][0] == first
    page = desk.get(url)
    assert [one["body"] for one in page.context["versions"]] == [first]
    again = desk.get(f"{url}?version={act.pk}")
    assert again.context["form"]["body_vi"].value() == first
    change(desk, f"{url}?version={act.pk}")
    row.refresh_from_db()
    assert row.body_vi == first.rstrip()
    assert desk.get(f"{url}?version=999999").status_code == 404


def test_a_field_nobody_fills_in_is_refused(desk: Client) -> None:
    url = f"{ROOM}mau/CHUNG/"
    values = fields_of(desk.get(url)) | {"body_vi": "Kính gửi {ten_nguoi_gui}, xin cảm ơn.", "confirm": "1"}
    page = desk.post(url, values)
    assert page.status_code == 422
    assert "{ten_nguoi_gui}" in str(page.context["form"].errors["body_vi"])
    assert "Kính gửi {ten_nguoi_gui}" in page.content.decode()


def test_a_new_template(desk: Client) -> None:
    given = {
        "code": "HT.MOI",
        "name_vi": "Mẫu mới",
        "topic": "HT",
        "issue": "",
        "kind": "",
        "body_vi": "Kính gửi {citizen}",
    }
    assert desk.post(f"{ROOM}mau/moi/", given).context["follows"].sample == "Kính gửi ông/bà"
    assert desk.post(f"{ROOM}mau/moi/", given | {"confirm": "1"}).status_code == 302
    assert ReplyTemplate.objects.get(pk="HT.MOI").topic_id == "HT"
    page = desk.post(f"{ROOM}mau/moi/", given | {"confirm": "1"})
    assert "Đã có mẫu dùng mã này" in page.content.decode()


def test_two_administrators_lose_no_word(desk: Client) -> None:
    url = f"{ROOM}mau/CHUNG/"
    seen = fields_of(desk.get(url))
    change(desk, url, body_vi="Bản của người thứ nhất.")
    page = desk.post(url, seen | {"body_vi": "Bản của người thứ hai.", "confirm": "1"})
    assert page.status_code == 409
    assert "Bản của người thứ hai." in page.content.decode()
    assert ReplyTemplate.objects.get(pk="CHUNG").body_vi == "Bản của người thứ nhất."


# --- the classifier


def test_the_share_of_the_random_check(desk: Client, manager: User, desk_of: Open, settings: Any) -> None:
    settings.AUDIT_PERCENT = 3
    assert audit_percent() == 3
    url = f"{ROOM}phan-loai/"
    assert desk.post(url, {"percent": "50", "why": "x"}).status_code == 422
    change(desk, url, percent="10", why="Mô hình mới, kiểm tra kỹ hơn.")
    AuditShare.objects.get(percent=10)
    from feedback.models.office_log import forget_audit_percent

    forget_audit_percent()
    assert audit_percent() == 10
    page = desk_of(manager).get(url).content.decode()
    assert "Mô hình mới, kiểm tra kỹ hơn." in page


def test_thresholds_show_what_would_be_answered(send: Send, desk: Client) -> None:
    send()
    page = desk.get(f"{ROOM}phan-loai/?at_least=87,5")
    head = page.context["heads"][0]
    asked = [row for row in head["rows"] if row["asked"]]
    assert [row["threshold"] for row in asked] == ["87,5 %"]
    numbers = [row["answered"] for row in head["rows"]]
    assert numbers == sorted(numbers, reverse=True)


# --- the log


def test_the_log_is_only_added_to(handler: User, leader: User) -> None:
    actions.set_capacity(handler, weekly=5, by=leader, at=moment())
    act = OfficeAct.objects.get()
    for change_it in (act.save, act.delete):
        with pytest.raises(Exception, match="append_only"):
            change_it()


def test_leave_of_the_demo_needs_no_approver(handler: User, office: None) -> None:
    day = moment().date()
    row = Absence.objects.create(user=handler, first_day=day, last_day=day + timedelta(days=1))
    assert row.approves is False
