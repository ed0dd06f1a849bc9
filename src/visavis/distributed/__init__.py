"""Index on many machines: shards are encoded one by one, and merged into a collection."""

from visavis.distributed.merging import MergeReport, merge, shards_in
from visavis.distributed.ray_cluster import index_on_ray
from visavis.distributed.shards import Shard, embed

__all__ = [
    "MergeReport",
    "Shard",
    "embed",
    "index_on_ray",
    "merge",
    "shards_in",
]
