"""The audit: does a data set show what its contract promises?

    report = validator.audit("out/ecommerce", validator.load_contract("contract.yaml"))
    report.exit_code, report.text()

`audit` judges written data, `forecast` predicts the same judgement from moments, before anything is written.
Importing this package is light: DuckDB and scipy.special are imported by the first audit or forecast.
"""

from fanwise.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__)
