"""Datasets: images with captions, languages and splits, read from common layouts."""

from visavis.datasets import (
    class_folders,
    coco,
    crossmodal3600,
    flickr8k,
    flickr30k,
    folder,
    hugging_face,
    karpathy,
    shapes,
    tables,
    webdataset,
    xtd10,
)
from visavis.datasets.base import Caption, Dataset, ImageClass, Skipped
from visavis.datasets.load import load_dataset, load_datasets

__all__ = [
    "Caption",
    "Dataset",
    "ImageClass",
    "Skipped",
    "class_folders",
    "coco",
    "crossmodal3600",
    "flickr8k",
    "flickr30k",
    "folder",
    "hugging_face",
    "karpathy",
    "load_dataset",
    "load_datasets",
    "shapes",
    "tables",
    "webdataset",
    "xtd10",
]
