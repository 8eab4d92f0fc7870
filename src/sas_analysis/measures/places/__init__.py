"""Searches by local authority, and how far they depend on where its boundary is."""

from sas_analysis.measures.places.areas import assignment_band, near_boundary, searches_by_area

__all__ = ["assignment_band", "near_boundary", "searches_by_area"]
