"""Searches of unknown ethnicity: bounds, imputation, and what would bring parity."""
