"""Object stores by their URLs: `s3://bucket/prefix`, `gs://…`, `az://…`, with `?endpoint=URL&region=NAME`."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

from fanwise.io.errors import InputError
from fanwise.io.extras import require
from fanwise.io.url import Address

if TYPE_CHECKING:
    from obstore.store import ObjectStore

__all__ = ["connect", "remote_options"]

_PARAMETERS = ("endpoint", "region")
_PATIENCE = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}


def connect(address: Address, extra: str) -> ObjectStore:
    """Return the store at a URL; nothing is sent yet. Credentials come from the environment.

    Raises InputError for a URL with credentials, with unknown parameters or without a bucket, and MissingExtraError
    where `extra` is not installed.
    """
    stores = require("obstore.store", extra, f"{address.scheme}://")
    environment = "credentials are taken from the environment, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if "@" in address.place:
        why = "the URL of an object store must not contain credentials"
        raise InputError("FW-USAGE-URL", why, environment, f"{address.scheme}://")
    if wrong := sorted(set(address.parameters) - set(_PARAMETERS)):
        hint = f"known: {', '.join(_PARAMETERS)}; {environment}"
        raise InputError("FW-USAGE-URL", f"unknown parameters {', '.join(wrong)}", hint, address.shown)
    if not address.place.strip("/"):
        raise InputError("FW-USAGE-URL", "has no bucket", f"write {address.scheme}://bucket/prefix", address.shown)
    options = remote_options(address)
    allow_http = options.pop("allow_http") == "true"
    store: ObjectStore = stores.from_url(
        f"{address.scheme}://{unquote(address.place)}",
        config=options or None,
        client_options={"allow_http": allow_http, "connect_timeout": "10s", "timeout": "120s"},
        retry_config=_PATIENCE,
    )
    return store


def remote_options(address: Address) -> dict[str, str]:
    """Return the options of an object store from a URL and the environment, without credentials."""
    given = {name: value for name, value in address.parameters.items() if name in _PARAMETERS}
    endpoint = given.get("endpoint") or os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""
    return {**given, "allow_http": "true" if endpoint.startswith("http://") else "false"}
