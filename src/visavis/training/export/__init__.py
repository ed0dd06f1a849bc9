"""Export of trained towers to ONNX: graphs, the precision of weights, regions, model folders."""

from visavis.training.export.model import check_export, export_model

__all__ = ["check_export", "export_model"]
