"""Whose word on ethnicity: self-defined, officer-defined, combined."""
