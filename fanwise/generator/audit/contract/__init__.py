"""Plan -> contract: what the files of a run promise, for an audit that knows nothing of the generator.

A contract speaks of written columns and declared numbers only. What is declared but cannot be seen in the files is
left out, and `warnings` says so; an expectation or a check that cannot be audited is an error: it was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fanwise.generator.audit.contract.axis_effects import source_of
from fanwise.generator.audit.contract.columns import promise_of
from fanwise.generator.audit.contract.correlations import correlations_of, too_few_rows
from fanwise.generator.audit.contract.distributions import laws_of
from fanwise.generator.audit.contract.effects import effects_of
from fanwise.generator.audit.contract.inexact import inexact_checks
from fanwise.generator.audit.contract.rules import ruled
from fanwise.generator.audit.contract.spreads import spreads_of
from fanwise.generator.audit.contract.unwatched import with_unwatched, without_unseen_ranks
from fanwise.generator.errors import PlanError, Problem
from fanwise.generator.language.literals import Scalar
from fanwise.generator.language.spec import Dataset, Expect, Path
from fanwise.generator.language.spec import Table as Spec
from fanwise.generator.plan import Plan
from fanwise.generator.plan.schema import RelationalSchema, TableSchema
from fanwise.io.problems import Place, dotted
from fanwise.validator import (
    Axis,
    Check,
    Contract,
    ContractError,
    Defect,
    Edge,
    Effect,
    Expectation,
    Source,
    Table,
    Thresholds,
    check_contract,
)

__all__ = ["compile_contract", "not_recomputed", "warnings"]


def compile_contract(plan: Plan) -> Contract:
    """Return the contract of a plan.

    Raises PlanError, with all problems, for expectations and checks that the written columns cannot answer.
    """
    dataset = plan.dataset
    schema = plan.schema
    problems = list(_unanswerable(dataset, schema))
    if problems:
        raise PlanError(problems)
    effects = [found for found in effects_of(plan) if not isinstance(found, Problem)]
    contract = Contract(
        name=dataset.name,
        tables=ruled(plan, {name: _table(plan, name) for name in plan.schema.tables})[0],
        axes={name: _axis(dataset, name) for name in dataset.axes},
        effects=_named(effects),
        expectations={entry.name: _expectation(dataset, entry, schema) for entry in dataset.audit.expect},
        checks=tuple(
            Check(check.table, check.expression.text, source_of(dataset, check.place)) for check in dataset.checks
        ),
        distributions=tuple(laws_of(plan)),
        correlations=tuple(correlations_of(plan)),
        spreads=tuple(spreads_of(plan)),
        thresholds=Thresholds(
            min_effect_fanout=dataset.audit.min_effect_fanout,
            min_effect_value=dataset.audit.min_effect_value,
            cov=dataset.audit.cov,
            equivalence=dataset.audit.equivalence,
        ),
        floors=dataset.audit.floors,
        gates=dataset.audit.gates,
        defects=tuple(Defect(each.table, each.column, each.name) for each in dataset.defects),
        origin={"schema": dataset.file, "sha256": dataset.sha256, "seed": plan.seed, "scale": plan.scale},
    )
    _agree(dataset, contract)
    return with_unwatched(plan, without_unseen_ranks(plan, contract))


def warnings(plan: Plan) -> tuple[Problem, ...]:
    """Return what a plan declares and its files cannot show.

    These are edges without their keys, effects on hidden columns, ratios of which only the order is left, columns
    of nothing but 0, states beside instants in no order, and correlations of few rows. Row conditions that compare
    computed numbers exactly are among them, as data of any quality may break them.
    """
    # Columns that share a setting do not repeat what is said of it.
    unseen = dict.fromkeys(found for found in effects_of(plan) if isinstance(found, Problem))
    found = (*plan.schema.problems, *unseen, *_rounded_away(plan), *_out_of_order(plan))
    return (*found, *inexact_checks(plan), *too_few_rows(plan))


def _rounded_away(plan: Plan) -> Iterator[Problem]:
    for table in plan.tables.values():
        for column in table.columns.values():
            if column.generator.rounds_away and not column.spec.hidden:
                why = f"every value of {table.name}.{column.spec.name} rounds to 0"
                yield plan.dataset.problem("FW-PLAN-ROUNDED-AWAY", column.spec.place, why)


def _out_of_order(plan: Plan) -> Iterator[Problem]:
    """Yield the first instant of each table of states whose instants do not follow the rows."""
    for table in plan.tables.values():
        drawn = {name: column.generator for name, column in table.columns.items()}
        free = [name for name, kind in drawn.items() if kind.ascends is False]
        if (
            free
            and any(kind.is_history for kind in drawn.values())
            and not any(kind.ascends for kind in drawn.values())
        ):
            why = f"the states of {table.name} follow its rows, and these instants do not"
            yield plan.dataset.problem("FW-PLAN-OUT-OF-ORDER", table.columns[free[0]].spec.place, why)


def not_recomputed(plan: Plan) -> dict[str, str]:
    """Return why the audit does not compute columns again that follow from others, by `table.column`."""
    return ruled(plan, {name: _table(plan, name) for name in plan.schema.tables})[1]


def _table(plan: Plan, name: str) -> Table:
    bound, table = plan.tables[name], plan.schema.tables[name]
    return Table(
        columns={column: promise_of(found) for column, found in table.columns.items() if not found.hidden},
        key=table.key,
        edges=tuple(
            Edge(
                key.columns,
                key.table,
                key.keys,
                "ref" if key.step.column else "parent",
                key.nullable,
                detour=key.detour,
            )
            for key in table.foreign_keys
        ),
        rows=bound.rows,
        unique=plan.dataset.tables[name].together,
        values=_values(plan.dataset.tables[name], table),
    )


def _values(spec: Spec, table: TableSchema) -> tuple[dict[str, Scalar], ...]:
    """Return the given rows of a lookup table with the columns that are written."""
    given = {} if spec.given is None else spec.given.columns
    seen = {name: column for name, column in given.items() if not table.columns[name].hidden}
    return tuple(dict(zip(seen, row, strict=True)) for row in zip(*seen.values(), strict=True))


def _axis(dataset: Dataset, name: str) -> Axis:
    axis = dataset.axes[name]
    return Axis(
        table=axis.table,
        column=axis.column,
        share=dict(axis.share),
        rank=axis.rank,
        assign=axis.assign,
        source=source_of(dataset, axis.place),
        rank_source=source_of(dataset, (*axis.place, "rank")) if axis.rank else Source(),
    )


def _expectation(dataset: Dataset, entry: Expect, schema: RelationalSchema) -> Expectation:
    route = schema.route(entry.table, entry.path.steps)
    assert route is not None
    return Expectation(
        aggregate=entry.aggregate,
        table=entry.table,
        axis=entry.by,
        path=route,
        column=entry.column,
        value=entry.value,
        per=entry.per,
        rank=entry.rank,
        ratios=entry.ratios,
        source=source_of(dataset, entry.place),
    )


def _named(effects: Iterable[tuple[str, Effect]]) -> dict[str, Effect]:
    """Return the effects by name; a second one of a name (two spellings of a value) is numbered."""
    out: dict[str, Effect] = {}
    for name, effect in effects:
        unique, number = name, 1
        while unique in out:
            number += 1
            unique = f"{name}.{number}"
        out[unique] = effect
    return out


def _unanswerable(dataset: Dataset, schema: RelationalSchema) -> Iterator[Problem]:
    """Yield each expectation and check that follows an edge which is not in the files."""
    for entry in dataset.audit.expect:
        if schema.route(entry.table, entry.path.steps) is None:
            yield _torn(dataset, entry.path, (*entry.place, "by"))
    for check in dataset.checks:
        for path in check.expression.names.values():
            if schema.route(path.table, path.steps) is None:
                yield _torn(dataset, path, check.place)


def _torn(dataset: Dataset, path: Path, place: Place) -> Problem:
    why = f"'{path.text}' cannot be audited: {path.table} does not have all key columns on the path to {path.target}"
    hint = "add the missing key columns ({parent: column}, or an expr that reads them from the reference)"
    return dataset.problem("FW-PLAN-NOT-AUDITABLE", place, why, hint)


def _agree(dataset: Dataset, contract: Contract) -> None:
    """Raise PlanError where the validator reads something in the contract in another way than the language does."""
    try:
        check_contract(contract)
    except ContractError as error:
        places = {f"{dotted(check.place)}.text": check.place for check in dataset.checks}
        raise PlanError(
            dict.fromkeys(
                dataset.problem(
                    "FW-PLAN-NOT-AUDITABLE",
                    places.get(problem.path) or _declared_at(contract, problem.path),
                    f"cannot be audited: {problem.why}",
                    problem.hint,
                )
                for problem in error.problems
            )
        ) from error


def _declared_at(contract: Contract, path: str) -> Place:
    """Return the place in the schema of the effect that a path of the contract leads to; () for anything else."""
    found = (effect for name, effect in contract.effects.items() if path.startswith(f"{dotted(('effects', name))}."))
    effect = next(found, None)
    return () if effect is None else tuple(effect.source.path.split("."))
