"""The audit: does a data set show what its contract promises?

    report = validator.audit("out/ecommerce", validator.load_contract("contract.yaml"))
    report.exit_code, report.text()

`audit` judges written data, `forecast` predicts the same judgement from moments, before anything is written.
Importing this package is light: DuckDB and scipy.special are imported by the first audit or forecast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from validator.asserting import assert_distinct as assert_distinct
    from validator.auditing import audit as audit
    from validator.baseline import Regression as Regression
    from validator.baseline import Regressions as Regressions
    from validator.baseline import load_baseline as load_baseline
    from validator.contract import Axis as Axis
    from validator.contract import Check as Check
    from validator.contract import Column as Column
    from validator.contract import Contract as Contract
    from validator.contract import Edge as Edge
    from validator.contract import Effect as Effect
    from validator.contract import Except as Except
    from validator.contract import Expectation as Expectation
    from validator.contract import Source as Source
    from validator.contract import Table as Table
    from validator.contract import Thresholds as Thresholds
    from validator.errors import BaselineError as BaselineError
    from validator.errors import ContractError as ContractError
    from validator.errors import Problem as Problem
    from validator.errors import SourceError as SourceError
    from validator.errors import ValidatorError as ValidatorError
    from validator.findings import Finding as Finding
    from validator.findings import Status as Status
    from validator.forecasting import Forecast as Forecast
    from validator.forecasting import forecast as forecast
    from validator.loading import check_contract as check_contract
    from validator.loading import load_contract as load_contract
    from validator.loading import to_dict as to_dict
    from validator.metrics import Measure as Measure
    from validator.metrics import Metric as Metric
    from validator.metrics import metrics_of as metrics_of
    from validator.moments import Moments as Moments
    from validator.report import Report as Report

_HOMES = {
    "Axis": "contract",
    "BaselineError": "errors",
    "Check": "contract",
    "Column": "contract",
    "Contract": "contract",
    "ContractError": "errors",
    "Edge": "contract",
    "Effect": "contract",
    "Except": "contract",
    "Expectation": "contract",
    "Finding": "findings",
    "Forecast": "forecasting",
    "Measure": "metrics",
    "Metric": "metrics",
    "Moments": "moments",
    "Problem": "errors",
    "Regression": "baseline",
    "Regressions": "baseline",
    "Report": "report",
    "Source": "contract",
    "SourceError": "errors",
    "Status": "findings",
    "Table": "contract",
    "Thresholds": "contract",
    "ValidatorError": "errors",
    "assert_distinct": "asserting",
    "audit": "auditing",
    "check_contract": "loading",
    "forecast": "forecasting",
    "load_baseline": "baseline",
    "load_contract": "loading",
    "metrics_of": "metrics",
    "to_dict": "loading",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'validator' has no attribute '{name}'")
    return getattr(import_module(f"validator.{home}"), name)
