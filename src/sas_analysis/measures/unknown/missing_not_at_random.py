"""Ratios where a group's ethnicity goes unknown more, or less, often than that of other groups.

Base: missing at random given the officer's word and the rest of `given`, as in `imputation`. In every cell the odds
that ethnicity is unknown are then multiplied by delta for one group, the others' staying alike: its part of the
unknown has the odds delta p / (1 - p), p being its part of the known. An assumption curve, without sampling error.
"""

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from sas_analysis.measures.exposure import exposure_by_group
from sas_analysis.measures.rates.ratios import REFERENCE, check_reference, reference_rows
from sas_analysis.measures.shares import UNKNOWN_LABELS
from sas_analysis.measures.table import measures_table
from sas_analysis.rounding import NOT_GIVEN

DELTAS = tuple(float(2**power) for power in np.linspace(-2, 2, 17))  # a quarter to four times the odds
_FAR = 40.0  # of log delta: all of the unknown, or none


def ratio_by_delta(patterns, exposure, *, deltas=DELTAS, reference=REFERENCE):
    """Every group's ratio at every delta: groups `<within> | <by> | delta`, measure `mnar_ratio`.

    patterns : `imputation.count_patterns`; exposure : `exposure.Exposure` of the same searches; the rest as
    `ratios.disproportionality_ratio`. delta : what the odds of being unknown are multiplied by for the group, relative
    to all others; 1 is missing at random. numerator = searches of the group with its part of the unknown, denominator =
    searches expected of it. No limits: sampling error is that of `imputed_ratio`.
    """
    rows = _rows(patterns, exposure, reference)
    rows = rows[~rows["is_reference"]]
    long = rows.merge(pd.Series(deltas, name="delta", dtype=float), how="cross")
    parts = [_at_delta(row, np.log(row.delta)) for row in long.itertuples()]
    return measures_table(
        long[[*patterns.within, patterns.by, "delta"]],
        measure="mnar_ratio",
        numerator=np.array([part[0] for part in parts], dtype=float),
        denominator=np.array([part[1] for part in parts], dtype=float),
        note="an assumption about the unknown, not sampling error",
        reason=long["reason"],
    )


def parity_delta(patterns, exposure, *, reference=REFERENCE):
    """The delta at which a group's ratio would be 1: measure `parity_delta`, denominator 1.

    Arguments as `ratio_by_delta`. Below 1: the group would have to go unknown that much less often than others, by
    odds. Missing, with the reason, where no delta brings parity.
    """
    rows = _rows(patterns, exposure, reference)
    rows = rows[~rows["is_reference"]].reset_index(drop=True)
    found = [_parity(row) if row.reason == "" else np.nan for row in rows.itertuples()]
    never = rows["reason"].eq("") & np.isnan(found)
    return measures_table(
        rows[[*patterns.within, patterns.by]],
        measure="parity_delta",
        numerator=np.array(found, dtype=float),
        denominator=np.ones(len(rows), dtype=int),
        note=np.where(
            np.isnan(found), "", "odds of being unknown, relative to the other groups, at which the ratio is 1"
        ),
        reason=rows["reason"].mask(never, "not estimable: no delta brings parity"),
    )


def _rows(patterns, exposure, reference):
    """A row per known group: its counts and exposure beside the reference's, and its cells of unknown searches."""
    by, within = patterns.by, patterns.within
    groups = exposure_by_group(exposure, by=[*within, by])
    groups = groups[~groups[by].isin(UNKNOWN_LABELS)].reset_index(drop=True)
    groups["is_reference"] = groups[by].eq(reference)
    check_reference(reference, groups[by])
    at = reference_rows(groups, within)
    groups["reference_searches"] = groups["searches"].take(at).to_numpy()
    groups["reference_years"] = groups["resident_years"].take(at).to_numpy()
    lacking = pd.Series(groups["reason"].take(at).to_numpy(), index=groups.index)
    groups["reason"] = groups["reason"].mask(groups["reason"].eq(""), lacking)
    if patterns.round_to:
        groups["reason"] = f"not estimable: {NOT_GIVEN}"
    cells = list(_cells(patterns, groups, reference))
    return groups.assign(
        unknown=[cell[0] for cell in cells], share=[cell[1] for cell in cells], reference_share=[c[2] for c in cells]
    )


def _cells(patterns, groups, reference):
    """(unknown searches, the group's part of the known, the reference's) in every cell of a group's `within`."""
    parts = list(patterns.probabilities)
    rows = np.concatenate([rows for rows, _ in parts]) if parts else np.zeros(0, dtype=int)
    shares = np.concatenate([chain.mean() for _, chain in parts]) if parts else np.zeros((0, len(patterns.groups)))
    shares = pd.DataFrame(shares, columns=patterns.groups).reindex(columns=[*map(str, groups[patterns.by].unique())])
    keys = patterns.keys.iloc[rows].reset_index(drop=True)
    for _, group in groups.iterrows():
        here = np.ones(len(rows), dtype=bool)
        for column in patterns.within:
            here &= keys[column].eq(str(group[column])).to_numpy()
        of = (shares[str(name)].fillna(0).to_numpy()[here] for name in (group[patterns.by], reference))
        yield patterns.unknown[rows][here], *of


def _at_delta(row, log_delta):
    """(searches of the group, searches expected of it) once the unknown are given out at this delta."""
    delta = np.exp(log_delta)
    rest = 1 - row.share + delta * row.share
    own = row.searches + (row.unknown * delta * row.share / rest).sum()
    reference = row.reference_searches + (row.unknown * row.reference_share / rest).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return own, np.float64(reference) * row.resident_years / row.reference_years


def _parity(row):
    def beyond(log_delta):
        own, expected = _at_delta(row, log_delta)
        return own - expected

    low, high = beyond(-_FAR), beyond(_FAR)
    return float(np.exp(brentq(beyond, -_FAR, _FAR, xtol=1e-12))) if low < 0 < high else np.nan
