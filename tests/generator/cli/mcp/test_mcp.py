"""`gen mcp` through the client of the SDK: six tools, one folder, and nothing verified that was not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.generator.cli.conftest import SHOP

pytest.importorskip("mcp", reason="the extra mcp is not installed")

import anyio
from mcp import Client

from fanwise.generator.cli.mcp.server import server_of
from fanwise.generator.cli.mcp.tools import Tools
from fanwise.validator import load_contract

Ask = Callable[..., dict[str, Any]]


def run_apart(asked: Callable[[], Awaitable[Any]]) -> Any:
    """Return what a coroutine returns, run in another thread: in that of the tests, a browser may have a loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(anyio.run, asked).result()


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return a function that calls a tool over a folder with shop.yaml, and returns what the client gets."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "shop.yaml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "secret.yaml").write_text(SHOP, encoding="utf-8")
    monkeypatch.chdir(root)

    def call(tool: str, **arguments: Any) -> dict[str, Any]:
        async def ask() -> Any:
            async with Client(server_of(Tools(root, max_rows=20_000))) as client:
                return await client.call_tool(tool, arguments)

        found = run_apart(ask)
        assert not found.is_error, found.content
        values = found.structured_content
        assert isinstance(values, dict)
        return dict(values.get("result", values))

    return call


def test_there_are_six_tools_with_words_for_each(tmp_path: Path) -> None:
    async def listed() -> Any:
        async with Client(server_of(Tools(tmp_path))) as client:
            return await client.list_tools()

    tools = {tool.name: tool for tool in run_apart(listed).tools}

    assert list(tools) == ["reference", "check", "plan", "preview", "run", "audit"]
    assert all(tool.description for tool in tools.values())
    assert [name for name, tool in tools.items() if not tool.annotations.read_only_hint] == ["run"]


@pytest.mark.parametrize(
    ("topic", "key"),
    [("", "column_kinds"), ("lognormal", "json_schema"), ("audit", "json_schema"), ("ecommerce", "yaml"), ("FW-PLAN-UNREACHABLE", "cause")],
)  # fmt: skip
def test_the_reference(ask: Ask, topic: str, key: str) -> None:
    found = ask("reference", topic=topic)

    assert found[key]
    assert found["verified"] is False


def test_an_unknown_topic_names_the_nearest(ask: Ask) -> None:
    assert "lognormal" in ask("reference", topic="lognormall")["problems"][0]["hint"]


def test_check_says_every_problem_with_its_line(ask: Ask) -> None:
    wrong = SHOP.replace("poisson", "poison").replace("sequence: {start: 1}", "sequence: {begin: 1}")

    found = ask("check", schema=wrong)

    assert found["exit_code"] == 2
    assert found["verified"] is False
    assert len(found["problems"]) >= 2
    assert all(problem["line"] and problem["hint"] for problem in found["problems"])


@pytest.mark.parametrize("tool", ["check", "plan", "preview"])
def test_what_writes_nothing_verifies_nothing(ask: Ask, tool: str) -> None:
    for schema in ("shop.yaml", SHOP, "ecommerce_flat"):
        found = ask(tool, schema=schema)

        assert found["verified"] is False
        assert "audited" in found["statement"]


def test_preview_returns_rows(ask: Ask) -> None:
    found = ask("preview", schema="shop.yaml", table="purchase", count=2)

    assert [list(row) for row in found["tables"]["purchase"]] == [["purchase_id", "customer_id", "amount"]] * 2


def test_a_run_that_passes_its_audit_is_verified(ask: Ask) -> None:
    found = ask("run", schema="shop.yaml", out="data")

    assert (found["exit_code"], found["published"], found["verified"], found["verdict"]) == (0, True, True, "PASS")
    assert Path("data/purchase.parquet").exists()
    assert found["folder"] == "data"
    again = ask("audit", data="data", schema="shop.yaml")
    assert again["verified"] is True
    assert again["checks"]["FAIL"] == 0


@pytest.mark.parametrize("gates", ["integrity", "none"])
def test_a_run_with_fewer_gates_is_not_verified(ask: Ask, gates: str) -> None:
    found = ask("run", schema="shop.yaml", out="data", gates=gates)

    assert (found["published"], found["verified"]) == (True, False)
    assert "not verified" in found["statement"] or "without an audit" in found["statement"]


def test_a_run_with_defects_is_verified_by_an_audit_of_its_files_only(ask: Ask) -> None:
    dirty = f"{SHOP}defects: {{purchase.amount: {{null: 2%}}}}\n"

    found = ask("run", schema=dirty, out="data")

    assert (found["published"], found["verified"]) == (True, False)
    assert "before the declared defects were written" in found["statement"]
    assert ask("audit", data="data", schema=dirty)["verified"] is True


def test_a_run_that_the_forecast_stops_says_so(ask: Ask) -> None:
    found = ask("run", schema="shop.yaml", out="data", scale=0.01)

    assert (found["published"], found["verified"]) == (False, False)
    assert found["exit_code"] in (1, 3)
    assert "Nothing was published or audited" in found["statement"]
    assert not Path("data").exists()


