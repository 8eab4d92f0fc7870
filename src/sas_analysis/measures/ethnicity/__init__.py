"""Whose word on ethnicity: self-defined, officer-defined, combined."""

from sas_analysis.measures.ethnicity.accounts import (
    agreement,
    disagreement,
    ratios_by_account,
    unused_groups,
    withheld_groups,
)

__all__ = ["agreement", "disagreement", "ratios_by_account", "unused_groups", "withheld_groups"]
