"""Copy, export and verify collections."""

from visavis.upkeep.copying import CopyReport, copy
from visavis.upkeep.exporting import ExportReport, export
from visavis.upkeep.verifying import Problem, VerifyReport, verify

__all__ = [
    "CopyReport",
    "ExportReport",
    "Problem",
    "VerifyReport",
    "copy",
    "export",
    "verify",
]
