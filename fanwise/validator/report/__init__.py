"""Reports: one result object and its formats."""

from __future__ import annotations

from fanwise.validator.report.model import Measured, PairRow, Population, Report, SegmentRow, TableRow

__all__ = ["Measured", "PairRow", "Population", "Report", "SegmentRow", "TableRow"]
