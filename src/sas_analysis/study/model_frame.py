"""Searches as a model takes them: truth values as 0 and 1, labels as plain categories."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from sas_analysis.codes import among
from sas_analysis.errors import DataError, ParameterError, and_join
from sas_analysis.measures.coverage import published_force_months
from sas_analysis.names import check_names, one_name, some_names
from sas_analysis.study.study import Study

COLUMNS = ("force", "month", "ethnicity_5", "officer_ethnicity_5", "gender", "age_range", "object_group", "power")


def model_frame(study: Study, outcome: str, using: str | Iterable[str] = ()) -> pd.DataFrame:
    """The searches whose outcome is known, of months that count for it: `<outcome> | force | ...`; `Study.model_frame`.

    The outcome and other truth values are int64, labels are categories that occur, a blank being a label ("Not
    recorded"). Searches whose outcome is not known are left out: they are not 0; and so are those of which a column of
    `using` is missing.
    """
    own = study.using(one_name(outcome, "outcome", "a model is of one at a time"))
    searches = own.counted_searches
    truths = [name for name in searches.columns if searches[name].dtype == "boolean"]
    if outcome not in truths:
        raise ParameterError(f"outcome {outcome!r} is no column of truth values; choose from: {', '.join(truths)}")
    known = searches[searches[outcome].notna()]
    if known.empty:
        raise DataError(f"no model of {outcome}: {own.nothing_counts or 'it is known of no search that counts'}")
    frame = pd.DataFrame({outcome: known[outcome].astype("int64")})
    columns = {name: known[name] for name in COLUMNS}
    if study.located is not None:
        columns["area"] = _areas(study, known)
    for name, values in columns.items():
        usable = _may_be_used(own, "location" if name == "area" else name, known)
        frame[name] = values.astype("category").where(usable).cat.remove_unused_categories()
    hour = known["searched_at"].dt.hour
    usable = _may_be_used(own, "searched_at", known)
    frame["hour"] = hour if usable.all() else hour.astype("float64").where(usable)
    return _with_known(frame, some_names(using, "using"), own).reset_index(drop=True)


def _with_known(frame: pd.DataFrame, using: list[str], study: Study) -> pd.DataFrame:
    """The rows in which some columns are known, and the labels that occur there: one without a row has no estimate."""
    check_names(using, frame.columns, "column of using", wrong="is none of the frame")
    left = frame.dropna(subset=using) if using else frame
    if left.empty:
        lost = study.using(*("location" if name == "area" else name for name in using)).nothing_counts
        raise DataError(f"no model with {and_join(using)}: {lost or 'no search has them all'}")
    if len(left) == len(frame):
        return frame
    named = left.select_dtypes("category")
    return left.assign(**{name: values.cat.remove_unused_categories() for name, values in named.items()})


def _may_be_used(study: Study, column: str, searches: pd.DataFrame) -> np.ndarray:
    """Whether each search is of a month in which a column may be used."""
    return among(searches, published_force_months(study.using(column).counted))


def _areas(study: Study, searches: pd.DataFrame) -> pd.Series:
    """The area of each search; why it has none, where it has none."""
    placed = study.located.of(searches.index, "area", "area_status")
    labels = placed["area"].astype("str").fillna(placed["area_status"].astype("str"))
    return labels.set_axis(searches.index)
