"""The live page: what it shows, that nobody else gets it, and, in a browser, that it follows the file."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.cli.page.sample import measured, unmeasured
from fanwise.generator.cli.studio.document import studio_document
from fanwise.generator.cli.studio.files import stamp
from fanwise.generator.cli.studio.looks import looks
from fanwise.generator.cli.studio.watcher import Watcher
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.sizing import likely_rows
from fanwise.text.renderers.markdown import render_markdown
from fanwise.validator.report.sections import effects, population, segments
from tests.generator.cli.conftest import SHOP

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCHEMAS = Path(__file__).parents[4] / "schemas"
Gen = Callable[..., Any]


def text_of(look: Any, last: Any = None) -> str:
    return render_markdown(studio_document(look, last))


def test_a_look_has_rows_first_then_effects_then_the_forecast(shop: Path) -> None:
    first, second, third = looks(str(shop))

    assert [section.id for section in studio_document(first, None).sections][:3] == [
        "forecast",
        "tables",
        "table-customer",
    ]
    assert "The forecast is being computed." in text_of(first)
    assert "Declared against measured" not in text_of(first)
    assert "Declared against measured" in text_of(second)
    assert "PASS is expected" in text_of(third)
    assert "no data was audited" in text_of(third)
    assert studio_document(third, None).status == ""


def test_problems_are_shown_at_their_lines_above_the_last_good_version(shop: Path) -> None:
    *_, good = looks(str(shop))
    shop.write_text(SHOP.replace("poisson", "poison").replace("rank: gold", "rank: golden"), encoding="utf-8")

    (bad,) = looks(str(shop))

    document = studio_document(bad, good)
    assert document.status == "ERROR"
    shown = text_of(bad, good)
    assert "did you mean 'poisson'?" in shown
    assert re.search(r"19 +fanout: \{poison: .*\n +\^", shown)
    assert "the last version without errors" in shown
    assert "table-customer" in [section.id for section in document.sections]
    assert text_of(bad).count("customer_id") == 0


def test_a_schema_that_will_fail_says_so(shop: Path) -> None:
    shop.write_text(SHOP.replace("gold: 2, basic: 1", "gold: 1, basic: 2"), encoding="utf-8")
    *_, last = looks(str(shop))

    document = studio_document(last, last)

    assert document.status == "FAIL"
    assert "PASS is impossible" in document.line


def test_a_file_that_is_gone_is_waited_for(shop: Path) -> None:
    shop.unlink()

    (gone,) = looks(str(shop))

    (problem,) = gone.problems
    assert str(problem) == "the file is gone. Hint: save it again: this goes on as soon as it is back [FW-USAGE-FILE]"
    assert gone.done


def test_rows_are_counted_at_last(shop: Path) -> None:
    first, second, third = looks(str(shop))

    assert first.plan is not None
    assert first.rows == second.rows == first.plan.expected_rows
    assert third.rows != first.rows
    assert third.rows == likely_rows(first.plan)


def test_a_change_of_an_included_file_counts(shop: Path) -> None:
    before = stamp(shop)
    Path("country.csv").write_text("code\nDE\n", encoding="utf-8")

    assert stamp(shop) != before


def test_the_watcher_looks_again_when_the_file_is_saved(shop: Path) -> None:
    seen: list[str] = []

    def see(look: Any, last: Any) -> None:
        if not look.done:
            return
        seen.append("problem" if look.problems else "forecast")
        if len(seen) == 1:
            shop.write_text(SHOP.replace("poisson", "poison"), encoding="utf-8")
        elif len(seen) == 2:
            shop.write_text(SHOP, encoding="utf-8")
        else:
            watcher.stop()

    watcher = Watcher(str(shop), see)
    watcher.run()

    assert seen == ["forecast", "problem", "forecast"]


def test_a_change_does_not_wait_for_the_step_at_hand(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The forecast of the first version goes on until the second one is shown, and is then not shown itself."""
    import threading

    from fanwise.generator.audit import forecast as module

    slow, begun, original = threading.Event(), threading.Event(), module.forecasts

    def forecasts(plan: Any, contract: Any) -> Any:
        if plan.rows["customer"] == 400:
            begun.set()
            slow.wait(60)
        return original(plan, contract)

    monkeypatch.setattr(module, "forecasts", forecasts)
    seen: list[int] = []

    def see(look: Any, last: Any) -> None:
        if look.done:
            seen.append(look.plan.rows["customer"])
            slow.set()
            watcher.stop()

    def save() -> None:
        begun.wait(60)
        shop.write_text(SHOP.replace("rows: 400", "rows: 450"), encoding="utf-8")

    watcher = Watcher(str(shop), see)
    threading.Thread(target=save).start()
    watcher.run()

    assert seen == [450]


def test_what_nobody_foresaw_ends_the_watch(shop: Path) -> None:
    def see(look: Any, last: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Watcher(str(shop), see).run()


@pytest.fixture
def client(shop: Path) -> Iterator[Any]:
    pytest.importorskip("starlette", reason="the extra studio is not installed")
    from starlette.testclient import TestClient

    from fanwise.generator.cli.studio.app import Page, app_of

    page = Page()
    for look in looks(str(shop)):
        page.see(look, look)
    with TestClient(app_of(page, "secret"), base_url="http://127.0.0.1") as client:
        client.page = page  # type: ignore[attr-defined]
        yield client


def test_the_page_is_served_under_its_token_only(client: Any) -> None:
    assert client.get("/secret/").status_code == 200
    for path in ("/", "/secret", "/other/", "/other/page", "/docs", "/secret/../"):
        assert client.get(path, follow_redirects=False).status_code in (307, 404), path
    assert client.get("/secret/", headers={"Host": "evil.example"}).status_code == 400


def test_the_page_may_run_its_own_script_only(client: Any) -> None:
    found = client.get("/secret/")

    assert "default-src 'none'" in found.text
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]{44}'; connect-src 'self'", found.text)
    assert found.headers["Referrer-Policy"] == "no-referrer"
    assert found.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in found.headers


