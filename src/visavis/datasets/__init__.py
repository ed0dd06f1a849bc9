"""Datasets: images with captions, languages and splits, read from the layouts people have."""

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
from visavis.datasets.base import Caption, Dataset, Problem
from visavis.datasets.load import load_dataset

__all__ = [
    "Caption",
    "Dataset",
    "Problem",
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
