"""Interrupted time series: a step and a bend at a date that is known beforehand, in a quasi-Poisson regression."""

from collections.abc import Sequence
from numbers import Integral

import numpy as np
import pandas as pd
from scipy import stats

from sas_analysis.measures.intervals.asked import level_faults
from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.months import is_month, later, month_faults
from sas_analysis.names import raise_faults

TERMS = ("step", "bend", "slope before")
_SEASON = 24  # months from which a season can be told from a trend


def interrupted_series(
    counts: Sequence[float],
    months: Sequence[str],
    *,
    at: str,
    exposure: Sequence[float] | float = 1.0,
    season: bool | None = None,
    lags: int | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """How far monthly counts step, and bend, in a month that was chosen beforehand.

    Parameters
    ----------
    counts : sequence of float (months,)
        Searches of each month; missing where the month may not be used.
    months : sequence of "YYYY-MM"
    at : str
        The first month after the interruption.
    exposure : number or sequence (months,)
        Resident-years or days of each month.
    season : bool, optional
        A yearly wave (sine and cosine of the month, once and twice a year); by default with 24 months or more.
    lags : int, optional
        Months over which residuals may be correlated; by default 4 (n / 100) ^ (2 / 9), rounded down.
    level : float
        Confidence level, between 0.5 and 0.999.

    Returns
    -------
    DataFrame
        `term | estimate | lower | upper | p | interval | dispersion | months`, a row a term, as factors: "step" of the
        level at `at`; "bend" and "slope before" of a month. dispersion: of the quasi-Poisson.

    Raises
    ------
    ParameterError
        For counts, months and exposure that do not fit, a month `at` without three months on either side, and for lags
        and a level that are none: all faults at once.
    ValueError
        Where no regression fits the counts.

    Notes
    -----
    The limits are those of the literature, for comparison with it. Where months drift as those of forces do, they are
    too narrow: docs/simulation_change_points.csv has how often they exclude 1 though nothing happened. A date that was
    picked after looking at the series makes it worse; `change_points` allows for both.

    Source
    ------
    Bernal, Cummins and Gasparrini, 2017 (International Journal of Epidemiology 46); Newey and West, 1987 (Econometrica
    55). The same in R: glm(family = quasipoisson) and sandwich::NeweyWest (tests/reference/interrupted.R).

    Examples
    --------
    >>> months = [f"{year}-{n:02}" for year in (2019, 2020) for n in range(1, 13)]
    >>> counts = [100 + 3 * (n % 4) for n in range(12)] + [150 + 2 * (n % 5) for n in range(12)]
    >>> found = sas.interrupted_series(counts, months, at="2020-01", season=False)
    >>> found[["term", "estimate"]].round(2).to_numpy().tolist()
    [['step', 1.44], ['bend', 1.0], ['slope before', 1.0]]
    """
    import statsmodels.api as sm  # takes a while to import, and few ask

    counts, exposure, place = _checked(counts, months, at, exposure, lags, level)
    used = np.isfinite(counts) & (exposure > 0)
    time = np.arange(len(counts), dtype=float)
    season = used.sum() >= _SEASON if season is None else season
    design = [time >= place, np.where(time >= place, time - place, 0), time, np.ones(len(time))]
    if season:
        turn = 2 * np.pi * np.array([int(month[5:]) for month in months]) / 12
        design += [wave(turn * often) for often in (1, 2) for wave in (np.sin, np.cos)]
    design = np.column_stack(design).astype(float)[used]
    lags = int(4 * (used.sum() / 100) ** (2 / 9)) if lags is None else lags
    model = sm.GLM(counts[used], design, family=sm.families.Poisson(), offset=np.log(exposure[used]))
    try:
        fit = model.fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, tol=1e-12)
    except (ValueError, np.linalg.LinAlgError) as error:  # statsmodels, where the iteration runs off
        seen = f"{counts[used].min():g} to {counts[used].max():g}"
        raise ValueError(f"no regression fits these counts, which go from {seen}") from error
    beta, error = fit.params[: len(TERMS)], fit.bse[: len(TERMS)]
    df = used.sum() - design.shape[1]
    half = stats.t.isf((1 - level) / 2, df) * error
    return pd.DataFrame(
        {
            "term": TERMS,
            "estimate": np.exp(beta),
            "lower": np.exp(beta - half),
            "upper": np.exp(beta + half),
            "p": 2 * stats.t.sf(np.abs(beta / error), df),
            "interval": interval_name(f"HAC, {lags} lags (t, {df} df)", level),
            "dispersion": fit.pearson_chi2 / df,
            "months": int(used.sum()),
        }
    )


def _checked(counts, months, at, exposure, lags, level):
    counts = pd.array(counts, dtype="Float64").to_numpy(dtype=float, na_value=np.nan)
    exposure = np.broadcast_to(np.asarray(exposure, dtype=float), counts.shape) if np.ndim(exposure) == 0 else exposure
    exposure, months = np.asarray(exposure, dtype=float), list(months)
    faults = [*month_faults(at=at), *level_faults(level), *_lag_faults(lags, len(counts))]
    if not len(counts) == len(months) == len(exposure):
        faults.append(f"{len(counts)} counts, {len(months)} months and {len(exposure)} exposures: give one of each")
    if wrong := int((counts < 0).sum()):
        faults.append(f"{wrong} count(s) are negative")
    faults += _exposure_faults(counts, exposure)
    if strange := [month for month in months if not is_month(month)]:
        faults.append(
            f'months are texts "YYYY-MM", such as "2019-04", and not such as {strange[0]!r}: of dates and periods '
            'give months.strftime("%Y-%m")'
        )
    elif not months or months != _months_from(months[0], len(months)):
        faults.append("months follow each other without a gap: give a missing count where one is missing")
    if not faults:
        place = months.index(at) if at in months else -1
        used = np.isfinite(counts) & (exposure > 0)
        sides = (int(used[:place].sum()), int(used[place:].sum())) if place >= 0 else (0, 0)
        if min(sides) < len(TERMS):
            faults.append(
                f"{at} has {sides[0]} months before it and {sides[1]} from it on: {len(TERMS)} of each are needed"
            )
    raise_faults(faults)
    return counts, exposure, place


def _exposure_faults(counts, exposure) -> list[str]:
    """Months with counts and no exposure cannot be; a month that may not be used has neither."""
    none = ~(exposure > 0)
    wrong = int(none.sum()) if none.all() else int((none & (counts > 0)).sum()) if counts.shape == exposure.shape else 0
    if not wrong or not len(counts):
        return []
    return [f"exposure of {wrong} month(s) with counts is not above 0: give each its days or resident-years"]


def _months_from(first, number: int) -> list[str]:
    return [later(first, by) for by in range(number)] if is_month(first) else []


def _lag_faults(lags, months: int) -> list[str]:
    if lags is None or (isinstance(lags, Integral) and not isinstance(lags, bool) and 0 <= lags < months):
        return []
    return [f"lags={lags!r} is no number of months; choose a whole number from 0 to {max(months - 1, 0)}"]
