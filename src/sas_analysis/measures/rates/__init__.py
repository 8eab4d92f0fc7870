"""Searches per resident: rates, ratios of rates, differences, standardised rates."""

from sas_analysis.measures.rates.matched_months import matched_months
from sas_analysis.measures.rates.per_resident import search_rate
from sas_analysis.measures.rates.ratios import disproportionality_ratio, excess_searches, rate_difference
from sas_analysis.measures.rates.standardise import standardised

__all__ = [
    "disproportionality_ratio",
    "excess_searches",
    "matched_months",
    "rate_difference",
    "search_rate",
    "standardised",
]
