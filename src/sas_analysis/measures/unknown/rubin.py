"""Rubin's rules: one estimate and its variance from those of several imputed tables."""

from typing import NamedTuple

import numpy as np


class Pooled(NamedTuple):
    """What `rubin` returns: arrays of the shape of one imputation's estimates."""

    estimate: np.ndarray
    within: np.ndarray
    between: np.ndarray
    total: np.ndarray
    df: np.ndarray
    fraction_missing: np.ndarray


def rubin(estimates, variances, df_complete=np.inf):
    """Pool estimates and variances over imputations, the first axis; m >= 2 of them.

    total = within + (1 + 1/m) between. df : Barnard and Rubin's, from df_complete, the degrees of freedom had nothing
    been missing (infinite: Rubin's). fraction_missing : of the information on the parameter, (r + 2 / (v + 3)) /
    (r + 1) with r = (1 + 1/m) between / within and v Rubin's df, since few months are no missing information; 0 where
    the imputations are all alike. Source: Rubin 1987; Barnard and Rubin 1999; R mice `pool.scalar`.
    Raises ValueError for fewer than two imputations.
    """
    estimates, variances = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    m = len(estimates)
    if m < 2:
        raise ValueError(f"{m} imputation(s): the variance between imputations needs two or more")
    df_complete = np.asarray(df_complete, dtype=float)
    within, between = variances.mean(axis=0), estimates.var(axis=0, ddof=1)
    total = within + (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (1 + 1 / m) * between / total
        df_rubin = (m - 1) / share**2
        df_observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
        df_observed = np.where(np.isinf(df_complete), np.inf, df_observed)
        df = 1 / (1 / df_rubin + 1 / df_observed)
        increase = (1 + 1 / m) * between / within
        fraction = np.where(between == 0, 0.0, (increase + 2 / (df_rubin + 3)) / (increase + 1))
    return Pooled(estimates.mean(axis=0), within, between, total, df, fraction)
