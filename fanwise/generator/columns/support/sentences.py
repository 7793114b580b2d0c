"""Texts of common words for `words`.

A pool holds up to 16,384 texts of so many words, made on first use in some 10 ms by Polars, without a loop over texts.
Entry i is a function of (fewest, most, i) only: never of the seed of a data set. Values may repeat in a large table,
as those of `fake` do; a text of its own for every row would cost more than all its other columns.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from fanwise.generator.numerics.randomness import name_key, root_keys, uniform

__all__ = ["WORDS", "phrases"]

MOST_TEXTS = 1 << 14
_MOST_WORDS = 1 << 20  # in all texts of a pool, so that one of long texts stays small

_LIST = """
able about above across after again against air all almost alone along already also always among and animal another
answer any area around as ask at away back base be because become before began behind best better between beyond big
bird black blue board boat body book both bottom box boy bread bring brother brown build busy but buy by call came can
car care carry case catch certain chair change check city class clean clear close cloth cloud coast cold color come
common complete contain cook copy corner cost could count country course cover cross current cut dance dark day dear
decide deep desk did differ direct distance do does dog done door double down draw dream dress drink drive drop dry
during each early earth east easy edge eight either engine enough enter equal even evening ever every example eye face
fact fall family far farm fast father feel feet few field figure fill final find fine finger finish fire first fish
five floor flow flower fly follow food foot for forest form forward found four fresh friend from front fruit full game
garden gave general gentle get girl give glad glass go gold gone good grass gray great green ground group grow guess
guide had half hand happen happy hard has hat have he head hear heart heat heavy help her here high hill him his hold
hole home hope horse hot hour house how hundred idea if important in inch include increase inside into iron island it
its join jump just keep kind king kitchen knew know lake land language large last late laugh lay lead learn least
leave left less let letter level lie life lift light like line list listen little live local long look lot loud love
low machine made main make many map mark market material may mean measure meet member middle might mile milk mind
minute miss modern moment money month moon more morning most mother mountain mouth move much music must name narrow
nature near need neighbor never new next night nine noise none noon north nose not note nothing notice number ocean
off offer office often oil old on once one only open or orange order other our out outside over own page paint pair
paper park part party pass past path pattern pay people perhaps person picture piece place plain plan plane plant play
please plenty point poor port possible power present press pretty problem product provide pull purple push put
question quick quiet quite race rain raise ran rather reach read ready real reason record red remain remember repeat
report rest result return rich ride right ring rise river road rock room round row rule run safe said sail salt same
sand save saw say school science sea season seat second see seed seem sell send sentence serve set seven several shade
shall shape share sharp she sheet shine ship shoe shop shore short shoulder show side sign silver simple since sing
sister sit six size skin sky sleep slow small smile smooth snow so soft soil some song soon sound south space speak
special spell spend spoke spring square stand star start state station stay step stick still stone stop store story
straight strange stream street strong student study such sudden sugar summer sun supply sure surface surprise swim
table tail take talk tall teach team tell ten test than thank that the their them then there these they thick thin
thing think third this those though thought thousand three through tie time tiny to today together told tomorrow tone
too took tool top total touch toward town track trade train travel tree trip trouble true try turn twelve twenty two
type under understand unit until up upon us usual valley value vary very view village visit voice wait walk wall want
warm was wash watch water wave way we wear weather week weight well went were west what wheel when where which while
white who whole why wide will wind window wing winter wish with wonder wood word work world would write wrong yard
year yellow yes yesterday yet you young your
"""
WORDS = tuple(_LIST.split())


@cache
def phrases(ranges: tuple[tuple[int, int], ...]) -> tuple[pl.Series, tuple[int, ...], tuple[int, ...]]:
    """Return the pools of these (fewest, most) words one after another: texts, where each begins, how many it has."""
    pools = [_pool(low, high) for low, high in ranges]
    sizes = [len(pool) for pool in pools]
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    return pl.concat(pools), tuple(map(int, starts)), tuple(sizes)


@cache
def _pool(low: int, high: int) -> pl.Series:
    size = MOST_TEXTS
    while size * high > _MOST_WORDS:
        size //= 2
    key, texts = name_key("words", low, high), root_keys("words", np.arange(size))
    counts = low + (uniform(texts, key) * (high - low + 1)).astype(np.int64)
    words = pl.Series(WORDS)
    columns = []
    for place in range(high):
        word = words.gather((uniform(texts, key, place + 1) * len(words)).astype(np.int64))
        kept = pl.when(pl.Series(counts > place)).then(word) if place >= low else pl.lit(word)
        columns.append(kept.alias(str(place)))
    return pl.select(pl.concat_str(columns, separator=" ", ignore_nulls=True).alias("")).to_series().rechunk()
