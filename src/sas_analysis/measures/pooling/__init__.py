"""Ratios of several forces together: within forces, over forces, drawn towards their mean, ranked."""

from sas_analysis.measures.pooling.decomposition import decompose, influence, leave_one_out
from sas_analysis.measures.pooling.funnel_limits import funnel
from sas_analysis.measures.pooling.pooled import fixed_effect_ratio, heterogeneity, pooled_ratios, random_effects_ratio
from sas_analysis.measures.pooling.ranks import rank_probabilities
from sas_analysis.measures.pooling.shrinkage import shrunken_ratios
from sas_analysis.measures.pooling.strata import strata_table

__all__ = [
    "decompose",
    "fixed_effect_ratio",
    "funnel",
    "heterogeneity",
    "influence",
    "leave_one_out",
    "pooled_ratios",
    "random_effects_ratio",
    "rank_probabilities",
    "shrunken_ratios",
    "strata_table",
]
