"""The threshold test: exploratory, by the extra `bayes`. Nothing here imports the sampler until something is drawn.

counts -> sampler (model, draws; rates in log space; diagnostics) -> result; checks repeat it under other assumptions.
"""

from sas_analysis.measures.outcomes.threshold.binomial_form import threshold_test
from sas_analysis.measures.outcomes.threshold.checks import (
    searches_only_test,
    threshold_by_kappa,
    threshold_by_prior,
    threshold_placebo,
)
from sas_analysis.measures.outcomes.threshold.result import EXPLORATORY, ThresholdTest

__all__ = [
    "EXPLORATORY",
    "ThresholdTest",
    "searches_only_test",
    "threshold_by_kappa",
    "threshold_by_prior",
    "threshold_placebo",
    "threshold_test",
]
