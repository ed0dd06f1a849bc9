"""Datasets: pictures with captions, languages and splits, read from several layouts."""

from visavis.datasets import flickr8k
from visavis.datasets.base import Caption, Dataset, Problem
from visavis.datasets.load import load_dataset

__all__ = ["Caption", "Dataset", "Problem", "flickr8k", "load_dataset"]
