"""Searches as a model takes them: truth values as 0 and 1, labels as plain categories."""

import pandas as pd

from sas_analysis.errors import ParameterError
from sas_analysis.study.study import Study

COLUMNS = ("force", "month", "ethnicity_5", "officer_ethnicity_5", "gender", "age_range", "object_group", "power")


def model_frame(study: Study, outcome: str) -> pd.DataFrame:
    """The searches whose outcome is known, of months that count for it: `<outcome> | force | ...`; `Study.model_frame`.

    The outcome and other truth values are int64, labels are categories that occur, a blank being a label ("Not
    recorded"). Searches whose outcome is not known are left out: they are not 0.
    """
    searches = study.using(outcome).counted_searches
    truths = [name for name in searches.columns if searches[name].dtype == "boolean"]
    if outcome not in truths:
        raise ParameterError(f"outcome {outcome!r} is no column of truth values; choose from: {', '.join(truths)}")
    known = searches[searches[outcome].notna()]
    frame = pd.DataFrame({outcome: known[outcome].astype("int64")})
    for name in COLUMNS:
        frame[name] = known[name].astype("category").cat.remove_unused_categories()
    if study.located is not None:
        frame["area"] = study.located.table.loc[known.index, "area"].cat.remove_unused_categories()
    frame["hour"] = known["searched_at"].dt.hour
    return frame.reset_index(drop=True)
