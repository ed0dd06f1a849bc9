"""Copy, export and verify collections."""

from visavis.upkeep.copying import CopyReport, copy
from visavis.upkeep.device_export import DeviceReport, export_for_device
from visavis.upkeep.exporting import ExportReport, export
from visavis.upkeep.verifying import Problem, VerifyReport, verify

__all__ = [
    "CopyReport",
    "DeviceReport",
    "ExportReport",
    "Problem",
    "VerifyReport",
    "copy",
    "export",
    "export_for_device",
    "verify",
]
