"""The model file: identity of dump and load, golden bytes, tampering, and a thousand damaged files."""

from __future__ import annotations

import json
import math
import random
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.segmenter.assignment.archetypes import archetype_id
from fanwise.segmenter.axes import Scale
from fanwise.segmenter.errors import ModelError, OutputError
from fanwise.segmenter.model.io import dump_model, load_model, model_id, parse_model, save_model
from fanwise.segmenter.model.model import Archetype, AxisModel, FittedFeature, KScore, Model, SampleDesign, SegmentModel
from tests.segmenter.planted import model_of, planted_axis, planted_model, tier_axis

GOLDEN = Path(__file__).parent / "golden" / "model.json"


def golden_model() -> Model:
    """Return a small model that has everything: clusters, tiers, an axis that is off, archetypes."""
    value = planted_axis("purchase_value", [[-1.0, 0.5], [1.5, 0.1]], names=("Small spenders", "Big spenders"))
    segments = {"purchase_value": 1, "loyalty_trajectory": None}
    return model_of(
        value,
        tier_axis("loyalty_trajectory", (-0.25, 0.5)),
        AxisModel("return_behavior", "off", "none", reason="no table of returns"),
        archetypes=(Archetype(archetype_id(segments), "Großkunden", 0.25, segments),),
    )


def test_golden_bytes_of_a_model_file() -> None:
    """A changed file format shows here; then the format number must change too."""
    assert dump_model(golden_model()) == GOLDEN.read_bytes()
    assert load_model(GOLDEN) == golden_model()
    assert model_id(golden_model()) == "da74c0897cefe470"


finite = st.floats(allow_nan=False, allow_infinity=False)
small = st.floats(-1e6, 1e6)
far = st.floats(-1e100, 1e100)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12).filter(
    lambda name: name.casefold() not in ("other", "unassigned")
)


@st.composite
def shares(draw: Any, k: int) -> tuple[float, ...]:
    parts = draw(st.lists(st.integers(1, 1000), min_size=k, max_size=k))
    return tuple(part / sum(parts) for part in parts)


@st.composite
def features(draw: Any, name: str) -> FittedFeature:
    low, high = sorted(draw(st.tuples(small, small)))
    positive = st.floats(1e-9, 1e9)
    return FittedFeature(
        name,
        draw(st.sampled_from(Scale)),
        draw(positive),
        low,
        high,
        draw(small),
        draw(positive),
        tuple(sorted(draw(st.lists(finite, min_size=9, max_size=9)))),
        draw(st.one_of(st.just(()), shares(10))),
    )


@st.composite
def axes(draw: Any, name: str) -> AxisModel:
    if draw(st.booleans()):
        return AxisModel(name, "off", "none", reason=draw(texts))
    k, dims = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    tiers = draw(st.booleans())
    sizes, called = draw(shares(k)), draw(st.lists(names, min_size=k, max_size=k, unique=True))
    return AxisModel(
        name,
        draw(st.sampled_from(["full", "partial"])),
        "tiers" if tiers else "clusters",
        tuple(draw(features(f"{name}.{index}")) for index in range(dims)),
        tuple(
            SegmentModel(index, called[index], sizes[index], tuple(draw(st.lists(far, min_size=dims, max_size=dims))))
            for index in range(k)
        ),
        tuple(
            KScore(draw(st.integers(1, 9)), *draw(st.tuples(finite, finite, finite, finite | st.none(), finite)))
            for _ in range(draw(st.integers(0, 3)))
        ),
        tuple(draw(st.lists(texts, max_size=2))),
        reason=draw(texts),
        cuts=tuple(sorted(draw(st.lists(small, min_size=k - 1, max_size=k - 1)))) if tiers else (),
        spread=draw(st.floats(0, 1e9)),
        eligible=draw(st.floats(0, 1)),
    )


