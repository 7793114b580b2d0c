"""Secrets of a URL: what may be shown of it, and texts of others without them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote

__all__ = ["Login"]

SHORTEST = 4
"""A shorter secret cannot be blanked out without tearing words apart, so the whole text is withheld."""

_PUBLIC = ("host", "port", "dbname", "user", "sslmode", "connect_timeout", "application_name", "options")


@dataclass(frozen=True, slots=True)
class Login:
    """A database URL. Only `shown` may be seen: libpq quotes a URL that it cannot read, password included."""

    url: str = field(repr=False)

    @property
    def shown(self) -> str:
        """The URL without its password and parameters."""
        scheme, _, rest = self.url.partition("://")
        head, at, tail = rest.partition("?")[0].rpartition("@")
        user = f"{head.partition(':')[0]}@" if at else ""
        return f"{scheme}://{user}{tail}"

    @property
    def ambiguous(self) -> bool:
        """Whether a sign in the password or in the user's name splits the URL elsewhere than it seems."""
        head, at, _ = self.url.partition("://")[2].rpartition("@")
        return bool(at) and any(sign in head for sign in "@/?#[]")

    def redacted(self, text: str) -> str:
        """Return `text` without anything that only the URL's owner may know."""
        text = text.replace(self.url, self.shown)
        secrets = sorted(self._secrets(), key=len, reverse=True)
        if any(secret in text and len(secret) < SHORTEST for secret in secrets):
            return "its message is withheld, as it may hold the password"
        for secret in secrets:
            text = text.replace(secret, "***")
        return text

    def _secrets(self) -> set[str]:
        """Return the password and every parameter that is not known to be public, as written and as read."""
        rest = self.url.partition("://")[2]
        address, _, query = rest.partition("?")
        head = address.rpartition("@")[0]
        values = [head.partition(":")[2]]
        for part in query.split("&"):
            name, _, value = part.partition("=")
            if unquote(name) not in _PUBLIC:
                values.append(value)
        return {form for value in values for form in (value, unquote(value)) if form}
