"""An object store, or a folder used like one: objects put, read, listed and removed; errors told without secrets.

Polars reads and writes frames in object stores, but it neither lists nor removes, puts nothing on a condition, and
would write other bytes than those that were audited. obstore does all of it, has no dependencies of its own, and rests
on the same library as Polars.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from fanwise.generator.errors import OutputError, Problem, UsageError
from fanwise.generator.output.destinations.base import refused
from fanwise.io.extras import require
from fanwise.io.url import Address

if TYPE_CHECKING:
    from obstore.store import ObjectStore

__all__ = ["Changed", "Store", "open_folder", "open_store", "remote_options"]

T = TypeVar("T")

_PARAMETERS = ("endpoint", "region")
_PATIENCE = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
_MOST_REMOVED = 1000  # names in one request
_QUERY = re.compile(r"(https?://[^\s?]+)\?\S*")
_XML = re.compile(r"<Code>(.*?)</Code>.*?<Message>(.*?)</Message>", re.DOTALL)
_HINTS = {
    "NoSuchBucket": "make the bucket first, or choose another --to.",
    "169.254.169.254": "no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    "AccessDenied": "ask for the rights to read, list, write and delete there.",
    "InvalidAccessKeyId": "check the credentials in the environment.",
    "SignatureDoesNotMatch": "check the credentials in the environment.",
    "error sending request": "check the endpoint and the network.",
    "No space left": "make room there, or choose another --to.",
}


class Changed(OutputError):
    """Somebody else has put the object meanwhile; nothing was changed."""


class Store:
    """Objects below one place. A name is a path with forward slashes. Each method raises OutputError."""

    def __init__(self, store: ObjectStore, address: Address) -> None:
        self.shown = address.shown
        self._store, self._address = store, address

    def get(self, name: str) -> tuple[str, str | None] | None:
        """Return the text of an object and the mark of its version, or None where there is none."""
        import obstore

        try:
            result = self._tried(lambda: obstore.get(self._store, name), absent=True)
        except FileNotFoundError:
            return None
        content = self._tried(lambda: bytes(result.bytes()))
        return content.decode("utf-8", errors="replace"), result.meta.get("e_tag")

    def put(self, name: str, content: Path | bytes, mode: Any = "overwrite") -> None:
        """Put a file or bytes: the object is whole or not there. mode: as obstore's, `create` or `{"e_tag": …}`.

        Raises Changed where the condition of the mode does not hold.
        """
        import obstore
        from obstore import exceptions

        try:
            self._tried(lambda: obstore.put(self._store, name, content, mode=mode, max_concurrency=4))
        except (exceptions.AlreadyExistsError, exceptions.PreconditionError):
            taken = Changed(Problem("another run has written there meanwhile", "", f"{self.shown}/{name}"))
        except (exceptions.NotSupportedError, NotImplementedError):
            # A store without conditions: two runs at once are not told apart.
            self._tried(lambda: obstore.put(self._store, name, content))
            return
        else:
            return
        raise taken

    def remove(self, names: Sequence[str]) -> None:
        """Remove objects; those that are not there are no error."""
        import obstore

        for start in range(0, len(names), _MOST_REMOVED):
            self._removed(obstore, list(names[start : start + _MOST_REMOVED]))

    def _removed(self, obstore: Any, names: list[str]) -> None:
        try:
            self._tried(lambda: obstore.delete(self._store, names), absent=True)
        except FileNotFoundError:  # a folder tells of the first that is not there, and leaves the rest
            for name in names if len(names) > 1 else ():
                self._removed(obstore, [name])

    def below(self, prefix: str | None = None, most: int | None = None) -> list[str]:
        """Return the names of the objects below `prefix`, at least `most` of them where there are so many."""
        import obstore

        def listed() -> list[str]:
            found: list[str] = []
            for batch in obstore.list(self._store, prefix):
                found += [str(item["path"]) for item in batch]
                if most is not None and len(found) >= most:
                    break
            return found

        return self._tried(listed)

    def _tried(self, action: Callable[[], T], *, absent: bool = False) -> T:
        """Return what `action` does; errors of a condition and, with `absent`, missing objects come out as they are."""
        from obstore import exceptions

        try:
            return action()
        except (exceptions.AlreadyExistsError, exceptions.PreconditionError, exceptions.NotSupportedError):
            raise
        except (exceptions.BaseError, OSError) as error:
            if absent and isinstance(error, FileNotFoundError) and "NoSuchBucket" not in str(error):
                raise
            why = self._address.redacted(_said(error))
            hint = next((hint for words, hint in _HINTS.items() if words in str(error)), "")
        # Outside the handler: a chained exception would show what the redacted text does not.
        raise refused(self.shown, f"the store refused: {why}", hint or "nothing was published.")


def open_store(address: Address, extra: str) -> Store:
    """Return the store at `s3://bucket/prefix`, `gs://…` or `az://…`; nothing is sent yet.

    The parameters `endpoint` and `region` are allowed (UsageError for others); credentials come from the environment.
    """
    stores = require("obstore.store", extra, f"{address.scheme}://")
    environment = "credentials are taken from the environment, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if "@" in address.place:
        raise UsageError(Problem("the URL of an object store holds no credentials", environment, "--to"))
    if wrong := sorted(set(address.parameters) - set(_PARAMETERS)):
        hint = f"known: {', '.join(_PARAMETERS)}; {environment}"
        raise UsageError(Problem(f"unknown parameters {', '.join(wrong)}", hint, "--to", address.shown))
    if not address.place.strip("/"):
        raise UsageError(Problem("names no bucket", f"write {address.scheme}://bucket/prefix", "--to", address.shown))
    options = remote_options(address)
    allow_http = options.pop("allow_http") == "true"
    store = stores.from_url(
        f"{address.scheme}://{unquote(address.place)}",
        config=options or None,
        client_options={"allow_http": allow_http, "connect_timeout": "10s", "timeout": "120s"},
        retry_config=_PATIENCE,
    )
    return Store(store, address)


def remote_options(address: Address) -> dict[str, str]:
    """Return the options of an object store that a URL and the environment give, credentials aside."""
    given = {name: value for name, value in address.parameters.items() if name in _PARAMETERS}
    endpoint = given.get("endpoint") or os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""
    return {**given, "allow_http": "true" if endpoint.startswith("http://") else "false"}


def open_folder(address: Address, folder: Path, extra: str) -> Store:
    """Return a folder, made where it is not there, as a store."""
    stores = require("obstore.store", extra, f"{address.scheme}://")
    try:
        store = stores.LocalStore(prefix=folder, mkdir=True, automatic_cleanup=True)
    except OSError as error:
        raise refused(str(folder), f"the disk refused: {error.strerror or error}.", "choose another --to.") from error
    return Store(store, address)


def _said(error: Exception) -> str:
    """Return a store's own words: the library puts the request before them and its own structures after."""
    text = str(error).partition("\n\nDebug source")[0]
    found = _XML.search(text)
    return _QUERY.sub(r"\1", f"{found[1]}: {found[2]}" if found else text)[:300]
