"""Files beside a schema, which values are read from: only those below the schema's folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fanwise.generator.errors import nearest
from fanwise.io.problems import Refused

__all__ = ["MAX_BYTES", "digest", "read_below"]

MAX_BYTES = 64 * 2**20


def read_below(folder: str, file: str, code: str, ending: str = ".csv") -> bytes:
    """Return the bytes of a file below the folder of the schema.

    Raises Refused with `code` for a path that leads out of the folder, and for a file that cannot be read or is larger
    than 64 MiB. ending: of the files that a misspelt name is compared with.
    """
    home = Path(folder)
    if Path(file).is_absolute() or ".." in Path(file).parts or "\\" in file or "\0" in file:
        why = f"'{file}' is not a path below the schema's folder"
        raise Refused(code, why, "write a relative path without '..', with /")
    path = home / file
    try:
        if not path.resolve().is_relative_to(home.resolve()):
            raise Refused(code, f"'{file}' leads out of the schema's folder by a link", "copy the file to the schema")
        if path.exists() and not path.is_file() and not path.is_dir():
            raise Refused(code, f"'{file}' is not a file: it is a pipe or a device", "copy its contents into a file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        near = [each.name for each in path.parent.glob(f"*{ending}")] if path.parent.is_dir() else []
        close = nearest(path.name, near) if near else f"put it beside the schema, in {home}"
        raise Refused(code, f"there is no file '{file}'", close) from None
    except IsADirectoryError:
        raise Refused(code, f"'{file}' is a folder", f"give the {ending} file in it") from None
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links that form a loop, before Python 3.13
        reason = getattr(error, "strerror", None) or error
        raise Refused(code, f"'{file}' cannot be read: {reason}", "check its name and permissions") from None
    if len(content) > MAX_BYTES:
        raise Refused(code, f"'{file}' has more than {MAX_BYTES // 2**20} MiB", "keep fewer of its columns or rows")
    return content


def digest(content: bytes) -> str:
    """Return the SHA-256 of the bytes, in hex digits."""
    return hashlib.sha256(content).hexdigest()
