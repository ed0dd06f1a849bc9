"""The version of visavis."""

__version__ = "0.1.0"
