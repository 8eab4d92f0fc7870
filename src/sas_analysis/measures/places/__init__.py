"""Searches by local authority."""
