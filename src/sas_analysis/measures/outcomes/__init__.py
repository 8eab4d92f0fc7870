"""What follows a search: positive outcomes, arrests, finds."""

from sas_analysis.measures.outcomes.outcome_rates import (
    arrest_rate,
    find_rate,
    link_field_evidence,
    linked_share,
    outcome_headlines,
    positive_outcome_rate,
)

__all__ = [
    "arrest_rate",
    "find_rate",
    "link_field_evidence",
    "linked_share",
    "outcome_headlines",
    "positive_outcome_rate",
]
