"""URLs of databases, lakes and stores: their parts, the URL without secrets, and their redaction from other texts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from fanwise.io.errors import InputError

__all__ = ["Address", "without_passwords"]

_SHORTEST = 4  # replacing a shorter secret would garble other words
_PUBLIC = frozenset(
    {
        *("host", "port", "dbname", "user", "sslmode", "connect_timeout", "application_name", "options", "schema"),
        *("endpoint", "region"),
    }
)
_SECRET_VARIABLES = (
    *("PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_STORAGE_ACCOUNT_KEY"),
    *("AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_CLIENT_SECRET", "AZURE_CLIENT_SECRET"),
    *("GOOGLE_SERVICE_ACCOUNT_KEY", "GOOGLE_APPLICATION_CREDENTIALS_JSON"),
)


_PASSWORD = re.compile(r"(?i)(\b\w*password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+)")


def without_passwords(text: str) -> str:
    """Return a text in which passwords of libpq's form, `host=… password=…`, are starred out."""
    return _PASSWORD.sub(r"\1***", text)


@dataclass(frozen=True, slots=True)
class Address:
    """A URL `scheme://user:password@place?name=value&…`.

    Only `shown`, `repeatable` and the result of `redacted` may be printed.
    """

    url: str = field(repr=False)

    @property
    def scheme(self) -> str:
        """The word before `://`, in lower case; empty if there is none."""
        scheme, separator, _ = self.url.partition("://")
        return scheme.lower() if separator else ""

    @property
    def place(self) -> str:
        """The part after `://`, if there is one, up to the parameters."""
        return (self.url.partition("://")[2] if self.scheme else self.url).partition("?")[0]

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameters after `?`, percent-decoded; the last one of duplicates."""
        parts = self.url.partition("?")[2].split("&")
        return {unquote(name): unquote(value) for name, _, value in (part.partition("=") for part in parts) if name}

    @property
    def shown(self) -> str:
        """The URL without its password and parameters."""
        head, at, tail = self.place.rpartition("@")
        user = f"{head.partition(':')[0]}@" if at else ""
        return f"{self.scheme}://{user}{tail}" if self.scheme else without_passwords(f"{user}{tail}")

    @property
    def repeatable(self) -> str:
        """The URL for a command to repeat: without its password, and with those parameters that are no secret."""
        parts = [part for part in self.url.partition("?")[2].split("&") if unquote(part.partition("=")[0]) in _PUBLIC]
        return f"{self.shown}?{'&'.join(parts)}" if parts else self.shown

    @property
    def file(self) -> str:
        """The path of `scheme:///relative` or `scheme:////absolute`, as in SQLAlchemy."""
        return self.place.removeprefix("/")

    def refuse_ambiguous(self) -> None:
        """Raise InputError if a character of the user name or password splits the URL in the wrong place."""
        head, at, _ = self.url.partition("://")[2].rpartition("@")
        if at and any(sign in head for sign in "@/?#[]"):
            why = "the password or user name contains one of @ / ? # [ ]"
            raise InputError("FW-USAGE-URL", why, path=self.scheme)

    def without(self, *names: str) -> str:
        """Return the URL without these parameters, otherwise unchanged."""
        head, _, query = self.url.partition("?")
        kept = [part for part in query.split("&") if part and unquote(part.partition("=")[0]) not in names]
        return f"{head}?{'&'.join(kept)}" if kept else head

    def redacted(self, text: str, environment: Mapping[str, str] = os.environ) -> str:
        """Return another program's text without the secrets of the URL."""
        text = text.replace(self.url, self.shown)
        secrets = self._secrets() | {environment[name] for name in _SECRET_VARIABLES if environment.get(name)}
        if any(len(secret) < _SHORTEST and secret in text for secret in secrets):
            return "its message is not shown, because it may contain the password"
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _secrets(self) -> set[str]:
        """Return the password and all parameters that are not known to be public, as written and decoded."""
        address, _, query = self.url.partition("://")[2].partition("?")
        values = [address.rpartition("@")[0].partition(":")[2]]
        for part in query.split("&"):
            name, _, value = part.partition("=")
            if unquote(name) not in _PUBLIC:
                values.append(value)
        return {form for value in values for form in (value, unquote(value)) if form}
