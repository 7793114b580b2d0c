"""Texts read as values, strictly: SQL that gives a value only where it says just what the text says.

DuckDB's own casts are lenient. They round `1.5` to an integer, cut the time of day off a date, and drop `PM` and
`+02:00` from an instant. Here such a text is not a value. All sources of text are read by the same expressions.
"""

from __future__ import annotations

import re

from fanwise.io.duckdb_session import Session
from fanwise.io.problems import Mark, Problem, shown
from fanwise.io.quoting import quote_ident, quote_text
from fanwise.io.tables.base import Formats, Wanted
from fanwise.io.tables.number_format import plain_number

__all__ = [
    "JSON_FORM",
    "REFUSED",
    "UUID_FORM",
    "is_format",
    "is_number",
    "parsed",
    "refusal",
    "refusal_in",
    "refused",
    "says_json",
    "says_uuid",
    "selected",
    "strict",
]

REFUSED = "fanwise: not a value: "
"""What begins DuckDB's message where it meets a text that `strict` refuses; the column and the text follow."""
_END = "\x1f"

MOST = 10_000
"""Different texts of a column that are looked for in the file."""
_FORMAT = re.compile(r"[^%]*(%-?[aAbBcdfgGHIjmMnpSuUVwWxXyYzZ%][^%]*)+")
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_UTC = "( ?(Z|UTC|[+-]00(:?00)?))?"
_MIDNIGHT = rf"({_DAY})([ T]0?0:00(:00(\.0*)?)?{_UTC})?"
_INSTANT = rf"({_DAY})([ T]\d{{1,2}}:\d\d(:\d\d(\.\d{{1,6}}0*)?)?{_UTC})?"
_ZONED = rf"{_DAY}[ T]\d{{1,2}}:\d\d(:\d\d(\.\d{{1,6}}0*)?)? ?(Z|UTC|[+-]\d\d(:?\d\d)?)"
_TIME = r"([01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,6}0*)?)?"
_UUID = "(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_STRING = r'"(?:[^"\\]|\\.)*"'
_LOOSE = r"(?i)nan|inf|,\s*[\]}]"
UUID_FORM, JSON_FORM = "a UUID", "valid JSON"
_USUAL = ("____-__-_____:__:__", "____-__-_____:__:__.000000")
"""Instants that need no closer look: what can be cast has nothing but digits in the other places."""


def is_format(text: str) -> bool:
    """Return whether a text is a format of dates or instants: words of strptime that DuckDB knows, at least one."""
    return _FORMAT.fullmatch(text) is not None


def is_number(kind: str) -> bool:
    """Return whether the values of a DuckDB type are numbers."""
    return kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL") or kind.endswith("INT") or kind == "INTEGER"


def parsed(text: str, kind: str, form: str | None = None) -> str:
    """Return the SQL of a text (an SQL expression) as a value of a DuckDB type; null where it is not exactly one.

    form: of dates and instants, as strptime has it; with an offset (%z) or a zone (%Z) they are converted to UTC. Of
    numbers, as `number_format` has it.
    Floats are the nearest to what is written, and may have blanks around them. Integers are digits, which `.0` may
    follow. Dates may have a time of day of midnight, and instants `Z` or another offset of zero.
    """
    if kind == "VARCHAR":
        return text
    value = _candidate(text, kind, form)
    return f"CASE WHEN {_says(text, value, kind, form)} THEN CAST({value} AS {kind}) END"


def strict(column: str, kind: str, form: str | None = None) -> str:
    """Return the SQL of a column of texts as `kind`: a text that is not a value ends the query (`refusal_in`)."""
    text = quote_ident(column)
    return text if kind == "VARCHAR" else _guarded(column, _candidate(text, kind, form), kind, form)


def _guarded(column: str, value: str, kind: str, form: str | None) -> str:
    text = quote_ident(column)
    ending = f"error(concat({quote_text(REFUSED + column + _END)}, {text}))"
    says = _says(text, value, kind, form)
    return f"CASE WHEN {text} IS NULL OR {says} THEN CAST({value} AS {kind}) ELSE {ending} END"


def _candidate(text: str, kind: str, form: str | None) -> str:
    """Return the SQL of what DuckDB makes of a text, null where it makes nothing of it."""
    if form and is_number(kind):
        text, form = plain_number(text, form), None
    if not form:
        return f"TRY_CAST({text} AS {kind})"
    value = f"try_strptime({text}, {quote_text(form)})"
    # With a zone it is in UTC, whatever the time zone of the session is.
    return f"make_timestamp(epoch_us({value}))" if "%z" in form or "%Z" in form else value


def _says(text: str, value: str, kind: str, form: str | None) -> str:
    """Return the SQL that says whether a text says just what DuckDB makes of it."""
    if form and is_number(kind):
        text, form = plain_number(text, form), None
    if form:
        closer = f"{value} = date_trunc('day', {value})" if kind == "DATE" else ""
    elif kind == "BOOLEAN":
        closer = ""
    elif kind == "JSON":
        closer = says_json(text)
    elif kind in _PATTERNS:
        closer = _matches(text, _PATTERNS[kind])
    elif kind in ("DOUBLE", "FLOAT"):
        closer = f"NOT contains({text}, '_') AND (NOT isinf({value}) OR contains(lower({text}), 'inf'))"
    elif kind == "TIMESTAMP":
        closer = " OR ".join([*(f"{text} LIKE '{usual}'" for usual in _USUAL), _matches(text, _INSTANT)])
    else:  # most are written as DuckDB writes them, which is cheaper to see
        closer = f"CAST({value} AS VARCHAR) = {text} OR {_matches(text, _pattern(kind))}"
    return f"({value} IS NOT NULL{f' AND ({closer})' if closer else ''})"


def _pattern(kind: str) -> str:
    """Return the pattern of dates, integers or decimals."""
    if kind == "DATE":
        return _MIDNIGHT
    sized = _DECIMAL.fullmatch(kind)
    decimals = int(sized[2]) if sized else 0
    return rf"[+-]?(\d+(\.\d{{0,{decimals}}}0*)?|\.\d{{1,{decimals}}}0*)" if decimals else r"[+-]?\d+(\.0*)?"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {quote_text(pattern)})"


def says_uuid(text: str) -> str:
    """Return the SQL that says whether a text is a UUID of 36 characters."""
    return _matches(text, _UUID)


def says_json(text: str) -> str:
    """Return the SQL that says whether a text is JSON.

    DuckDB's own answer also allows NaN, infinity and a comma before a closing bracket, which RFC 8259 does not have.
    """
    rest = f"regexp_replace({text}, {quote_text(_STRING)}, '0', 'g')"
    return f"json_valid({text}) AND NOT regexp_matches({rest}, {quote_text(_LOOSE)})"


_PATTERNS = {"UUID": _UUID, "TIME": _TIME, "TIMESTAMP WITH TIME ZONE": _ZONED}

_WORDS = {
    **{"TINYINT": "an integer of 8 bits", "SMALLINT": "an integer of 16 bits", "INTEGER": "an integer of 32 bits"},
    **{"BIGINT": "an integer of 64 bits", "DOUBLE": "a number", "FLOAT": "a number of 32 bits", "DATE": "a date"},
    **{"TIMESTAMP": "a date and time", "BOOLEAN": "true or false", "UUID": UUID_FORM, "JSON": JSON_FORM},
    **{"TIME": "a time of day", "TIMESTAMP WITH TIME ZONE": "a date and time with a zone"},
}


def _what(kind: str) -> str:
    """Return a DuckDB type in words: `a date`."""
    if sized := _DECIMAL.fullmatch(kind):
        return f"a number of at most {int(sized[1]) - int(sized[2])} digits before the point and {sized[2]} after it"
    return _WORDS.get(kind, f"a value of {kind}")


_STATED = "`number_format` in a mapping, `format` of a column in a contract"
_ADVICE = (
    (
        r"'?-?\d{1,3}(,\d{3})+(\.\d*)?'?",
        f"thousands separators need a stated format, such as '1,234.56' ({_STATED}).",
    ),
    (r"-?[\d.]+,\d+", f"a decimal comma needs a stated format, such as '1.234,56' ({_STATED})."),
    (
        r"\(?[-+]?[A-Z]{0,3}[^\w\s]? ?[-+]?[\d.,]+ ?[^\w\s)]?[A-Za-z]{0,3}\)?",
        f"a currency needs a stated format, such as '1,234.56' ({_STATED}).",
    ),
)
_FORMS = (
    (r"(?i).*\d ?[ap]\.?m\.?", "a 12-hour clock", "%Y-%m-%d %I:%M:%S %p"),
    (r".*\d:\d\d(:\d\d(\.\d+)?)? ?[+-]\d\d(:?\d\d)?", "an offset from UTC", "%Y-%m-%d %H:%M:%S%z"),
    (r".*:\d\d(\.\d+)? ?[A-Za-z][A-Za-z_/]+", "a time zone", "%Y-%m-%d %H:%M:%S %Z"),
    (r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}.*", "another order of day, month and year", "%d/%m/%Y"),
)


def _advice(value: str, kind: str, form: str | None) -> str:
    """Return what to do about a text that is not a value of a DuckDB type."""
    if form:
        return f"correct the value, or the format: '{form}' is stated."
    if kind in ("DATE", "TIMESTAMP"):
        for pattern, name, form in _FORMS:
            if re.fullmatch(pattern, value):
                place = "`date_format` in a mapping, `format` of a column in a contract"
                return f"{name} needs a stated format, such as '{form}' ({place})."
        if re.fullmatch(r".*\.\d{7,}.*", value):
            return "instants have six decimals of a second at most; round it."
        if kind == "DATE" and re.fullmatch(rf"{_DAY}[ T].*", value):
            return "it has a time of day; read the column as timestamp, or write the date alone."
    elif kind not in ("VARCHAR", "BOOLEAN"):
        for pattern, hint in _ADVICE:
            if re.fullmatch(pattern, value):
                return hint
    return "correct the value, or read the column as another type."


def selected(wanted: Wanted, relation: str, formats: Formats) -> str:
    """Return a query of the wanted columns, texts read as their types; of a constant where there are none."""
    inner, outer = [], []
    for column, kind in wanted.items():
        name, value = quote_ident(column), quote_ident(f"{column} as {kind}")
        inner.append(name)
        if kind in (None, "VARCHAR"):
            outer.append(name)
            continue
        # In a query of its own, as it would be computed wherever it is named.
        inner.append(f"{_candidate(name, kind, formats.get(column))} AS {value}")
        outer.append(f"{_guarded(column, value, kind, formats.get(column))} AS {name}")
    return f"SELECT {', '.join(outer) or '1 AS one'} FROM (SELECT {', '.join(inner) or '1'} FROM {relation})"


def refused(
    session: Session, relation: str, values: object, wanted: Wanted, formats: Formats
) -> dict[str, tuple[int, list[str]]]:
    """Return how many texts of each wanted column of a relation are not values, and the most frequent of them."""
    found = {}
    for column, kind in wanted.items():
        name = quote_ident(column)
        sql = (
            f"SELECT {name}, CAST(sum(count(*)) OVER () AS BIGINT) FROM {relation} WHERE {name} IS NOT NULL "
            f"AND {parsed(name, kind or 'VARCHAR', formats.get(column))} IS NULL GROUP BY 1 ORDER BY count(*) DESC, 1"
        )
        if kind not in (None, "VARCHAR") and (rows := session.rows(f"{sql} LIMIT {MOST}", values)):
            found[column] = (int(rows[0][1]), [str(text) for text, _ in rows])
    return found


def refusal_in(error: Exception, wanted: Wanted) -> Problem | None:
    """Return the problem of the text that ended a query, if one did."""
    column, end, text = str(error.__cause__).partition(REFUSED)[2].partition(_END)
    return refusal(column, text.partition("\n\nLINE ")[0], wanted.get(column) or "") if end else None


def refusal(
    column: str,
    value: str,
    kind: str,
    form: str | None = None,
    *,
    count: int = 1,
    mark: Mark | None = None,
    file: str = "",
) -> Problem:
    """Return the problem of a column: a value that is not of its type, how many are not, and what to do."""
    more = f"; {count - 1:,} more value{'s are' if count > 2 else ' is'} not" if count > 1 else ""
    why = f"column {column} holds {shown(value)}, which is not {_what(kind)}{more}"
    return Problem("FW-SOURCE-FORMAT", why, _advice(value, kind, form), mark=mark, file=file)
