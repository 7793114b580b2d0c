"""An object store, or a folder used like one: put, read, list and remove objects; errors without secrets.

Polars reads and writes frames in object stores, but it cannot list, remove or write on a condition, and it would write
other bytes than the audited ones. obstore can do all of this, has no dependencies, and uses the same library as Polars.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fanwise.generator.errors import OutputError
from fanwise.generator.output.destinations.base import refused
from fanwise.io.extras import require
from fanwise.io.object_store import connect
from fanwise.io.url import Address

if TYPE_CHECKING:
    from obstore.store import ObjectStore

__all__ = ["Changed", "Store", "open_folder", "open_store"]

T = TypeVar("T")

_MOST_REMOVED = 1000  # names per request
_QUERY = re.compile(r"(https?://[^\s?]+)\?\S*")
_XML = re.compile(r"<Code>(.*?)</Code>.*?<Message>(.*?)</Message>", re.DOTALL)
_HINTS = {
    "NoSuchBucket": "create the bucket first, or choose another --to.",
    "169.254.169.254": "no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    "AccessDenied": "ask for the rights to read, list, write and delete objects.",
    "InvalidAccessKeyId": "check the credentials in the environment.",
    "SignatureDoesNotMatch": "check the credentials in the environment.",
    "error sending request": "check the endpoint and the network.",
    "No space left": "free disk space there, or choose another --to.",
}


class Changed(OutputError):
    """The object has been changed meanwhile; nothing was written."""


class Store:
    """Objects below one place. A name is a path with forward slashes. Each method raises OutputError."""

    def __init__(self, store: ObjectStore, address: Address) -> None:
        self.shown = address.shown
        self._store, self._address = store, address

    def get(self, name: str) -> tuple[str, str | None] | None:
        """Return the text of an object and its version mark, or None if there is none."""
        import obstore

        try:
            result = self._tried(lambda: obstore.get(self._store, name), absent=True)
        except FileNotFoundError:
            return None
        content = self._tried(lambda: bytes(result.bytes()))
        return content.decode("utf-8", errors="replace"), result.meta.get("e_tag")

    def put(self, name: str, content: Path | bytes, mode: Any = "overwrite") -> None:
        """Put a file or bytes, completely or not at all. mode: as in obstore, `create` or `{"e_tag": …}`.

        Raises Changed if the condition of the mode does not hold.
        """
        import obstore
        from obstore import exceptions

        try:
            self._tried(lambda: obstore.put(self._store, name, content, mode=mode, max_concurrency=4))
        except (exceptions.AlreadyExistsError, exceptions.PreconditionError):
            taken = Changed("FW-OUTPUT-LOCKED", "another run has written there meanwhile", path=f"{self.shown}/{name}")
        except (exceptions.NotSupportedError, NotImplementedError):
            # A store without conditions: two simultaneous runs are not detected.
            self._tried(lambda: obstore.put(self._store, name, content))
            return
        else:
            return
        raise taken

    def remove(self, names: Sequence[str]) -> None:
        """Remove objects; missing ones are not an error."""
        import obstore

        for start in range(0, len(names), _MOST_REMOVED):
            self._removed(obstore, list(names[start : start + _MOST_REMOVED]))

    def _removed(self, obstore: Any, names: list[str]) -> None:
        try:
            self._tried(lambda: obstore.delete(self._store, names), absent=True)
        except FileNotFoundError:  # for a folder, obstore reports the first missing one and skips the rest
            for name in names if len(names) > 1 else ():
                self._removed(obstore, [name])

    def below(self, prefix: str | None = None, most: int | None = None) -> list[str]:
        """Return the names of objects below `prefix`, at least `most` of them if there are so many."""
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
        """Return the result of `action`. Errors of a condition and, with `absent`, of missing objects are passed on."""
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
        # Outside the handler: a chained exception would show the secrets.
        raise refused(self.shown, f"the store reported: {why}", hint or "nothing was published.")


def open_store(address: Address, extra: str) -> Store:
    """Return the store at `s3://bucket/prefix`, `gs://…` or `az://…`; nothing is sent yet (raises as `connect`)."""
    return Store(connect(address, extra), address)


def open_folder(address: Address, folder: Path, extra: str) -> Store:
    """Return a folder, created if it does not exist, as a store."""
    stores = require("obstore.store", extra, f"{address.scheme}://")
    try:
        store = stores.LocalStore(prefix=folder, mkdir=True, automatic_cleanup=True)
    except OSError as error:
        raise refused(str(folder), f"disk error: {error.strerror or error}.", "choose another --to.") from error
    return Store(store, address)


def _said(error: Exception) -> str:
    """Return a store's message: the library puts the request before it and its own structures after it."""
    text = str(error).partition("\n\nDebug source")[0]
    found = _XML.search(text)
    return _QUERY.sub(r"\1", f"{found[1]}: {found[2]}" if found else text)[:300]
