"""What searches of unknown ethnicity would change if they were like those of known ethnicity: estimates of a page."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from sas_analysis.handed_out import table_fields
from sas_analysis.measures import unknown

if TYPE_CHECKING:
    from sas_analysis.study.comparison import Comparison


@table_fields("ratios", "by_account", "by_delta", "parity_delta")
@dataclass(frozen=True)
class Imputed:
    """Ratios with unknown ethnicity imputed, in months in which both accounts of ethnicity may be used.

    Attributes
    ----------
    ratios : DataFrame
        As `unknown.imputed_ratio`.
    by_account : DataFrame
        As `Comparison.ratios_by_account`.
    by_delta, parity_delta : DataFrame
        As `unknown.ratio_by_delta` and `unknown.parity_delta`: were one group more often unknown than others.
    """

    ratios: pd.DataFrame
    by_account: pd.DataFrame
    by_delta: pd.DataFrame
    parity_delta: pd.DataFrame

    @classmethod
    def of(cls, compared: "Comparison", *, draws: int, seed: int) -> "Imputed":
        """`Comparison.imputed`."""
        both = compared.using("officer_ethnicity_5")
        imputation, at = unknown.impute(both.patterns, draws=draws, seed=seed), {"reference": compared.reference}
        return cls(
            ratios=both.shown(unknown.imputed_ratio(imputation, both.exposure, **compared.against)),
            by_account=compared.ratios_by_account(draws=draws, seed=seed),
            by_delta=both.shown(unknown.ratio_by_delta(both.patterns, both.exposure, **at)),
            parity_delta=both.shown(unknown.parity_delta(both.patterns, both.exposure, **at)),
        )
