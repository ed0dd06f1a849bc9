"""Export of trained towers to model folders: ONNX graphs, precision of weights, regions."""

from visavis.training.export.model import check_export, export_model

__all__ = ["check_export", "export_model"]