@st.composite
def models(draw: Any) -> Model:
    chosen = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    made = tuple(draw(axes(name)) for name in chosen)
    live = [axis for axis in made if axis.segments]
    archetypes = []
    for called in draw(st.lists(names, max_size=2, unique=True)) if live else []:
        code = draw(st.one_of(st.none(), st.integers(0, len(live[0].segments) - 1)))
        segments = {live[0].axis: code}
        if archetype_id(segments) not in [each.id for each in archetypes]:
            archetypes.append(Archetype(archetype_id(segments), called, draw(st.floats(0, 1)), segments))
    counts = draw(st.lists(st.integers(0, 10**9), max_size=4))
    return Model(
        draw(texts),
        draw(st.integers(-(2**63), 2**64)),
        "2025-01-01T00:00:00+00:00",
        draw(st.dictionaries(texts, st.one_of(texts, st.integers(-(10**17), 10**17)), max_size=3)),
        SampleDesign("quota", sum(counts), draw(st.floats(0, 1e9)), (), tuple(counts), tuple(counts)),
        made,
        draw(st.dictionaries(texts, finite, max_size=3)),
        tuple(archetypes),
    )


@given(models())
def test_what_is_dumped_is_loaded(model: Model) -> None:
    content = dump_model(model)

    assert parse_model(content) == model
    assert dump_model(parse_model(content)) == content


def test_the_bytes_are_the_same_for_numbers_of_other_types() -> None:
    model = golden_model()
    other = replace(
        model,
        constants={"frequency.rate": np.float64(0.25)},
        sample=replace(model.sample, effective=np.float64(321.5), cuts=(np.float64(0), 50)),
    )

    assert dump_model(other) == dump_model(model)


def test_names_may_be_edited_and_nothing_else() -> None:
    document = json.loads(GOLDEN.read_bytes())
    document["editable"]["segments"]["purchase_value"] = ["Sparsame", "Stammkunden 💎"]
    edited = parse_model(json.dumps(document).encode("utf-16").decode("utf-16").encode())

    assert [segment.name for segment in edited.axes[0].segments] == ["Sparsame", "Stammkunden 💎"]
    assert model_id(edited) == model_id(golden_model())
    document["model"]["axes"][0]["segments"][0]["share"] = 0.4
    document["model"]["axes"][0]["segments"][1]["share"] = 0.6
    with pytest.raises(ModelError, match="checksum: does not match: something under 'model' was changed"):
        parse_model(json.dumps(document).encode())


def test_an_editor_may_leave_a_byte_order_mark_and_other_spaces() -> None:
    text = json.dumps(json.loads(GOLDEN.read_bytes()), indent=4)

    assert parse_model(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()) == golden_model()


Change = Callable[[dict[str, Any]], object]


