"""What the demonstration page shows: whose desk can be tried, and letters to paste. Only when settings.DEMO is true."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings

from feedback.models import Membership
from feedback.web.words import language, unit_name
from feedback.workflow import ROLE_NAMES, Role

# Written for the demonstration; nobody here exists.
_LETTERS = (
    "Tôi nộp hồ sơ đăng ký khai sinh cho con ở bộ phận một cửa đã quá ngày hẹn trả kết quả ba tuần mà vẫn "
    "chưa được nhận giấy khai sinh. Tôi gọi điện hỏi thì không ai nghe máy. Mong được biết bao giờ có kết quả.",
    "Cho em hoi di chung thuc ban sao bang tot nghiep thi can mang giay to gi, le phi bao nhieu, lam o xa khac "
    "noi em thuong tru co duoc khong a?",
    "Tôi đề nghị bố trí thêm ghế chờ và số thứ tự ở phòng tiếp dân, sáng thứ Hai nào cũng đông, người già phải "
    "đứng lâu.",
    "Cán bộ nhận hồ sơ gợi ý tôi đưa thêm 500 nghìn để làm nhanh giấy xác nhận tình trạng hôn nhân. "
    "Xin giữ kín tên tôi.",
)


class Account(NamedTuple):
    username: str
    password: str
    name: str
    roles: str


def letters() -> tuple[str, ...]:
    return _LETTERS


def accounts() -> list[Account]:
    """The accounts named in `var/demo-accounts.txt` ("name password" a line), with what each person does."""
    passwords = _passwords()
    roles: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    held = Membership.objects.filter(user__username__in=passwords).select_related("user").order_by("pk")
    for row in held:
        what = ROLE_NAMES[Role(row.role)][1 if language() == "en" else 0]
        roles.setdefault(row.user.username, []).append(f"{what}, {unit_name(row.unit_id)}")
        names[row.user.username] = str(row.user)
    return [Account(u, p, names.get(u, u), "; ".join(roles.get(u, []))) for u, p in passwords.items()]


def _passwords() -> dict[str, str]:
    if not settings.DEMO or not settings.DEMO_ACCOUNTS.is_file():
        return {}
    lines = (line.split() for line in settings.DEMO_ACCOUNTS.read_text(encoding="utf-8").splitlines())
    return {words[0]: words[1] for words in lines if len(words) >= 2 and not words[0].startswith("#")}
