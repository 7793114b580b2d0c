import pytest

import fanwise
from fanwise import segmenter, validator
from fanwise.io.problems import Problem


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (fanwise.FanwiseError, 5),
        (fanwise.MissingExtraError, 2),
        (fanwise.OutputError, 4),
        (fanwise.SourceError, 4),
        (validator.BaselineError, 2),
        (validator.ContractError, 2),
        (segmenter.MappingError, 2),
        (segmenter.ModelError, 2),
    ],
)
def test_every_part_raises_errors_of_one_tree(error, exit_code):
    assert issubclass(error, fanwise.FanwiseError)
    assert error.exit_code == exit_code
    assert [problem.why for problem in error([Problem("FW-DEFECT", "a"), Problem("FW-DEFECT", "b")]).problems] == [
        "a",
        "b",
    ]


def test_a_source_that_cannot_be_read_is_one_error_for_audit_and_discovery():
    assert fanwise.SourceError is validator.SourceError is segmenter.SourceError


def test_a_code_and_its_words_are_a_problem():
    error = fanwise.InputError("FW-USAGE-VALUE", "wrong", "repair it", "scale", "'x'")

    assert str(error) == "scale: 'x': wrong. Hint: repair it [FW-USAGE-VALUE]"
    assert error.problems[0].code == "FW-USAGE-VALUE"
