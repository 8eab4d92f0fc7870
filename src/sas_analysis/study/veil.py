"""The veil of darkness on the searches of a study: the months whose times may be used, and points that may be."""

from dataclasses import replace

import pandas as pd

from sas_analysis.measures.table import not_estimable
from sas_analysis.measures.timing.veil import Veil, veil_of_darkness
from sas_analysis.rounding import not_given
from sas_analysis.study.study import Study

BY = "ethnicity_5"


def veil_of_study(study: Study, **options) -> Veil:
    """`veil_of_darkness` of the vehicle encounters of a study, in the months whose times and groups may be used.

    Parameters
    ----------
    study : Study
        Its choice of `ethnicity` says whose word the groups are: an officer's is the nearer to what was seen.
    **options
        As `veil_of_darkness`.

    Returns
    -------
    Veil
        Its flow begins with the records of the study. Where the points of a month may not be used, those of the force's
        other months stand in. Where no month may be used, nothing is estimated, and the note says why. With `round_to`
        no table has a row.

    Examples
    --------
    >>> veil_of_study(study).flow["step"].iloc[-1]
    'in twilight'
    """
    own = study.using("type", "searched_at", options.get("by", BY), *options.get("alike", ()))
    encounters = _pointed(own)
    found = veil_of_darkness(encounters, **({"level": study.level} | options))
    flow = pd.concat([own.flow, found.flow.iloc[1:]], ignore_index=True)
    found = replace(found, flow=flow)
    if study.choices.round_to:
        names = ("frame", "fan", "placebo", "counts", "flow", "window")
        return replace(found, fits={}, **{name: not_given(getattr(found, name)) for name in names})
    if why := own.nothing_counts:
        tables = {name: not_estimable(getattr(found, name), why) for name in ("frame", "fan", "placebo")}
        return replace(found, **tables)
    return found


def _pointed(own: Study) -> pd.DataFrame:
    """The searches that count, without the points of months in which these may not be used."""
    searches = own.counted_searches
    may = own.usable("location")
    doubtful = pd.MultiIndex.from_frame(may.loc[~may["usable"], ["force", "month"]].astype("str"))
    months = pd.MultiIndex.from_frame(searches[["force", "month"]].astype("str"))
    bad = pd.Series(months.isin(doubtful), index=searches.index)
    return searches.assign(**{name: searches[name].mask(bad) for name in ("latitude", "longitude")})
