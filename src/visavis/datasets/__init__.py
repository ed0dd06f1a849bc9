"""Datasets: images with captions, languages and splits, read from common layouts."""

from visavis.datasets import (
    class_folders,
    coco,
    flickr8k,
    flickr30k,
    folder,
    karpathy,
    shapes,
    tables,
    webdataset,
)
from visavis.datasets.base import Caption, Dataset, ImageClass, Skipped
from visavis.datasets.load import load_dataset

__all__ = [
    "Caption",
    "Dataset",
    "ImageClass",
    "Skipped",
    "class_folders",
    "coco",
    "flickr8k",
    "flickr30k",
    "folder",
    "karpathy",
    "load_dataset",
    "shapes",
    "tables",
    "webdataset",
]
