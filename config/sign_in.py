"""What allauth is asked for, and the office's single sign-on: the part of the settings about signing in.

Taken over whole by `config/settings.py`.
"""

from __future__ import annotations

from config import env

DEMO = env.env_bool(
    "HOIAM_DEMO",
    False,
    "Show visitors a page with things to try and the demo accounts' passwords. Never beside real letters.",
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/can-bo/dang-nhap/"
LOGIN_REDIRECT_URL = "/can-bo/"
LOGOUT_REDIRECT_URL = "/"
SECOND_FACTOR = env.env_choice(
    "HOIAM_SECOND_FACTOR",
    "off" if DEMO else "leaders",
    "Who must give a second factor (app, passkey) when signing in. `leaders`: managers, leaders, integrity officers, "
    "administrators; `all`: everybody; `off`: nobody must, anybody may (the default while HOIAM_DEMO is on).",
    choices=("off", "leaders", "all"),
)
IDLE_MINUTES = env.env_int(
    "HOIAM_IDLE_MINUTES",
    30,
    "Minutes without a click after which staff sign in again; what they typed is kept.",
    minimum=2,
    maximum=480,
)
LONGEST_SESSION = 12 * 3600  # seconds; then staff sign in again however busy they are
# The row of a session outlives what we allow it: that is how a form sent too late is known for its owner's.
SESSION_COOKIE_AGE = 24 * 3600

# What allauth is asked for, and nothing else: addresses and pages are ours (feedback/web/account, decision 13).
ACCOUNT_ADAPTER = "feedback.web.account.adapters.OfficeAccounts"
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses are entered by administrators
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_RATE_LIMITS = False  # the brake is ours: it waits longer each time (feedback/web/account/brake.py)
MFA_ADAPTER = "feedback.web.account.adapters.OfficeFactors"
MFA_FORMS = {
    "authenticate": "feedback.web.account.forms.CodeForm",
    "reauthenticate": "feedback.web.account.forms.CodeAgainForm",
    "activate_totp": "feedback.web.account.forms.NewAppForm",
    "add_webauthn": "feedback.web.account.forms.NewPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # a telephone half a minute wrong, a person who types slowly
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # a whole office signs in at eight from one address
USERSESSIONS_TRACK_ACTIVITY = False  # no row is written for each click
SOCIALACCOUNT_ADAPTER = "feedback.web.account.adapters.OfficeSingleSignOn"
SOCIALACCOUNT_STORE_TOKENS = False
_issuer = env.env_url(
    "HOIAM_OIDC_ISSUER",
    "",
    "Address of the office's OpenID Connect provider; empty: no single sign-on. Its pages are those under "
    "`/.well-known/openid-configuration`.",
    schemes=("https", "http"),
)
OIDC_NAME = env.env_str("HOIAM_OIDC_NAME", "Đăng nhập một lần của cơ quan", "Words on the button.")
OIDC_CLIENT_ID = env.env_str("HOIAM_OIDC_CLIENT_ID", "", "This office's name at the provider.")
_oidc_secret = env.env_str("HOIAM_OIDC_CLIENT_SECRET", "", "This office's secret at the provider.")
OIDC_ISSUER = _issuer.geturl().rstrip("/") if _issuer is not None else ""
if _issuer is not None and _issuer.scheme == "http" and _issuer.hostname not in {"127.0.0.1", "localhost"}:
    raise env.WrongSetting(
        "HOIAM_OIDC_ISSUER must begin with https:// (http:// only for a trial on this machine)."
    )
if OIDC_ISSUER and not OIDC_CLIENT_ID:
    raise env.WrongSetting("HOIAM_OIDC_ISSUER also needs HOIAM_OIDC_CLIENT_ID.")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "office",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": _oidc_secret,
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}
