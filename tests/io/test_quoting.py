import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.io.errors import InputError
from fanwise.io.quoting import quote_ident, quote_text

TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(TEXTS, TEXTS)
def test_any_name_and_any_text_survive(name, text):
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {quote_text(text)} AS {quote_ident(name)}")
        assert (found.description[0][0], found.fetchone()) == (name, (text,))


@pytest.mark.parametrize("quote", [quote_ident, quote_text])
def test_a_nul_is_refused(quote):
    with pytest.raises(InputError, match="'a\\\\u0000b': holds a NUL character"):
        quote("a\0b")
