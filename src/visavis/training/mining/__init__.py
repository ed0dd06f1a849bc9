"""Mining: the choice of negatives, in a batch or for a round of epochs."""

from visavis.training.mining.difficulty import TripletShares, triplet_accuracy, triplet_shares
from visavis.training.mining.duplicates import near_duplicates
from visavis.training.mining.miners import MINERS, NEVER, Candidates

__all__ = [
    "MINERS",
    "NEVER",
    "Candidates",
    "TripletShares",
    "near_duplicates",
    "triplet_accuracy",
    "triplet_shares",
]
