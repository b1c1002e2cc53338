"""What was typed into a form that came too late: kept a day, encrypted, shown to its owner after signing in again."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from feedback.models import KeptText, User

MARK = "kept_text"  # hidden field of the form that sends the text once more
MOST = 5  # texts kept for one person: as many windows were open
LONG = 20  # characters from which a text is shown to be changed; shorter answers travel along unseen
_NEVER = ("csrfmiddlewaretoken", "credential", "otp", "altcha", MARK)
_SECRET = ("password", "code", "secret", "token")


def keep(request: HttpRequest, whose: int) -> KeptText | None:
    """Keep the texts of this POST for that person; None when it holds none (or only secrets). Files are not kept."""
    user = User.objects.filter(pk=whose, is_active=True).first()
    fields = [[name, values] for name, values in request.POST.lists() if _worth_keeping(name)]
    if user is None or not any(value.strip() for _name, values in fields for value in values):
        return None
    row = KeptText(user=user, path=request.get_full_path()[:2000], at=timezone.now())
    row.fields = fields
    row.save()
    newest = KeptText.objects.filter(user=user).order_by("-pk").values_list("pk", flat=True)[:MOST]
    KeptText.objects.filter(user=user).exclude(pk__in=list(newest)).delete()
    return row


def _worth_keeping(name: str) -> bool:
    return name not in _NEVER and not any(word in name.lower() for word in _SECRET)


def done_with(request: HttpRequest, response: HttpResponseBase) -> None:
    """The text was sent once more and taken: nothing is kept any longer."""
    if request.method != "POST" or response.status_code >= 400 or getattr(request, "ran_out", None):
        return
    mark = request.POST.get(MARK, "") if request.user.is_authenticated else ""
    if mark.isascii() and mark.isdigit() and len(mark) < 19:
        KeptText.objects.filter(pk=int(mark), user=cast(User, request.user)).delete()


def _find(request: HttpRequest, number: int) -> KeptText | None:
    return KeptText.objects.filter(pk=number, user=cast(User, request.user)).first()


@never_cache
@login_required
def kept_text(request: HttpRequest, number: int) -> HttpResponseBase:
    """Nothing was sent; here is what was typed, to be sent with one click. Another person is led to their own desk."""
    row = _find(request, number)
    if row is None:
        return redirect("desk")
    return _page(request, row)


def _page(request: HttpRequest, row: KeptText) -> HttpResponse:
    flat = [(name, value) for name, values in row.fields for value in values]
    texts: list[dict[str, Any]] = [
        {"name": name, "value": value, "rows": min(max(value.count("\n") + 2, len(value) // 70 + 2), 20)}
        for name, value in flat
        if len(value) >= LONG
    ]
    rest = [{"name": name, "value": value} for name, value in flat if len(value) < LONG]
    context = {"row": row, "mark": MARK, "texts": texts, "rest": rest, "page": row.path.partition("?")[0]}
    return render(request, "feedback/account/kept.html", context)


@require_POST
@login_required
def throw_away(request: HttpRequest, number: int) -> HttpResponseBase:
    """The text is not needed."""
    row = _find(request, number)
    if row is not None:
        row.delete()
        messages.success(request, _("The text is thrown away."))
    return redirect("desk")
