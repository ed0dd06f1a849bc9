"""Duplicates in a collection: the same bytes, the same picture, nearly the same."""

from visavis.duplicates.finding import DuplicateReport, Group, Level, Member, find_duplicates

__all__ = ["DuplicateReport", "Group", "Level", "Member", "find_duplicates"]
