"""Pretrained models: pulled from the hub, kept in the cache, made smaller."""
