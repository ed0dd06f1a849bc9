"""Pretrained models of other libraries as model folders that run without torch."""

from visavis.training.importing.run import Imported, import_model

__all__ = ["Imported", "import_model"]
