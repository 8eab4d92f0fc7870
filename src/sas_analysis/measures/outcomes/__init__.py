"""What follows a search: positive outcomes, no further action, arrests, finds, and bounds of them."""

from sas_analysis.measures.outcomes.outcome_bounds import outcome_bounds
from sas_analysis.measures.outcomes.outcome_rates import (
    arrest_rate,
    find_rate,
    link_field_evidence,
    linked_share,
    no_further_action_rate,
    positive_outcome_rate,
)

__all__ = [
    "arrest_rate",
    "find_rate",
    "link_field_evidence",
    "linked_share",
    "no_further_action_rate",
    "outcome_bounds",
    "positive_outcome_rate",
]
