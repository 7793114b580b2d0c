"""Lines for a terminal: never wider than it, nothing cut, and rows that can be told apart."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.text.terminal import Style, cells, style_of, table, wrapped

WORDS = st.text(st.sampled_from("abc 中é%\x1b"), max_size=60)
PAIRS = [["Enterprise / Business", "1.25×", "24,088"], ["Enterprise / Start-up", "1.20×", "17,780"]]


def test_wide_signs_take_two_cells() -> None:
    assert cells("中文") == 4
    assert cells("é") == 1


def test_a_style_says_what_may_be_shown() -> None:
    assert Style(ascii_only=True).text("1.40× – é") == "1.40x - \\xe9"
    assert Style().text("a\x1bb") == "a\\u001bb"
    assert Style(colour=True).status("PASS") == "\x1b[32mPASS\x1b[0m"
    assert Style(colour=True).status("pass") == "pass"
    assert Style().status("PASS") == "PASS"


def test_colours_only_on_a_terminal_that_wants_them() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert style_of(stream, {}) == Style()
    stream.isatty = lambda: True  # type: ignore[method-assign]

    assert style_of(stream, {}) == Style(colour=True)
    assert style_of(stream, {"NO_COLOR": "1"}) == Style()
    assert style_of(stream, {"TERM": "dumb"}) == Style()
    assert style_of(io.StringIO(), {}).ascii_only


@given(WORDS, st.integers(30, 100))
def test_wrapped_lines_fit_and_keep_every_word(text: str, width: int) -> None:
    lines = wrapped(text, "  - ", "    ", Style(width))

    assert max(map(cells, lines)) <= width
    assert "".join(lines).replace(" ", "").removeprefix("-") == Style().text(text).replace(" ", "")


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    for width in range(30, 60):
        assert not any(line.lstrip().startswith("%") for line in wrapped("about 16 % of " * 6, style=Style(width)))


@given(st.lists(st.lists(WORDS, min_size=4, max_size=4), min_size=1, max_size=5), st.integers(60, 90))
def test_a_table_fits_and_nothing_of_it_is_cut(rows: list[list[str]], width: int) -> None:
    lines = table(["name", "what", "how many", "share"], rows, Style(width), left=(0, 1))
    seen = sorted("".join("".join(row) for row in rows).replace("\x1b", "\\u001b").replace(" ", ""))

    assert max(map(cells, lines)) <= width
    for sign in set(seen):
        assert "".join(lines).count(sign) >= seen.count(sign)


def test_words_are_folded_before_anything_moves() -> None:
    lines = table(["pair", "declared", "n"], PAIRS, Style(36))

    assert lines == [
        "  pair              declared       n",
        "  Enterprise /         1.25×  24,088",
        "    Business",
        "  Enterprise /         1.20×  17,780",
        "    Start-up",
    ]


def test_long_names_break_behind_their_joints_and_keep_their_numbers() -> None:
    rows = [
        ["  private_banking_referral/affluent_online_campaign", "1.40×", "> 0.999"],
        ["  Enterprise Unlimited/Business Professional", "2.00×", "0.71"],
    ]
    assert table(["pair", "declared", "chance"], rows, Style(46)) == [
        "  pair                       declared   chance",
        "    private_banking_            1.40×  > 0.999",
        "      referral/affluent_",
        "      online_campaign",
        "    Enterprise                  2.00×     0.71",
        "      Unlimited/Business",
        "      Professional",
    ]


def test_rows_that_begin_alike_are_told_apart() -> None:
    stages = [
        "onboarding",
        "active",
        "at_risk",
        "cancelled",
        "returned",
        "dormant",
        "expanding",
        "trial",
        "paused",
        "lost",
    ]
    names = [f"share customer_account_profile.lifecycle_stage = {stage}" for stage in stages]
    rows = [[name, *("1.25×" for _ in range(6)), "PASS"] for name in names]
    lines = table(["measure", *(f"number {place}" for place in range(6)), "status"], rows, Style(80), left=(0, 7))

    assert max(map(cells, lines)) <= 80
    assert "".join("".join(lines).split()).count("customer_account_profile.lifecycle_stage=") == 10
    for stage in stages:
        assert sum(line.strip().startswith(stage) or f"= {stage}" in line for line in lines) == 1


def test_columns_that_have_no_room_go_below_behind_the_names_of_the_rows() -> None:
    head = ["segment", *(f"number {index}" for index in range(9))]
    lines = table(head, [["VIP", *["1,234,567"] * 9], ["Casual", *["2"] * 9]])
    blocks = "\n".join(lines).split("\n\n")

    assert len(blocks) == 2
    assert all(block.splitlines()[-1].lstrip().startswith("Casual") for block in blocks)


@pytest.mark.parametrize("word", ["PASS", "INCONCLUSIVE"])
def test_a_status_in_a_table_is_coloured_and_stays_in_line(word: str) -> None:
    head, line = table(["of", "status", "n"], [["a", word, "1"]], Style(colour=True), left=(0, 1))

    assert Style(colour=True).status(word) in line
    assert len(line.replace("\x1b[32m", "").replace("\x1b[35m", "").replace("\x1b[0m", "")) == len(head)


def test_a_cell_keeps_a_number_with_its_unit_and_a_sign_with_its_number() -> None:
    rows = [["inside the 95 % interval, or within 10 %, or the index is ≤ 0.05", "1"]]

    for width in range(24, 60):
        lines = table(["gate", "n"], rows, Style(width), left=(0,))
        assert not [line for line in lines if line.strip().startswith("%") or line.split("  ")[-1].endswith("≤")]
        assert "\u00a0" not in "".join(lines)


def test_the_head_of_a_bound_is_folded_at_its_sign_and_not_within_its_number() -> None:
    lines = table(["of", *(f"≤ {29 + at}.63" for at in range(9))], [["x", *(["7.5"] * 9)]], Style(68), left=(0,))

    assert lines[0].split() == ["≤"] * 9
    assert "29.63" in lines[1]
