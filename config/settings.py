"""Everything that can be set, in one loud file. Wrong values stop the start with a sentence (`config/env.py`).

`docs/settings.md` is the table of every variable of the environment, made from this file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where things are kept -----------------------------------------------------------------------
DATA_DIR = env.env_path(
    "HOIAM_DATA_DIR",
    BASE_DIR / "var",
    "Everything the office keeps on disk: database, attachments, secrets, mail written to files. Back this up.",
    shown="`var/` in the checkout",
)
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
SECRETS_DIR = DATA_DIR / "secrets"

# --- What kind of start --------------------------------------------------------------------------
DEBUG = env.env_bool(
    "HOIAM_DEBUG", False, "Error pages with source code. Never on a server the public can reach."
)
SECRET_KEY = env.env_secret(
    "HOIAM_SECRET_KEY",
    SECRETS_DIR / "secret_key",
    "Signs sessions and links. Changing it signs everybody out and ends the links mailed so far.",
    make=env.new_secret_key,
)
# The key encrypts, the old ones only decrypt: how keys are changed stands in docs/decisions/0005.
IDENTITY_KEY = env.env_secret(
    "HOIAM_IDENTITY_KEY",
    SECRETS_DIR / "identity_key",
    "Encrypts who the citizens are. Losing it loses their names and addresses for good: keep a copy elsewhere.",
    make=env.new_fernet_key,
)
IDENTITY_OLD_KEYS = env.env_list(
    "HOIAM_IDENTITY_OLD_KEYS", [], "Earlier identity keys, separated by commas; they only decrypt."
)

SERVE_PORT = env.env_int("PORT", 8000, "Port to listen on.", maximum=65535)
_site = env.env_url(
    "SITE_URL",
    f"http://127.0.0.1:{SERVE_PORT}",
    "The address citizens type. With https:// the cookies are Secure and HSTS is sent.",
    schemes=("http", "https"),
    shown="`http://127.0.0.1:PORT`",
)
if _site is None or not _site.hostname:
    raise env.WrongSetting("SITE_URL must be a full address such as https://phananh.example.vn.")
SITE_URL = _site.geturl().rstrip("/")
HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = env.env_list(
    "HOIAM_HOSTS",
    sorted({"127.0.0.1", "localhost", "[::1]", _site.hostname}),
    "Names under which the office answers; a request for another name is refused.",
    shown="this machine and the name in SITE_URL",
)
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- Serving (config/serve.py) -------------------------------------------------------------------
SERVE_BIND = env.env_str("HOIAM_BIND", "127.0.0.1", "Address to listen on. Leave it behind a reverse proxy.")
SERVE_PROXIES = env.env_str(
    "HOIAM_PROXIES",
    "",
    "Addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Empty: nobody's.",
)
WEB_THREADS = env.env_int("HOIAM_THREADS", 8, "Requests worked on at once by one web process.", maximum=64)
WORKER = env.env_choice(
    "HOIAM_WORKER",
    "embedded",
    "`embedded`: the web process starts one worker (mail, deadline alarms) and stops it with itself. "
    "`separate`: you run `manage.py run_worker` yourself.",
    choices=("embedded", "separate"),
)

# --- Whose office this is ---------------------------------------------------------------------------
OFFICE_NAME = env.env_str("HOIAM_OFFICE_NAME", "Sở Tư pháp", "Name of the office, second line of the header.")
OFFICE_PARENT = env.env_str(
    "HOIAM_OFFICE_PARENT", "UBND tỉnh Hưng Yên", "Its superior, first line of the header."
)
OFFICE_ADDRESS = env.env_str("HOIAM_OFFICE_ADDRESS", "", "Where letters can be brought or posted.")
OFFICE_PHONE = env.env_str("HOIAM_OFFICE_PHONE", "", "Telephone for people who cannot write.")
OFFICE_EMAIL = env.env_str("HOIAM_OFFICE_EMAIL", "", "Public mail address of the office.")
REPORT_DAY = env.env_int(
    "HOIAM_REPORT_DAY",
    15,
    "Day of the month on which a reporting period begins (Nghị định 09/2019/NĐ-CP, Điều 12: the half-year runs from "
    "15/12 to 14/06). 1: reporting periods are calendar ones.",
    minimum=1,
    maximum=28,
)

# --- Visitors ----------------------------------------------------------------------------------------
SUBMIT_PRESSURE = env.env_int(
    "HOIAM_SUBMIT_PRESSURE",
    30,
    "Letters a minute from which the form asks the browser to compute for a second, or its owner to wait a minute.",
    maximum=100_000,
)
DEMO_ACCOUNTS = DATA_DIR / "demo-accounts.txt"  # written by the demo loader: one "name password" a line

# --- The code ------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "csp",
    "feedback",
    "notifications",
    "api",
]
AUTH_USER_MODEL = "feedback.User"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.Guards",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "feedback.web.account.middleware.StaffSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "feedback.web.middleware.OfficeErrors",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "feedback" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "feedback.web.context.office",
                "notifications.web.context.unread",
                "feedback.web.desk.presence.together",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database ------------------------------------------------------------------------------------
_database = env.env_url(
    "DATABASE_URL",
    "",
    "`postgres://user:password@host:5432/name` (or `postgres:///name?host=/run/postgresql`). "
    "Empty: SQLite in the data directory.",
    schemes=("postgres", "postgresql", "sqlite"),
)
SQLITE_SYNCHRONOUS = env.env_choice(
    "HOIAM_SQLITE_SYNCHRONOUS",
    "FULL",
    "`FULL`: a letter acknowledged is on the disk, even if the power fails. `NORMAL`: about a fifth more letters per "
    "second, the last moments before a power cut may be lost.",
    choices=("FULL", "NORMAL"),
)
_pool_size = env.env_int(
    "HOIAM_DB_POOL",
    WEB_THREADS + 2,
    "Most PostgreSQL connections one process keeps open.",
    maximum=200,
    shown="HOIAM_THREADS + 2",
)
if _database is not None and _database.scheme != "sqlite":
    DATABASES = {"default": env.database_from(_database, pool_size=_pool_size)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "config.sqlite_fair",
            "NAME": (_database and _database.path) or str(DATA_DIR / "hoiam.sqlite3"),
            # A connection lives as long as its thread: closing the last one makes SQLite fold the whole WAL away.
            "CONN_MAX_AGE": None,
            "OPTIONS": {"synchronous": SQLITE_SYNCHRONOUS, "timeout": 30},
        }
    }

# --- Classifier -----------------------------------------------------------------------------------
CLASSIFIER_ENGINE = env.env_str(
    "HOIAM_CLASSIFIER",
    "learned",
    "Engine that proposes topic, issue and kind (`classifier/registry.py`). `learned`: trained on letters; "
    "`catalogue`: the catalogue's words alone; `null`: a person sorts every letter.",
)
# One folder per trained model; all machines must see it, as they must the attachments.
MODELS_DIR = DATA_DIR / "models"
AUDIT_PERCENT = env.env_int(
    "HOIAM_AUDIT_PERCENT",
    3,
    "Of a hundred letters the classifier sorted alone, how many (2 to 5) a person checks afterwards, drawn at random.",
    minimum=2,
    maximum=5,
)

# --- Cache (throttles, proof-of-work already used, short-lived drafts) -----------------------------
_redis = env.env_url(
    "REDIS_URL",
    "",
    "`redis://host:6379/0`: a cache all processes share, and hints between their live screens. Empty: each process "
    "counts throttles for itself, which is right for the one-process profile only.",
    schemes=("redis", "rediss", "unix"),
)
REDIS_ADDRESS = _redis.geturl() if _redis is not None else ""  # live screens: notifications/live/wire.py
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis.geturl()}
    if _redis is not None
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}
}

# --- Mail ----------------------------------------------------------------------------------------
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
_email = env.env_url(
    "EMAIL_URL",
    "file:",
    "`smtp://user:password@host:587` (STARTTLS), `smtps://…:465`, `console:` or `file:` (into the data directory).",
    schemes=("smtp", "smtps", "console", "file"),
)
if _email is not None:
    globals().update(env.email_from(_email, DATA_DIR / "mail"))
DEFAULT_FROM_EMAIL = env.env_str("HOIAM_MAIL_FROM", "hoi-am@example.vn", "Sender of the office's mail.")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Language and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "feedback" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

# --- Files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "feedback" / "web" / "static"]
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns when it is missing, and in tests a warning is an error
# What citizens attach has no address of its own: it leaves only through a view that asks who is reading.
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = ""
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# 5 files of 10 MB are streamed to disk and do not count here; 2 MB of text is 20 letters of the longest length.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
MAX_REQUEST_BYTES = (
    5 * 10 * 1024 * 1024 + 3 * 1024 * 1024
)  # five full attachments, the letter, multipart's own lines
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# --- Sign-in, cookies, headers -------------------------------------------------------------------
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "feedback.web.errors.csrf_failure"  # keeps what was typed
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
from config.sign_in import *  # noqa: E402, F403 - its variables stand here in docs/settings.md

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

# --- API -----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.BoundedJSONParser", "api.parsers.BoundedMultiPartParser"],
    "DEFAULT_RENDERER_CLASSES": ["api.renderers.OfficeJSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "api.openapi.ApiSchema",
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.Caller"],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.env_str("HOIAM_THROTTLE_ANON", "120/min", "API requests per address without a token."),
        "user": env.env_str("HOIAM_THROTTLE_USER", "1200/min", "API requests per token or signed-in person."),
        "submit": env.env_str("HOIAM_THROTTLE_SUBMIT", "20/hour", "Letters per address, form and API."),
        "classify": env.env_str(
            "HOIAM_THROTTLE_CLASSIFY", "60/min", "Texts per token or person at /api/v1/classify."
        ),
        "secret": env.env_str(
            "HOIAM_THROTTLE_SECRET", "30/hour", "Attempts per address at a case's secret code."
        ),
    },
    "EXCEPTION_HANDLER": "api.errors.problem_handler",
    # The address is taken from the connection (uvicorn has already weighed the proxy's word, HOIAM_PROXIES);
    # DRF's own default would believe any X-Forwarded-For a stranger sends and throttle nobody.
    "NUM_PROXIES": 0,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hồi Âm API",
    "DESCRIPTION": "Tiếp nhận, xử lý và trả lời phản ánh của công dân. "
    "Citizen feedback: submit a letter, follow it, work on it, read the published answers.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": {"ClockStateEnum": "api.v1.shapes.CLOCK_STATES"},  # stands in two shapes
}

# --- Log: what happened and how long it took, never who wrote or what ------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "config.logs.JsonFormatter"},
        "plain": {
            "()": "config.logs.PlainFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
    },
    "filters": {"no_secrets": {"()": "config.logs.WithoutPersonalData"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.env_choice(
                "HOIAM_LOG", "plain", "Shape of the log lines on standard error.", choices=("plain", "json")
            ),
            "filters": ["no_secrets"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        name: {"handlers": ["console"], "level": level, "propagate": False}
        for name, level in {
            "django": "WARNING",
            "django.request": "ERROR",  # a mistyped address (4xx) is no news, and may hold what its owner keeps secret
            "django.security.DisallowedHost": "CRITICAL",  # scanners, all day long
            "uvicorn": "INFO",
            "uvicorn.error": "WARNING",  # below that it names who opens a socket, and from where
            "uvicorn.access": "CRITICAL",  # addresses and paths of citizens belong in no log
            "config": "INFO",
            "feedback": "INFO",
            "notifications": "INFO",
            "api": "INFO",
        }.items()
    },
}
