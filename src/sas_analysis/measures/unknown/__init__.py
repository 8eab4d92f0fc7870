"""Searches of unknown ethnicity: bounds, imputation, and what would bring parity."""

from sas_analysis.measures.unknown.bounds import allocation_range, officer_bounds, parity, ratio_bounds
from sas_analysis.measures.unknown.imputation import count_patterns, impute, imputed_ratio
from sas_analysis.measures.unknown.missing_not_at_random import parity_delta, ratio_by_delta

__all__ = [
    "allocation_range",
    "count_patterns",
    "impute",
    "imputed_ratio",
    "officer_bounds",
    "parity",
    "parity_delta",
    "ratio_bounds",
    "ratio_by_delta",
]
