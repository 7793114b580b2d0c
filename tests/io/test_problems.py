import pytest

from fanwise.io.problems import Mark, Problem, catalogue, first_of, nearest

VALUE = "FW-USAGE-VALUE"
CURE = catalogue()[VALUE]["cure"]


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(VALUE, "is missing"), f"is missing. Hint: {CURE}"),
        (Problem(VALUE, "is missing", "add it"), "is missing. Hint: add it"),
        (Problem(VALUE, "is it missing?", "add it"), "is it missing? Hint: add it"),
        (Problem(VALUE, "unknown", "try y", "a.b"), "a.b: unknown. Hint: try y"),
        (Problem(VALUE, "unknown", "try y", "a.b", "'x'"), "a.b: 'x': unknown. Hint: try y"),
        (
            Problem(VALUE, "unknown", "try y", "a.b", "'x'", Mark(3, 7), "s.yaml"),
            "s.yaml:3:7: a.b: 'x': unknown. Hint: try y",
        ),
    ],
)
def test_a_problem_says_where_what_why_how_to_fix_it_and_its_code(problem, text):
    assert str(problem) == f"{text} [FW-USAGE-VALUE]"


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("custmer", ["order", "customer"], "did you mean 'customer'?"),
        ("ORDER", ["order", "customer"], "did you mean 'order'?"),
        ("zzz", ["order", "customer"], "known: customer, order"),
        ("zzz", [], ""),
    ],
)
def test_the_nearest_known_name_is_offered_or_all_are_listed(name, known, hint):
    assert nearest(name, known) == hint


def test_many_names_are_cut_short_and_searched_quickly():
    names = [f"column_{n}" for n in range(100_000)]
    assert nearest("zzz", names[:13]).endswith(", …")
    assert nearest("column_1x", names).startswith("did you mean 'column_1")


def test_letters_of_another_case_are_the_same_name():
    assert nearest("Custmer", ["order", "CUSTOMER"]) == "did you mean 'CUSTOMER'?"


def test_more_problems_than_a_screen_holds_are_counted():
    many = [Problem(VALUE, f"fault {n}") for n in range(25)]
    assert first_of(many[:20]) == many[:20]
    assert [(problem.code, problem.why) for problem in first_of(many)[20:]] == [("FW-MORE-PROBLEMS", "and 5 more")]


def test_no_fix_sends_the_reader_to_a_file_that_is_not_installed() -> None:
    """The documentation is beside the sources; a program that pip installed has none of it."""
    assert [code for code, told in catalogue().items() if "docs/" in told["cure"]] == []
