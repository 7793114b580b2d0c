"""Replace the files of a published folder, so that no manifest ever describes a mixture of old and new.

The staging folder is on the same file system:

    new/          the new files, durable, with new/manifest.json
    new.beside/   new files for the place beside the target, which change with it
    swap.json     what is to be replaced, durable before the first move
    old/          the replaced files, until the end
    old.beside/   the replaced files from beside the target

Order of a swap, each step durable before the next:

1. swap.json is written.
2. target/manifest.json -> old/manifest.json: from now on the target has no manifest.
3. Every other file that the old manifest lists -> old/, and what was said beside the target of its data -> old.beside/.
4. Every new file -> target/, and those for the place beside it.
5. new/manifest.json -> target/manifest.json: the one rename that publishes. Where there was no target, new/ -> target/.
6. swap.json is removed, then the stage with old/.

The places of the two manifests show how far a swap got. `settle` needs nothing else to end it, in the same process
after an error or in a later run after a kill: before step 5 it moves everything back, the old manifest last; after step
5 the swap is done. Files are moved, never deleted, until one side is complete.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fanwise.generator.errors import OutputError
from fanwise.generator.output.manifest import MANIFEST

__all__ = ["NEW", "Beside", "appear", "replace", "settle", "sync_folder", "write_durably"]

NEW, OLD, SWAP = "new", "old", "swap.json"
NEW_BESIDE, OLD_BESIDE = "new.beside", "old.beside"
Beside = Mapping[str, str | None]
"""Names of files beside a target that describe its data -> their new texts, or None where there is none any more."""


def replace(stage: Path, target: Path, old: Sequence[str], new: Sequence[str], beside: Beside) -> None:
    """Replace the files `old` of `target` by the files `new` of stage/new, those beside it, and then its manifest.

    Both are relative paths without the manifest. Files of `target` that are not among `old` stay. If one of them is in
    the way, OutputError is raised before the first move. Call `settle` after success and after any error.
    """
    _refuse_conflicts(target, old, new)
    made = sorted({name.split("/")[0] for name in new if "/" in name and not (target / name).parent.exists()})
    texts = _plan(stage, target, beside, old=[MANIFEST, *old], new=list(new), made=made)
    _move(target, stage / OLD, [MANIFEST, *old])
    _replace_beside(stage, target, beside, texts)
    _move(stage / NEW, target, [*new, MANIFEST])


def appear(stage: Path, target: Path, beside: Beside) -> None:
    """Let stage/new become the target, which is absent or empty, once the files beside it are replaced."""
    if beside:
        _replace_beside(stage, target, beside, _plan(stage, target, beside, old=[], new=[], made=[]))
    (stage / NEW).rename(target)  # an empty folder is replaced by the same rename


def _plan(stage: Path, target: Path, beside: Beside, **inside: list[str]) -> list[str]:
    """Stage the texts for the place beside the target, write down what will be moved; return the names of the texts."""
    for name in beside:
        if (target.parent / name).is_dir():
            raise _in_the_way(target.parent / name)
    texts = {name: text for name, text in beside.items() if text is not None}
    for name, text in texts.items():
        (stage / NEW_BESIDE).mkdir(exist_ok=True)
        write_durably(stage / NEW_BESIDE / name, text)
    write_durably(stage / SWAP, json.dumps({**inside, "replaced": list(beside), "written": list(texts)}))
    return list(texts)


def _replace_beside(stage: Path, target: Path, beside: Beside, texts: Sequence[str]) -> None:
    _move(target.parent, stage / OLD_BESIDE, list(beside))
    _move(stage / NEW_BESIDE, target.parent, texts)


def settle(stage: Path, target: Path) -> bool:
    """Complete or undo a swap begun in `stage`; return whether it is published. Safe to repeat after a kill."""
    if not (stage / SWAP).exists():
        return False
    published = _end(stage, target)
    # Removed before anything else in the folder, so that a half removed folder is not taken for a half done swap.
    (stage / SWAP).unlink()
    sync_folder(stage)
    return published


def _end(stage: Path, target: Path) -> bool:
    plan: dict[str, list[str]] = json.loads((stage / SWAP).read_text(encoding="utf-8"))
    if not _there(stage / NEW / MANIFEST):
        _remove_empty(target, {name.split("/")[0] for name in plan["old"] if "/" in name})
        return True
    if target.is_dir():
        _take_back(target, stage / NEW, plan["new"])
        _remove_empty(target, plan["made"])
    _take_back(target.parent, stage / NEW_BESIDE, plan.get("written", []))  # get: a run of an older version has none
    _put_back(stage / OLD_BESIDE, target.parent, plan.get("replaced", []))
    if target.is_dir():
        _put_back(stage / OLD, target, plan["old"])
    return False


def _take_back(target: Path, new: Path, names: Sequence[str]) -> None:
    # A name in the target that is no longer in new/ is a moved file. It cannot be an old file: those were moved before.
    _move(target, new, [name for name in names if _there(target / name) and not _there(new / name)][::-1])


def _put_back(old: Path, target: Path, names: Sequence[str]) -> None:
    for name in names:
        if _there(old / name) and _there(target / name):
            raise _in_the_way(target / name)
    _move(old, target, names[::-1])


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, text: str) -> None:
    """Write `text` to `path` so that the file is whole or absent, and durable on return."""
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_folder(path.parent)


def _move(source: Path, destination: Path, names: Sequence[str]) -> None:
    """Move the existing files in order. A manifest is moved alone, after the files before it are durable."""
    waiting: set[Path] = set()
    for name in names:
        if not _there(source / name):
            continue
        if name == MANIFEST:
            _sync(waiting)
        (destination / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).rename(destination / name)
        waiting |= {(source / name).parent, (destination / name).parent, destination}
        if name == MANIFEST:
            _sync(waiting)
    _sync(waiting)


def _sync(folders: set[Path]) -> None:
    for folder in sorted(folders):
        sync_folder(folder)
    folders.clear()


def _there(path: Path) -> bool:
    return os.path.lexists(path)


def _remove_empty(target: Path, tables: Iterable[str]) -> None:
    for table in tables:
        folder = target / table
        if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
            folder.rmdir()


def _refuse_conflicts(target: Path, old: Sequence[str], new: Sequence[str]) -> None:
    ours = {MANIFEST, *old}
    for name in [*old, *new]:
        folder = (target / name).parent
        if folder.is_symlink() or (_there(folder) and not folder.is_dir()):
            raise _in_the_way(folder)
    for name in new:
        if name not in ours and _there(target / name):
            raise _in_the_way(target / name)


def _in_the_way(path: Path) -> OutputError:
    why = "is in the way and is not a file of Fanwise, so it is not replaced."
    return OutputError("FW-OUTPUT-EXISTS", why, "move it away, or choose another --out.", str(path))
