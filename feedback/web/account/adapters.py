"""Where allauth asks the house: how a person is signed in, how secrets are kept, whom single sign-on lets in."""

from __future__ import annotations

import ipaddress
from typing import Any, NoReturn

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback import actions
from feedback.models import AccountEvent, User
from feedback.models.vault import decrypt, encrypt
from feedback.web.account import words
from feedback.web.account.policy import must_have_second_factor


class OfficeAccounts(DefaultAccountAdapter):
    """Nobody signs up; messages are the office's own."""

    error_messages = {**DefaultAccountAdapter.error_messages, **words.ERRORS}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """For the list of devices. uvicorn has already weighed the proxy's word (HOIAM_PROXIES)."""
        address = str(request.META.get("REMOTE_ADDR", ""))
        try:
            return str(ipaddress.ip_address(address))
        except ValueError:
            return "0.0.0.0"  # noqa: S104 - not an address to bind: "not known"

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        said = message or words.MESSAGES.get(message_template or "")
        if said:
            messages.add_message(request, level, said, extra_tags=extra_tags)


class OfficeFactors(DefaultMFAAdapter):
    """Secrets are encrypted with the identity key; a factor somebody must have is not given up without another."""

    error_messages = {**DefaultMFAAdapter.error_messages, **words.ERRORS}

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return str(decrypt(encrypted_text))

    def get_totp_issuer(self) -> str:
        return settings.OFFICE_NAME

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())

    def build_totp_svg(self, url: str) -> str:
        """Drawn in the page itself: no file, no other program, nothing a cache could keep."""
        return str(segno.make(url, error="m", micro=False).svg_inline(scale=5, border=3))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.OFFICE_NAME}

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.get_username())

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last one only by people who need none."""
        person = authenticator.user
        others = Authenticator.objects.filter(
            user_id=person.pk, type__in=(Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
        ).exclude(pk=authenticator.pk)
        return not must_have_second_factor(person) or others.exists()


class OfficeSingleSignOn(DefaultSocialAccountAdapter):
    """Single sign-on opens existing accounts of active staff; it makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Known by the provider's lasting subject; the first time by a verified address that one account has."""
        if sociallogin.is_existing:
            if not sociallogin.user.is_active:
                _refuse(request)
            return
        person = _by_verified_address(sociallogin)
        if person is None:
            _refuse(request)
        sociallogin.connect(request, person)
        actions.note_on_account(person, AccountEvent.Act.LINKED, by=person, at=timezone.now())

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        """Cancelled, a forged answer, a provider that is down: back to the door with one sentence."""
        refuse(request, _("Single sign-on did not work. Try again, or use your account and password."))


def _by_verified_address(sociallogin: SocialLogin) -> User | None:
    """The one active account with the provider's verified address; None if there is none, or more than one."""
    verified = [one.email for one in sociallogin.email_addresses if one.verified and one.email]
    if not verified:
        return None
    found = list(User.objects.filter(email__iexact=verified[0], is_active=True)[:2])
    return found[0] if len(found) == 1 else None


def _refuse(request: HttpRequest) -> NoReturn:
    sentence = _("There is no staff account for this sign-in. Please ask the administrator of the office.")
    refuse(request, sentence)


def refuse(request: HttpRequest, sentence: str) -> NoReturn:
    """Back to the sign-in page with a sentence."""
    messages.error(request, sentence)
    raise ImmediateHttpResponse(redirect("account_login"))
