"""What follows a search: positive outcomes, no further action, arrests, finds; bounds and differences of them."""

from sas_analysis.measures.outcomes.adjusted import fit_adjusted
from sas_analysis.measures.outcomes.differences import outcome_difference_bounds, outcome_differences
from sas_analysis.measures.outcomes.outcome_bounds import outcome_bounds
from sas_analysis.measures.outcomes.outcome_rates import (
    arrest_rate,
    find_rate,
    link_field_evidence,
    linked_share,
    no_further_action_rate,
    positive_outcome_rate,
)
from sas_analysis.measures.outcomes.reversals import reversals

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
    "positive_outcome_rate",
    "reversals",
]
