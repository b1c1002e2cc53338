"""The named cast: a test reads as a story. People are roles; nobody here exists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feedback import actions
from feedback.management import loading
from feedback.models import Case, Membership, Unit, User
from feedback.models.catalogue_cache import catalogue, forget
from feedback.reports import decided, shelf, similar

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
# A Wednesday morning without a holiday near: five working weeks follow before the New Year.
WEDNESDAY = datetime(2026, 11, 4, 9, 0, tzinfo=HANOI)
BIRTH = (
    "Tôi nộp hồ sơ đăng ký khai sinh cho con đã quá ngày hẹn trả kết quả ba tuần mà vẫn chưa nhận được giấy."
)


def later(**span: float) -> datetime:
    """So long after WEDNESDAY: `later(days=2)`."""
    return WEDNESDAY + timedelta(**span)


@pytest.fixture
def office(db: None) -> Iterator[None]:
    """The office's catalogue, loaded from the files the product carries."""
    forget()
    if not Unit.objects.exists():
        loading.load()
    catalogue()
    yield
    forget()


def hire(username: str, name: str, *roles: tuple[str, str], **extra: Any) -> User:
    """A member of staff with (unit, role) memberships."""
    user = User.objects.create_user(username, password="mat-khau-thu-nghiem", display_name=name)
    for unit, role in roles:
        Membership.objects.create(user=user, unit_id=unit, role=role, **extra)
    return user


@pytest.fixture
def handler(office: None) -> User:
    return hire("can-bo-1", "Chuyên viên Hành chính tư pháp 1", ("STP.HCTP", "handler"))


@pytest.fixture
def colleague(office: None) -> User:
    return hire("can-bo-2", "Chuyên viên Hành chính tư pháp 2", ("STP.HCTP", "handler"))


@pytest.fixture
def leader(office: None) -> User:
    return hire("truong-phong-1", "Trưởng phòng Hành chính tư pháp", ("STP.HCTP", "leader"))


@pytest.fixture
def triage_officer(office: None) -> User:
    return hire("phan-loai-1", "Cán bộ phân loại", ("STP.VP", "triage"))


@pytest.fixture
def manager(office: None) -> User:
    return hire("giam-doc-1", "Phó Giám đốc", ("STP.LD", "manager"))


@pytest.fixture
def integrity_officer(office: None) -> User:
    return hire("liem-chinh-1", "Cán bộ phụ trách đơn giữ kín", ("STP.VP", "integrity"))


@pytest.fixture
def auditor(office: None) -> User:
    return hire("giam-sat-1", "Cán bộ kiểm tra", ("THANHTRA_TINH", "auditor"))


@pytest.fixture
def administrator(office: None) -> User:
    return hire("quan-tri-1", "Quản trị hệ thống", ("STP.VP", "administrator"))


@pytest.fixture
def stranger(office: None) -> User:
    """An officer of another unit, with nothing to do with the case."""
    return hire("can-bo-khac", "Chuyên viên Bổ trợ tư pháp", ("STP.BTTP", "handler"))


@pytest.fixture
def subject_officer(office: None) -> User:
    """The officer a letter complains about."""
    return hire("can-bo-bi-phan-anh", "Chuyên viên bị phản ánh", ("STP.HCTP", "handler"))


@pytest.fixture
def similar_at_once(office: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The indexes of similar letters are built when first asked, in this thread, and look at the log every time."""
    monkeypatch.setattr(shelf.Shelf, "resting", False)
    monkeypatch.setattr(shelf, "LOOK_EVERY", 0.0)
    for one in (*similar.SHELVES, *decided.SHELVES):
        monkeypatch.setattr(one, "begin", lambda work: work())
        one.forget()
    yield
    for one in (*similar.SHELVES, *decided.SHELVES):
        one.forget()


@pytest.fixture
def send(office: None) -> Callable[..., actions.Receipt]:
    """Submit a letter as a citizen: `send(text=…, at=…, phone=…)`."""

    def _send(
        text: str = BIRTH, *, at: datetime = WEDNESDAY, by: Any = actions.CITIZEN, **fields: Any
    ) -> actions.Receipt:
        key = fields.pop("key", None)
        return actions.submit(actions.Letter(text=text, **fields), by=by, at=at, key=key)

    return _send


@pytest.fixture
def submitted(send: Callable[..., actions.Receipt]) -> Case:
    """A letter about a late birth certificate, just received."""
    return send().case


@pytest.fixture
def assigned(handler: User, send: Callable[..., actions.Receipt]) -> Case:
    """The same letter in the hands of the handler."""
    case = send().case
    assert case.unit_id == "STP.HCTP"
    if case.handler != handler:  # another member of the cast works there too and was chosen
        officer = hire("phan-loai-cua-cast", "Cán bộ phân loại", ("STP.VP", "triage"))
        actions.assign(case, handler=handler, by=officer, at=WEDNESDAY)
    return case


@pytest.fixture
def processing(assigned: Case, handler: User) -> Case:
    """The handler has accepted it and is at work."""
    return actions.accept(assigned, by=handler, at=later(hours=1))


@pytest.fixture
def answered(processing: Case, handler: User, leader: User) -> Case:
    """The answer has gone out."""
    body = "Kính gửi ông/bà, giấy khai sinh đã sẵn sàng."
    actions.submit_reply(processing, body=body, by=handler, at=later(days=1))
    return actions.approve_reply(processing, by=leader, at=later(days=2))
