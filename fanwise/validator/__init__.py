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
    from fanwise.validator.auditing import audit as audit
    from fanwise.validator.contract.load import check_contract as check_contract
    from fanwise.validator.contract.load import load_contract as load_contract
    from fanwise.validator.contract.load import to_dict as to_dict
    from fanwise.validator.contract.metrics import Measure as Measure
    from fanwise.validator.contract.metrics import Metric as Metric
    from fanwise.validator.contract.metrics import metrics_of as metrics_of
    from fanwise.validator.contract.model import Axis as Axis
    from fanwise.validator.contract.model import Check as Check
    from fanwise.validator.contract.model import Column as Column
    from fanwise.validator.contract.model import Contract as Contract
    from fanwise.validator.contract.model import Edge as Edge
    from fanwise.validator.contract.model import Effect as Effect
    from fanwise.validator.contract.model import Except as Except
    from fanwise.validator.contract.model import Expectation as Expectation
    from fanwise.validator.contract.model import Source as Source
    from fanwise.validator.contract.model import Table as Table
    from fanwise.validator.contract.model import Thresholds as Thresholds
    from fanwise.validator.errors import BaselineError as BaselineError
    from fanwise.validator.errors import ContractError as ContractError
    from fanwise.validator.errors import Problem as Problem
    from fanwise.validator.errors import SourceError as SourceError
    from fanwise.validator.errors import ValidatorError as ValidatorError
    from fanwise.validator.findings import Finding as Finding
    from fanwise.validator.findings import Status as Status
    from fanwise.validator.forecasting.forecast import Forecast as Forecast
    from fanwise.validator.forecasting.forecast import forecast as forecast
    from fanwise.validator.report import Report as Report
    from fanwise.validator.report.baseline import Regression as Regression
    from fanwise.validator.report.baseline import Regressions as Regressions
    from fanwise.validator.report.baseline import load_baseline as load_baseline
    from fanwise.validator.stats.moments import Moments as Moments
    from fanwise.validator.testing import assert_distinct as assert_distinct

_HOMES = {
    "Axis": "contract.model",
    "BaselineError": "errors",
    "Check": "contract.model",
    "Column": "contract.model",
    "Contract": "contract.model",
    "ContractError": "errors",
    "Edge": "contract.model",
    "Effect": "contract.model",
    "Except": "contract.model",
    "Expectation": "contract.model",
    "Finding": "findings",
    "Forecast": "forecasting.forecast",
    "Measure": "contract.metrics",
    "Metric": "contract.metrics",
    "Moments": "stats.moments",
    "Problem": "errors",
    "Regression": "report.baseline",
    "Regressions": "report.baseline",
    "Report": "report",
    "Source": "contract.model",
    "SourceError": "errors",
    "Status": "findings",
    "Table": "contract.model",
    "Thresholds": "contract.model",
    "ValidatorError": "errors",
    "assert_distinct": "testing",
    "audit": "auditing",
    "check_contract": "contract.load",
    "forecast": "forecasting.forecast",
    "load_baseline": "report.baseline",
    "load_contract": "contract.load",
    "metrics_of": "contract.metrics",
    "to_dict": "contract.load",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'fanwise.validator' has no attribute '{name}'")
    return getattr(import_module(f"fanwise.validator.{home}"), name)
