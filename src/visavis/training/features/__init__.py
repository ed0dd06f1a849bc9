"""Features of images on disk, so that a frozen backbone sees each image once."""

from visavis.training.features.cache import CachedFeatures, FeatureCache

__all__ = ["CachedFeatures", "FeatureCache"]