def sealed_again(document: dict[str, Any]) -> bytes:
    """Return the document with the checksum of what it holds now: as if discovery had written it."""
    import hashlib

    text = json.dumps(document["model"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    document["checksum"] = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return json.dumps(document, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["model"]["axes"][0]["features"][0].update(std=0.0), r"model\.axes\[0\]\.features\[0\]: std and unit must be above 0"),
        (lambda d: d["model"]["axes"][0]["features"][0].update(std="2"), r"model\.axes\[0\]\.features\[0\]\.std: must be a number, not '2'"),
        (lambda d: d["model"]["axes"][0]["features"][0].update(mean=math.nan), r"features\[0\]\.mean: must be a finite number, not nan"),
        (lambda d: d["model"]["axes"][0]["features"][0].update(scale="logarithm"), "must be one of log, share, signed, plain, not 'logarithm'"),
        (lambda d: d["model"]["axes"][0]["features"][0].update(low=99.0), r"features\[0\]: low must not be above high"),
        (lambda d: d["model"]["axes"][0]["features"][0]["deciles"].pop(), r"deciles: must be 9 ascending numbers, or none"),
        (lambda d: d["model"]["axes"][0]["segments"][0]["centroid"].append(1.0), r"segments\[0\]\.centroid: has 3 dimensions for 2 features"),
        (lambda d: d["model"]["axes"][0]["segments"][0].update(share=0.7), r"axes\[0\]\.segments: shares must be at least 0 and sum to 1"),
        (lambda d: d["model"]["axes"][0]["segments"][1].update(id=0), r"segments\[1\]\.id: must be 1"),
        (lambda d: d["model"]["axes"][0]["segments"][1].update(id=True), r"segments\[1\]\.id: must be a whole number, not true or false"),
        (lambda d: d["model"]["axes"][1]["cuts"].reverse(), r"axes\[1\]\.cuts: must be 2 ascending bounds"),
        (lambda d: d["model"]["axes"][2].update(status="full"), r"axes\[2\]: an axis is off"),
        (lambda d: d["model"]["axes"][0].update(status="half"), r"status: must be full, partial or off, not 'half'"),
        (lambda d: d["model"]["axes"][1].update(axis="purchase_value"), "the axis 'purchase_value' occurs 2 times"),
        (lambda d: d["model"]["axes"][0].update(colour="red"), r"axes\[0\]: unknown key 'colour'. Hint: known: "),
        (lambda d: d["model"]["axes"][0].pop("spread"), r"axes\[0\]: the key 'spread' is missing"),
        (lambda d: d["model"]["axes"].clear(), r"model\.axes: has no axis"),
        (lambda d: d["model"].update(as_of="yesterday"), r"model\.as_of: must be an instant in ISO 8601, not 'yesterday'"),
        (lambda d: d["model"].update(as_of="2025-01-01T00:00:00+05:00"), r"model\.as_of: must be in UTC"),
        (lambda d: d["model"].update(sede=d["model"].pop("seed")), r"unknown key 'sede'. Hint: did you mean 'seed'"),
        (lambda d: d["model"]["sample"].update(sampled=[601, 0]), r"sample\.sampled: must be between 0 and the population"),
        (lambda d: d["model"]["archetypes"][0]["segments"].update(purchase_value=2), r"names a segment of 'purchase_value' that"),
        (lambda d: d["model"]["archetypes"][0]["segments"].update(purchase_value="2"), r"must be a whole number or null, not '2'"),
        (lambda d: d["model"]["source"].update(orders=1.5), r"source\.orders: must be a text or a whole number, not 1\.5"),
        (lambda d: d["editable"]["segments"].update(purchase_value=["A", "A"]), r"editable\.segments\.purchase_value: the name 'A' occurs 2 times"),
        (lambda d: d["editable"]["segments"].update(purchase_value=["A"]), r"purchase_value: has 1 names for 2 segments"),
        (lambda d: d["editable"]["segments"].update(purchase_value=["A", " "]), "a name is empty, or begins or ends with a space"),
        (lambda d: d["editable"]["segments"].update(purchase_value=["A", "\x1b[31m"]), "a name has invisible characters"),
        (lambda d: d["editable"]["segments"].update(purchase_value=["A", "Unassigned"]), "a name 'Unassigned' is reserved"),
        (lambda d: d["editable"]["segments"].update(purchase_value=["A", "x" * 121]), "a name is longer than 120 characters"),
        (lambda d: d["editable"]["segments"].pop("purchase_value"), r"editable\.segments: the key 'purchase_value' is missing"),
        (lambda d: d["editable"]["archetypes"].update(more="B"), r"editable\.archetypes: unknown key 'more'"),
        (lambda d: d.update(format=2), r"format: has another version.*this program reads format 1"),
    ],
)  # fmt: skip
def test_every_fault_is_told_with_its_place(change: Change, message: str) -> None:
    document = json.loads(GOLDEN.read_bytes())
    change(document)

    with pytest.raises(ModelError, match=message) as caught:
        parse_model(sealed_again(document), "shop.json")
    assert all(problem.path.startswith("shop.json") for problem in caught.value.problems)
    assert caught.value.exit_code == 2


