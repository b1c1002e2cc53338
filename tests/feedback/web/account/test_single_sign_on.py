"""Single sign-on against a provider of our own: opens existing accounts, makes none, believes no forged token."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from feedback.models import AccountEvent, User
from tests.feedback.web.account.conftest import DESK, LOGIN, SECOND, digits, enter
from tests.feedback.web.walk import said

BEGIN, BACK = f"{LOGIN}co-quan/", f"{LOGIN}co-quan/tra-ve/"
CLIENT, SECRET = "hoi-am", "mat-khau-cua-ung-dung"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FORGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """A small OpenID Connect provider; a test bends what it says."""

    port: int = 0
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    key: Any = KEY
    challenge: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [{**public, "kid": "one", "alg": "RS256", "use": "sig"}]}

    def token(self, form: dict[str, list[str]]) -> dict[str, Any]:
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"][0].encode()).digest())
        assert proof.rstrip(b"=").decode() == self.challenge, "PKCE"
        assert (form["client_id"], form["client_secret"]) == ([CLIENT], [SECRET])
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, **self.claims}
        return {
            "access_token": "mo-cua",
            "token_type": "Bearer",
            "id_token": jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "one"}),
        }


def handler_for(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Answers(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Quiet."""

        def _say(self, data: dict[str, Any]) -> None:
            body = json.dumps(data).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            provider.asked.append(self.path)
            known: dict[str, Callable[[], dict[str, Any]]] = {
                "/.well-known/openid-configuration": provider.configuration,
                "/keys": provider.keys,
                "/userinfo": lambda: provider.userinfo or provider.claims,
            }
            self._say(known[self.path]())

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._say(provider.token(form))

    return Answers


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    one = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(one))
    one.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.OIDC_ISSUER = one.issuer
    app = {
        "provider_id": "office",
        "name": "Đăng nhập một lần",
        "client_id": CLIENT,
        "secret": SECRET,
        "settings": {"server_url": one.issuer},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    yield one
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def known(handler: User) -> User:
    handler.email = "can-bo-1@example.vn"
    handler.save()
    return handler


def through(provider: Provider, client: Client, **claims: Any) -> Any:
    """Press the button, be known to the provider by these claims, come back; the last answer."""
    provider.claims = claims
    begun = client.post(BEGIN, {"next": ""})
    assert begun.status_code == 302, said(begun)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun["Location"]).query).items()}
    assert begun["Location"].startswith(f"{provider.issuer}/authorize?")
    assert asked["redirect_uri"] == f"http://testserver{BACK}"
    assert asked["code_challenge_method"] == "S256"
    provider.challenge = asked["code_challenge"]
    return client.get(BACK, {"state": asked["state"], "code": "mot-lan"})


def refused(client: Client, answer: Any) -> str:
    """Back at the door, nobody signed in; what the page says."""
    assert answer["Location"] == LOGIN
    assert client.get(DESK).status_code == 302
    page = said(client.get(LOGIN))
    return page.split('role="alert"')[1].split("</p>")[0]


def test_the_first_time_by_address_then_by_subject(provider: Provider, known: User) -> None:
    client = Client()
    answer = through(provider, client, sub="7", email="Can-Bo-1@example.vn", email_verified=True)
    assert answer["Location"] == DESK
    assert client.get(DESK).status_code == 200
    linked = SocialAccount.objects.get()
    assert (linked.user, linked.uid, linked.extra_data) == (known, "7", {})
    assert not SocialToken.objects.exists()
    assert [row.act for row in AccountEvent.objects.order_by("pk")] == ["linked", "signed_in"]
    again = Client()
    assert through(provider, again, sub="7", email="ten-moi@example.vn")["Location"] == DESK
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "7", "email": "can-bo-1@example.vn", "email_verified": False},
        {"sub": "7", "email": "can-bo-1@example.vn"},
        {"sub": "7", "email": "nguoi-la@example.vn", "email_verified": True},
        {"sub": "7"},
    ],
    ids=["not verified", "nothing said", "unknown", "no address"],
)
def test_no_account_is_made(provider: Provider, known: User, claims: dict[str, Any]) -> None:
    client = Client()
    assert "Chưa có tài khoản cán bộ" in refused(client, through(provider, client, **claims))
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()


def test_two_accounts_with_one_address_open_neither(provider: Provider, known: User, colleague: User) -> None:
    User.objects.filter(pk=colleague.pk).update(email=known.email)
    client = Client()
    answer = through(provider, client, sub="7", email=known.email, email_verified=True)
    assert "Chưa có tài khoản" in refused(client, answer)


def test_a_closed_account_stays_closed(provider: Provider, known: User) -> None:
    assert through(provider, Client(), sub="7", email=known.email, email_verified=True)["Location"] == DESK
    User.objects.filter(pk=known.pk).update(is_active=False)
    client = Client()
    assert refused(client, through(provider, client, sub="7", email=known.email, email_verified=True))


def test_a_forged_signature_is_not_believed(provider: Provider, known: User) -> None:
    provider.key = FORGER
    client = Client()
    answer = through(provider, client, sub="7", email=known.email, email_verified=True)
    assert "chưa thành công" in refused(client, answer)


@pytest.mark.parametrize("wrong", [{"aud": "another"}, {"iss": "https://example.vn"}, {"exp": 1}])
def test_a_token_for_somebody_else_is_not_believed(
    provider: Provider, known: User, wrong: dict[str, Any]
) -> None:
    client = Client()
    answer = through(provider, client, sub="7", email=known.email, email_verified=True, **wrong)
    assert "chưa thành công" in refused(client, answer)


def test_claims_about_another_person_are_not_believed(provider: Provider, known: User) -> None:
    provider.userinfo = {"sub": "8", "email": known.email, "email_verified": True}
    client = Client()
    assert refused(client, through(provider, client, sub="7"))


def test_nobody_comes_back_who_did_not_set_out(provider: Provider, known: User) -> None:
    client = Client()
    assert refused(client, client.get(BACK, {"state": "x", "code": "mot-lan"}))
    assert refused(client, client.get(BACK, {"error": "access_denied"}))
    assert client.get(BEGIN)["Location"] == LOGIN, "by the button only"
    assert "/token" not in provider.asked


def test_a_provider_that_is_down(provider: Provider, settings: Any, db: None) -> None:
    apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    apps[0]["settings"]["server_url"] = "http://127.0.0.1:9"
    client = Client()
    assert refused(client, client.post(BEGIN))


def test_the_second_step_is_asked_for_all_the_same(provider: Provider, known: User, with_app: Any) -> None:
    secret, client = with_app(known), Client()
    answer = through(provider, client, sub="7", email=known.email, email_verified=True)
    assert answer["Location"] == SECOND
    assert client.get(DESK).status_code == 302
    assert client.post(SECOND, {"code": digits(secret)})["Location"] == DESK


def test_without_a_provider_there_is_no_door(handler: User, client: Client) -> None:
    assert BEGIN not in said(client.get(LOGIN))
    assert client.post(BEGIN).status_code == 404
    assert client.get(BACK).status_code == 404
    assert enter(client, handler).status_code == 302
