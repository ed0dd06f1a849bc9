"""Import of pretrained models: from other libraries to model folders that run without torch."""

from visavis.training.importing.run import ImportReport, import_model

__all__ = ["ImportReport", "import_model"]
