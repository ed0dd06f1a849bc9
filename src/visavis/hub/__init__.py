"""Models and weights from the Hugging Face hub, kept in the cache."""
