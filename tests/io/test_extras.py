import sys

import pytest

from fanwise.io.errors import MissingExtraError
from fanwise.io.extras import require


def test_an_installed_module_comes_back():
    assert require("json.decoder", "sql", "reading") is sys.modules["json.decoder"]


@pytest.mark.parametrize(
    ("module", "package"), [("sklearn.cluster", "scikit-learn"), ("pyarrow", "pyarrow"), ("no_such.thing", "no_such")]
)
def test_what_is_missing_is_named_with_the_extra_that_brings_it(monkeypatch, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as caught:
        require(module, "discover", "discovery")

    (problem,) = caught.value.problems
    assert problem.code == "FW-EXTRA-MISSING"
    assert problem.why == f"discovery needs {package}, which is not installed"
    assert problem.hint == "install it: pip install 'fanwise[discover]'"