def test_a_newer_page_is_given_at_once_and_an_old_one_waited_for(client: Any) -> None:
    found = client.get("/secret/page?after=1")

    assert (found.status_code, found.headers["Fanwise-Version"]) == (200, "3")
    client.page.stopped = lambda: True
    assert client.get("/secret/page?after=3").status_code == 204
    assert client.get("/secret/page?after=x").status_code == 200


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--watch", "--seed", "3"], "--seed cannot be combined"),
        (["--serve", "--json"], "--json cannot be combined"),
        (["--watch", "--port", "8000"], "--port needs --serve"),
    ],
)
def test_options_that_do_not_fit(gen: Gen, shop: Path, arguments: list[str], why: str) -> None:
    said = gen("check", shop, *arguments)

    assert said.code == 2
    assert why in said.err


def test_a_ready_dataset_is_no_file_to_watch(gen: Gen, shop: Path) -> None:
    assert "there is no file 'ecommerce' to watch" in gen("check", "ecommerce", "--watch").err


def test_the_names_for_an_editor_are_written_again(shop: Path) -> None:
    from fanwise.generator.cli.editors import refreshed
    from fanwise.generator.language import load

    names = Path("shop.schema.json")
    shop.write_text(f"# yaml-language-server: $schema={names}\n{SHOP}", encoding="utf-8")
    assert refreshed(shop, load(shop)) is None
    names.write_text('{\n  "$schema": "x",\n  "title": "Fanwise dataset \'shop\'"\n}\n', encoding="utf-8")
    assert refreshed(shop, load(shop)) == names
    assert refreshed(shop, load(shop)) is None
    assert '"purchase"' in names.read_text(encoding="utf-8")


@pytest.fixture
def address(shop: Path) -> Iterator[str]:
    """The address of `gen check --serve` of the schema in this folder."""
    pytest.importorskip("uvicorn", reason="the extra studio is not installed")
    command = [sys.executable, "-m", "fanwise", "check", str(shop), "--serve", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        yield program.stdout.readline().strip()
        program.terminate()
        _, err = program.communicate(timeout=60)
    assert program.returncode == 143
    assert "Traceback" not in err


@pytest.mark.system
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_page_follows_the_file(chromium: Browser, shop: Path, address: str, scheme: Any, width: int) -> None:
    import axe_playwright_python.sync_playwright as axe

    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.wait_for_selector("text=PASS is expected", timeout=60_000)
    page.locator("summary", has_text="Values of purchase").click()

    shop.write_text(SHOP.replace("poisson", "poison"), encoding="utf-8")
    page.wait_for_selector("text=did you mean 'poisson'?", timeout=60_000)
    assert page.locator("details[open] > summary", has_text="Values of purchase").count() == 1
    shop.write_text(SHOP.replace("rows: 400", "rows: 450"), encoding="utf-8")
    page.wait_for_selector("text=450", timeout=60_000)
    page.wait_for_selector("text=PASS is expected", timeout=60_000)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe.Axe().run(page).violations_count == 0
    assert faults == []
    context.close()


def test_a_file_that_is_emptied_before_it_is_written_shows_no_error(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fanwise.generator.cli.studio import watcher as module

    glances = iter(["", SHOP.replace("rows: 400", "rows: 450")])
    seen: list[tuple[int, int]] = []

    def glance(path: Path) -> Any:
        text = next(glances, None)
        if text is not None:
            shop.write_text(text, encoding="utf-8")
        return stamp(path)

    def see(look: Any, last: Any) -> None:
        if look.done:
            seen.append((len(look.problems), look.plan.rows["customer"] if look.plan else 0))
            watcher.stop()

    monkeypatch.setattr(module, "stamp", glance)
    watcher = Watcher(str(shop), see)
    watcher.run()

    assert seen == [(0, 450)]


@pytest.mark.parametrize("name", ["bank", "clinic", "habits"])
def test_the_contract_of_a_dataset_says_of_its_sample_what_that_of_the_sample_says(name: str) -> None:
    plan = compile_plan(load(name))
    sample = unmeasured(plan, 1_000, 50)
    own, whole = measured(sample), measured(sample, compile_contract(plan))

    assert own.report is not None
    assert whole.report is not None
    for section in (population.population, effects.effects, segments.fanouts, segments.values):
        assert section(own.report) == section(whole.report)


def test_a_forecast_by_few_draws_says_that_more_are_made() -> None:
    found = list(looks(str(SCHEMAS / "clinic.yaml")))

    assert [look.forecast is not None for look in found] == [False, False, True, True]
    assert [look.done for look in found] == [False, False, False, True]
    texts = [text_of(look) for look in found]
    assert ["More rows are being drawn" in text for text in texts] == [False, False, True, False]
    assert all("Declared against measured" in text for text in texts[1:])
    assert "inconclusive" not in texts[0]
    assert all("So few rows leave some effects inconclusive." in text for text in texts[1:])
