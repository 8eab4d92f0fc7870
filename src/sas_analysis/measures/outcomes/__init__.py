"""What follows a search: positive outcomes, arrests, finds, no further action; bounds, differences, tests."""

from sas_analysis.measures.outcomes.adjusted import fit_adjusted
from sas_analysis.measures.outcomes.differences import outcome_difference_bounds, outcome_differences
from sas_analysis.measures.outcomes.hit_rate_test import outcome_test
from sas_analysis.measures.outcomes.outcome_bounds import outcome_bounds
from sas_analysis.measures.outcomes.outcome_rates import (
    arrest_rate,
    find_rate,
    link_field_evidence,
    linked_share,
    no_further_action_rate,
    positive_outcome_rate,
)
from sas_analysis.measures.outcomes.pooled_differences import pooled_differences
from sas_analysis.measures.outcomes.reversals import reversals
from sas_analysis.measures.outcomes.robust_test import robust_outcome_test
from sas_analysis.measures.outcomes.stages import outcome_stages

__all__ = [
    "arrest_rate",
    "find_rate",
    "fit_adjusted",
    "link_field_evidence",
    "linked_share",
    "no_further_action_rate",
    "outcome_bounds",
    "outcome_difference_bounds",
    "outcome_differences",
    "outcome_stages",
    "outcome_test",
    "pooled_differences",
    "positive_outcome_rate",
    "reversals",
    "robust_outcome_test",
]
