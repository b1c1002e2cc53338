"""Reading the environment: typed, documented, and loud when something is wrong.

Each helper takes the variable's name, its default and one sentence about it (`shown`: how the page words a default
that depends on something else). The sentences become
`docs/settings.md` (`make settings-doc`), so a setting cannot exist without being documented.

`NAME_FILE` may hold the path of a file with the value instead (Docker and systemd secrets).
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})


class WrongSetting(ImproperlyConfigured):
    """A variable of the environment cannot be used; the message names it and says what would be right.

    The value itself is never repeated: it may be a password.
    """


@dataclass(frozen=True)
class Variable:
    """One documented variable: how it is called, what kind of value it takes, its default, what it does."""

    name: str
    kind: str
    default: str
    meaning: str


VARIABLES: dict[str, Variable] = {}


def env_str(name: str, default: str, meaning: str) -> str:
    """Text as it stands."""
    return _read(name, "text", default, meaning)


def env_bool(name: str, default: bool, meaning: str) -> bool:
    """Yes or no: 1/true/yes/on and 0/false/no/off. Raises WrongSetting for any other word."""
    word = _read(name, "yes or no", "yes" if default else "no", meaning).lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise WrongSetting(f"{name} must be yes or no (1/0, true/false, on/off).")


def env_int(
    name: str, default: int, meaning: str, *, maximum: int, minimum: int = 1, shown: str | None = None
) -> int:
    """A whole number between `minimum` and `maximum`. Raises WrongSetting otherwise."""
    text = _read(name, "number", str(default), meaning, shown=shown)
    try:
        number = int(text)
    except ValueError:
        raise WrongSetting(f"{name} must be a whole number.") from None
    if not minimum <= number <= maximum:
        raise WrongSetting(f"{name} must lie between {minimum} and {maximum}.")
    return number


def env_list(name: str, default: list[str], meaning: str, *, shown: str | None = None) -> list[str]:
    """Words separated by commas; blanks around them are dropped."""
    text = _read(name, "list", ",".join(default), meaning, shown=shown)
    return [word.strip() for word in text.split(",") if word.strip()]


def env_choice(name: str, default: str, meaning: str, *, choices: tuple[str, ...]) -> str:
    """One of `choices`. Raises WrongSetting for anything else."""
    word = _read(name, " or ".join(f"`{choice}`" for choice in choices), default, meaning)
    if word not in choices:
        raise WrongSetting(f"{name} must be one of: {', '.join(choices)}.")
    return word


def env_path(name: str, default: Path, meaning: str, *, shown: str) -> Path:
    """A path, made absolute. `shown` is the default as the documentation shows it."""
    return Path(_read(name, "path", str(default), meaning, shown=shown)).expanduser().resolve()


def env_url(
    name: str, default: str, meaning: str, *, schemes: tuple[str, ...], shown: str | None = None
) -> SplitResult | None:
    """An address with one of `schemes`, or None when it is empty. Raises WrongSetting otherwise."""
    text = _read(name, "address", default, meaning, shown=shown)
    if not text:
        return None
    try:
        url = urlsplit(text)
        _ = url.port  # an unreadable port only shows when it is asked for
    except ValueError:
        raise WrongSetting(f"{name} is not a readable address.") from None
    if url.scheme not in schemes:
        raise WrongSetting(f"{name} must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    return url


def env_secret(name: str, keep_in: Path, meaning: str, *, make: Callable[[], str]) -> str:
    """A secret from the environment, else from the file `keep_in`, which is made on the first start (mode 0600)."""
    given = _read(name, "secret", "", meaning, shown=f"made on first start, kept in `{keep_in.name}`")
    return given or kept_secret(keep_in, make)


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret in `path`; written once, readable by its owner only, safe when two processes start at once."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        try:
            os.link(fresh, path)  # fails if another process was first: then its secret is the secret
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    if path.stat().st_mode & 0o077:
        raise WrongSetting(f"The secret file {path.name} can be read by others. Run: chmod 600 on it.")
    return path.read_text().strip()


def new_secret_key() -> str:
    """64 random bytes as text, for Django's signatures."""
    return secrets.token_urlsafe(64)


def new_fernet_key() -> str:
    """32 random bytes in the URL-safe base64 that Fernet wants."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def database_from(url: SplitResult, *, pool_size: int) -> dict[str, Any]:
    """Django's DATABASES entry for postgres://user:password@host:port/name (a `host` query = Unix socket)."""
    query = dict(pair.split("=", 1) for pair in url.query.split("&") if "=" in pair)
    host = unquote(query.pop("host", "")) or unquote(url.hostname or "")
    name = unquote(url.path.lstrip("/"))
    if not name:
        raise WrongSetting("DATABASE_URL must end with the name of a database: postgres://…/hoiam.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": host,
        "PORT": str(url.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": pool_size, "timeout": 10},
            **{key: unquote(value) for key, value in query.items()},
        },
    }


def email_from(url: SplitResult, mail_dir: Path) -> dict[str, Any]:
    """Django's EMAIL_* settings for console:, file:, smtp:// and smtps:// (TLS from the first byte)."""
    if url.scheme in {"console", "file"}:
        backend = "console" if url.scheme == "console" else "filebased"
        settings = {"EMAIL_BACKEND": f"django.core.mail.backends.{backend}.EmailBackend"}
        return settings if url.scheme == "console" else {**settings, "EMAIL_FILE_PATH": str(mail_dir)}
    if not url.hostname:
        raise WrongSetting("EMAIL_URL must name a mail server: smtp://user:password@host:587.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp" and "tls=no" not in url.query,
        "EMAIL_TIMEOUT": 10,  # shorter than the grace a stopping worker gets (config/serve.py)
    }


def _read(name: str, kind: str, default: str, meaning: str, *, shown: str | None = None) -> str:
    VARIABLES[name] = Variable(name, kind, default if shown is None else shown, meaning)
    value, file = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value is not None and file is not None:
        raise WrongSetting(f"{name} and {name}_FILE are both set. Keep one.")
    if file is not None:
        try:
            return Path(file).read_text().strip()
        except OSError as problem:
            raise WrongSetting(f"{name}_FILE cannot be read: {problem.strerror}.") from None
    return default if value is None else value.strip()
