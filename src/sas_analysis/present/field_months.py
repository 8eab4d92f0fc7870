"""Which field of the records may be used in which month: the picture of the report on data quality."""

import pandas as pd

from sas_analysis.measures.coverage import PUBLISHED, UNUSABLE
from sas_analysis.present.reasons import field_words
from sas_analysis.present.wording import begun
from sas_analysis.reference.forces import in_words

FIELDS = (
    *("self_defined_ethnicity", "officer_defined_ethnicity", "age_range", "gender", "object_of_search", "legislation"),
    *("outcome", "outcome_linked_to_object", "searched_at", "location"),
)


def field_months(study) -> pd.DataFrame:
    """Every main field in every month of one force; of several, every force: `field | month | status`.

    study : `study.Study`. status : as in `Study.coverage`; "unusable" where the audit says not to use the field.
    """
    grid = study.whole.coverage[["force", "month", "status"]].astype("str")
    if grid["force"].nunique() > 1:
        return grid.assign(field=[in_words([force]) for force in grid["force"]])[["field", "month", "status"]]
    parts = [_of_field(study, grid, name) for name in FIELDS]
    return pd.concat(parts, ignore_index=True)


def _of_field(study, grid: pd.DataFrame, name: str) -> pd.DataFrame:
    may = study.usable(name).astype({"month": "str"}).set_index("month")["usable"]
    lost = ~grid["month"].map(may).fillna(True).astype(bool) & grid["status"].eq(PUBLISHED)
    words = field_words(name)
    status = grid["status"].mask(lost, UNUSABLE)
    return pd.DataFrame({"field": begun(words), "month": grid["month"], "status": status})