def test_data_that_contradict_the_schema_are_not_verified(ask: Ask) -> None:
    flat = SHOP.replace("multiplier: {tier: {gold: 2, basic: 1}}", "multiplier: {tier: {gold: 1, basic: 1}}")
    assert ask("run", schema=flat, out="data", gates="none")["published"]

    found = ask("audit", data="data", schema="shop.yaml")

    assert (found["verified"], found["verdict"], found["exit_code"]) == (False, "FAIL", 1)
    assert any(each["status"] == "FAIL" and each["message"] for each in found["findings"])


def test_an_audit_without_effects_says_that_none_was_tested(ask: Ask) -> None:
    plain = "fanwise: 1\nname: plain\ntables: {a: {rows: 20, key: id, columns: {id: {sequence: {}}}}}\n"
    assert ask("run", schema=plain, out="data")["published"]

    assert (
        "No effect of a segment is declared, so none was tested" in ask("audit", data="data", schema=plain)["statement"]
    )


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("check", {"schema": "../secret.yaml"}),
        ("check", {"schema": "/etc/passwd"}),
        ("run", {"schema": "shop.yaml", "out": "../elsewhere"}),
        ("run", {"schema": "shop.yaml", "out": "link/data"}),
        ("audit", {"data": "..", "schema": "shop.yaml"}),
        ("audit", {"data": "linked", "schema": "shop.yaml"}),
        ("audit", {"data": "postgresql://localhost/x", "schema": "shop.yaml"}),
        ("audit", {"data": ".", "contract": "../secret.yaml"}),
    ],
)
def test_nothing_outside_of_the_root_folder_is_touched(ask: Ask, tmp_path: Path, tool: str, arguments: Any) -> None:
    Path("link").symlink_to(tmp_path)
    Path("linked").mkdir()
    Path("linked/customer.parquet").symlink_to(tmp_path / "secret.yaml")
    before = sorted(tmp_path.iterdir())

    found = ask(tool, **arguments)

    assert (found["exit_code"], found["verified"]) == (2, False)
    assert "root folder" in str(found["problems"]) or "is not a path" in str(found["problems"])
    assert sorted(tmp_path.iterdir()) == before


def test_a_run_has_a_limit_of_rows_whatever_its_gates(ask: Ask) -> None:
    found = ask("run", schema="shop.yaml", out="data", scale=100, gates="none")

    assert found["exit_code"] == 2
    assert "20,000" in str(found["problems"])
    assert not Path("data").exists()


def test_a_file_of_somebody_else_is_not_replaced(ask: Ask) -> None:
    Path("data").mkdir()
    Path("data/purchase.parquet").write_text("mine", encoding="utf-8")

    found = ask("run", schema="shop.yaml", out="data", replace=True)

    assert found["exit_code"] == 4
    assert Path("data/purchase.parquet").read_text(encoding="utf-8") == "mine"


@pytest.mark.system
def test_the_command_serves_over_standard_input_and_output(ask: Ask) -> None:
    import sys

    from mcp import StdioServerParameters

    async def call() -> Any:
        server = StdioServerParameters(command=sys.executable, args=["-m", "fanwise", "mcp", "--root", str(Path.cwd())])
        async with Client(server) as client:
            return await client.call_tool("preview", {"schema": "shop.yaml", "count": 1})

    assert run_apart(call).structured_content["exit_code"] == 0


def refused(root: Path, tool: str, **arguments: Any) -> str:
    async def called() -> Any:
        async with Client(server_of(Tools(root))) as client:
            return await client.call_tool(tool, arguments)

    found = run_apart(called)
    assert found.is_error
    return "".join(getattr(block, "text", "") for block in found.content)


def test_an_argument_that_a_tool_does_not_have_is_an_error(tmp_path: Path) -> None:
    told = refused(tmp_path, "preview", schema="ecommerce", coumt=2, rows=3)

    assert "preview has no argument 'coumt'. Hint: did you mean 'count'?" in told
    assert "preview has no argument 'rows'. Hint: known: count, schema, seed, table" in told


def test_every_argument_is_described(tmp_path: Path) -> None:
    async def listed() -> Any:
        async with Client(server_of(Tools(tmp_path))) as client:
            return await client.list_tools()

    tools = run_apart(listed).tools
    assert all(tool.input_schema["additionalProperties"] is False for tool in tools)
    bare = {
        f"{tool.name} {name}"
        for tool in tools
        for name, told in tool.input_schema["properties"].items()
        if "description" not in told and "enum" not in told
    }

    assert bare == set()


def test_hints_name_arguments_and_no_options(ask: Ask) -> None:
    ask("run", schema="shop.yaml", out="data")
    again = ask("run", schema="shop.yaml", out="data")
    large = ask("run", schema="ecommerce", out="large", scale=1000)

    assert again["problems"][0]["hint"].startswith("replace: true replaces the files")
    assert large["problems"][0]["hint"].startswith("raise the --max-rows of gen mcp, or lower scale")


def test_the_contract_of_the_reference_is_one(ask: Ask, tmp_path: Path) -> None:
    found = ask("reference", topic="contract")
    path = tmp_path / "contract.yaml"
    path.write_text(found["example"], encoding="utf-8")

    assert load_contract(path).name == "shop"
    assert "tables" in found["json_schema"]["properties"]


def test_checks_that_could_not_be_made_are_not_called_undeclared(ask: Ask) -> None:
    ask("run", schema="shop.yaml", out="data")
    found = ask("audit", data="data", schema="ecommerce")

    assert found["checks"]["SKIPPED"] > 0
    assert "checks could not be made" in found["statement"]
    assert "No effect" not in found["statement"]
