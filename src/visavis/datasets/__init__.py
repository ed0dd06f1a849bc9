"""Datasets: images with captions, languages and splits, read from several layouts."""

from visavis.datasets import flickr8k, folder, shapes, tables
from visavis.datasets.base import Caption, Dataset, Problem
from visavis.datasets.load import load_dataset

__all__ = [
    "Caption",
    "Dataset",
    "Problem",
    "flickr8k",
    "folder",
    "load_dataset",
    "shapes",
    "tables",
]
