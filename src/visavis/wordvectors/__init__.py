"""Word vectors: downloaded, read, learned from texts, and compared."""

from visavis.wordvectors.vectors import Matches, WordVectors, load_word_vectors

__all__ = ["Matches", "WordVectors", "load_word_vectors"]
