"""The functions of scipy.special come from its compiled module, as the same objects, and without the package."""

import subprocess
import sys

import pytest

from fanwise.io import special


def said(program: str) -> str:
    """Return what a new process prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_functions_load_neither_the_package_nor_all_of_numpy() -> None:
    program = """
import sys
from fanwise.io.special import ndtri
print(float(ndtri(0.975)), *{"scipy.special", "numpy.f2py", "numpy.testing"} & set(sys.modules))
"""
    assert said(program) == "1.959963984540054"


def test_the_package_can_be_imported_afterwards_and_has_the_same_functions() -> None:
    program = """
from fanwise.io import special as ours
names = "ndtr ndtri stdtr stdtrit gammainc gammaincc gammaincinv betaincinv bdtr bdtrc fdtrc nctdtr".split()
found = [getattr(ours, name) for name in names]
from scipy import special, stats
print(all(getattr(special, name) is one for name, one in zip(names, found)), stats.norm.ppf(0.975) == ours.ndtri(0.975))
"""
    assert said(program) == "True True"


def test_a_function_that_the_compiled_module_lacks_is_that_of_the_package() -> None:
    program = """
import sys
from fanwise.io.special import ndtr, softmax
from scipy.special import softmax as theirs
print(softmax is theirs)
"""
    assert said(program) == "True"


def test_beside_another_thread_the_whole_package_is_imported() -> None:
    program = """
import sys, threading
stop = threading.Event()
other = threading.Thread(target=stop.wait)
other.start()
from fanwise.io.special import ndtr
stop.set()
print("scipy.special" in sys.modules, float(ndtr(0)))
"""
    assert said(program) == "True 0.5"


def test_what_is_loaded_is_used_beside_another_thread() -> None:
    program = """
import sys, threading
from fanwise.io.special import ndtr
stop = threading.Event()
other = threading.Thread(target=stop.wait)
other.start()
from fanwise.io.special import ndtri
stop.set()
print("scipy.special" in sys.modules, float(ndtri(0.5)))
"""
    assert said(program) == "False 0.0"


def test_a_scipy_that_keeps_its_functions_elsewhere_is_asked_as_a_whole() -> None:
    program = """
import sys
sys.modules["scipy.special._ufuncs"] = None  # as where there is no such module
from fanwise.io import special
print(special._compiled().__dict__.get("ndtr"), "scipy.special" in sys.modules)
"""
    assert said(program) == "None False"


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no_such_function"):
        _ = special.no_such_function
