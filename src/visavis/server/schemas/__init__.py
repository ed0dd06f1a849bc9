"""Schemas of requests and responses, the source of the OpenAPI document."""
