"""Plug-ins of packages that are installed in a folder of the test: found once, by name, or left out with the reason."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fanwise.io import plugins
from fanwise.io.plugins import PluginWarning, registered

GROUP = "fanwise.colours"


class Red:
    words = ("red", "crimson")
    paint = 1


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return a function that installs a package of one module with entry points."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(package: str, entry_points: dict[str, str], code: str = "") -> None:
        about = tmp_path / f"{package}-1.5.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.5\n", encoding="utf-8")
        lines = "".join(f"{name} = {value}\n" for name, value in entry_points.items())
        (about / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}", encoding="utf-8")
        (tmp_path / f"{package}_colours.py").write_text(code, encoding="utf-8")
        plugins._installed.cache_clear()

    yield install
    plugins._installed.cache_clear()
    plugins._warn.cache_clear()
    for name in [name for name in sys.modules if name.endswith("_colours")]:
        del sys.modules[name]


def colours(**more: Any) -> dict[str, Any]:
    return registered(GROUP, (Red,), lambda each: each.words, ("words", "paint"), **more)


def problem(**more: Any) -> str:
    """Return the one warning of a registration that leaves only what is built in."""
    with pytest.warns(PluginWarning) as seen:
        assert colours(**more) == {"red": Red, "crimson": Red}
    (warning,) = seen
    return str(warning.message)


GREEN = "class Green:\n    words = ('green', 'lime')\n    paint = 2\n"


def test_what_is_built_in_comes_first_and_plugins_by_their_entry_point(install: Install) -> None:
    install("zeta", {"a": "zeta_colours:Green"}, GREEN)
    install("alpha", {"b": "alpha_colours:Blue"}, "class Blue:\n    words = ['blue']\n    paint = 3\n")

    assert list(colours()) == ["red", "crimson", "green", "lime", "blue"]


def test_the_installed_packages_are_looked_through_once(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("zeta", {"a": "zeta_colours:Green"}, GREEN)
    first = colours()
    monkeypatch.setattr(sys, "path", [])

    assert colours() == first


def test_one_that_fails_to_import_is_named_and_the_rest_works(install: Install) -> None:
    install("broken", {"bad": "broken_colours:Pink"}, "import no_such_module")
    install("zeta", {"green": "zeta_colours:Green"}, GREEN)

    with pytest.warns(PluginWarning) as seen:
        assert list(colours()) == ["red", "crimson", "green", "lime"]
    (warning,) = seen
    assert str(warning.message) == (
        "plug-in broken 1.5 (fanwise.colours: bad = broken_colours:Pink): cannot be used: "
        "ModuleNotFoundError: No module named 'no_such_module'."
    )


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("", "AttributeError: module 'broken_colours' has no attribute 'Pink'"),
        ("class Pink: words = ('pink',)", "TypeError: it has no paint"),
        ("class Pink: pass", "TypeError: it has no words and no paint"),
        ("class Pink: words, paint = 3, 4", "TypeError: 'int' object is not iterable"),
    ],
)
def test_every_fault_of_a_package_is_told_by_its_name(install: Install, code: str, why: str) -> None:
    install("broken", {"bad": "broken_colours:Pink"}, code)

    assert problem() == f"plug-in broken 1.5 (fanwise.colours: bad = broken_colours:Pink): cannot be used: {why}."


def test_a_built_in_name_is_refused(install: Install) -> None:
    install("bold", {"mine": "bold_colours:Mine"}, "class Mine:\n    words = ('red',)\n    paint = 9\n")

    assert "'red' is built in already. The plug-in must give it another name" in problem()


def test_a_taken_name_is_refused(install: Install) -> None:
    install("bold", {"mine": "bold_colours:Mine"}, "class Mine:\n    words = ('plum',)\n    paint = 9\n")

    assert "'plum' is built in already" in problem(taken={"plum"})


@pytest.mark.parametrize("packages", [("one", "two"), ("one", "two", "zoe")])
def test_of_two_with_the_same_name_neither_is_used(install: Install, packages: tuple[str, ...]) -> None:
    for package in packages:
        install(package, {"mine": f"{package}_colours:Mine"}, "class Mine:\n    words = ('plum',)\n    paint = 9\n")

    with pytest.warns(PluginWarning) as seen:
        assert list(colours()) == ["red", "crimson"]
    assert [str(each.message) for each in seen] == [
        f"plug-in {other} 1.5 (fanwise.colours: mine = {other}_colours:Mine): 'plum' is also a name of "
        "one 1.5 (fanwise.colours: mine = one_colours:Mine). Uninstall one of the two packages."
        for other in packages[1:]
    ]


def test_the_other_names_of_a_plugin_still_work(install: Install) -> None:
    install("bold", {"mine": "bold_colours:Mine"}, "class Mine:\n    words = ('red', 'plum')\n    paint = 9\n")

    with pytest.warns(PluginWarning, match="'red' is built in"):
        assert list(colours()) == ["red", "crimson", "plum"]


def test_nothing_is_looked_for_on_import() -> None:
    """Discovery takes some milliseconds, which only those pay who generate or audit."""
    text = (
        f"import sys; sys.path.insert(0, {str(Path(plugins.__file__).parents[2])!r})\n"
        "import fanwise, fanwise.validator, fanwise.segmenter, fanwise.io.plugins\n"
        "print('importlib.metadata' in sys.modules)"
    )
    # Without site-packages, whose .pth files may import anything.
    done = subprocess.run([sys.executable, "-S", "-c", text], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_a_warning_can_be_turned_off(install: Install) -> None:
    install("broken", {"bad": "broken_colours:Pink"}, "import no_such_module")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", PluginWarning)
        assert list(colours()) == ["red", "crimson"]