def test_all_faults_are_told_at_once() -> None:
    document = json.loads(GOLDEN.read_bytes())
    document["model"]["seed"] = "seven"
    document["model"]["axes"][1]["spread"] = None
    document["model"]["sample"]["size"] = 1.5

    with pytest.raises(ModelError) as caught:
        parse_model(sealed_again(document))
    assert [problem.path for problem in caught.value.problems] == [
        "model: model.seed", "model: model.sample.size", "model: model.axes[1].spread",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1:1: is not JSON"),
        (b'{"a": 1,\n "b": }', "2:7: is not JSON: Expecting value"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b"[" * 100_000, "is not a model: nested too deep"),
        (b'{"model": ' + b"9" * 5000 + b"}", "too many digits"),
        (b"[]", "must be an object, not a list"),
        (b'{"a": 1, "a": 2}', "duplicate key 'a'"),
        (b'"\\ud800"', "must be an object"),
        (
            GOLDEN.read_bytes().replace(b'"checksum"', b'"checksun"'),
            "unknown key 'checksun'. Hint: did you mean 'checksum'",
        ),
    ],
)
def test_what_is_no_model_file_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        parse_model(content)


def test_a_file_that_is_not_there_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"none.json: cannot be read: No such file or directory. Hint: give a model file"
    ):
        load_model(tmp_path / "none.json")
    with pytest.raises(OutputError, match="cannot be written"):
        save_model(golden_model(), tmp_path / "none" / "model.json")


def test_a_model_that_cannot_be_read_back_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    save_model(golden_model(), path)
    before = path.read_bytes()
    broken = replace(golden_model(), constants={"rate": math.nan})

    with pytest.raises(ModelError, match=r"model\.constants\.rate: must be a finite number"):
        save_model(broken, path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["model.json"]
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600


JUNK = (None, True, "", "x", "\x00", -1, 0, 2, 10**400, 0.5, -0.0, 1e308, math.nan, math.inf, [], {}, [1], {"a": 1})


def mutated(document: Any, rng: random.Random) -> Any:
    """Return the document with one value, key or entry of it replaced, removed, repeated or added."""
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in range(len(value)) if isinstance(value, list) else list(value):
            places.append((value, key))
            if isinstance(value[key], (dict, list)):
                walk(value[key])

    walk(document)
    holder, key = rng.choice(places)
    match rng.randrange(4):
        case 0:
            holder[key] = rng.choice(JUNK)
        case 1:
            del holder[key]
        case 2 if isinstance(holder, list):
            holder.insert(key, holder[key])
        case 2:
            holder[f"{key}x"] = holder[key]
        case _:
            holder[key] = rng.choice(places)[0]
    return document


def test_a_thousand_damaged_files_are_refused_or_are_a_model() -> None:
    rng = random.Random(5)
    golden, outcomes = GOLDEN.read_bytes(), {"refused": 0, "read": 0}
    for turn in range(1000):
        if turn % 4 == 0:
            content = bytearray(golden)
            for _ in range(rng.randrange(1, 4)):
                content[rng.randrange(len(content))] = rng.randrange(256)
            damaged = bytes(content)
        else:
            try:
                document = mutated(json.loads(golden), rng)
                damaged = sealed_again(document) if turn % 2 and "model" in document else json.dumps(document).encode()
            except ValueError:  # it holds itself
                continue
        try:
            model = parse_model(damaged)
        except ModelError as error:
            assert error.problems
            outcomes["refused"] += 1
        else:
            assert parse_model(dump_model(model)) == model
            outcomes["read"] += 1

    assert outcomes["refused"] > 700
    assert outcomes["read"] > 10


def test_models_of_the_other_tests_can_be_kept() -> None:
    model = planted_model(axes=13)

    assert parse_model(dump_model(model)) == model
