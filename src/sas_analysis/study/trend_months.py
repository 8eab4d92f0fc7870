"""The months of a series of a study: which may be used, and why others may not."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sas_analysis.measures.coverage import HEADER_ONLY, NO_FILE, PUBLISHED
from sas_analysis.study.study import Study


def parts_of(forces: Sequence[str], by_force: bool) -> list[tuple[str, list[int]]]:
    """Each force and its place, or all together, named ""."""
    if by_force and len(forces) > 1:
        return [(force, [n]) for n, force in enumerate(forces)]
    return [("", list(range(len(forces))))]


def why_together(use: np.ndarray, why: np.ndarray) -> list[str]:
    """Why a month may not be used: where one force has it not, forces together have another composition.

    use, why : (forces, months); why is "" where a month is used.
    """
    found = []
    for month in range(use.shape[1]):
        out = ~use[:, month]
        text = next((str(one) for one in why[out, month] if one), "not counted")
        several = f"{int(out.sum())} of {len(out)} forces: " if len(out) > 1 else ""
        found.append(f"{several}{text}" if out.any() else "")
    return found


def with_reasons(study: Study) -> pd.DataFrame:
    """The coverage as estimates count it, with what the audit says: `force | month | status | rows | reasons | why`.

    why : the status and the reasons together, "" where a month counts.
    """
    judged = study.verdicts[["force", "month", "reasons"]].astype("str")
    grid = study.counted.astype({"force": "str", "month": "str"}).merge(judged, on=["force", "month"], how="left")
    status, reasons = grid["status"].astype("str"), grid["reasons"].fillna("")
    why = status.where(reasons.eq("") | status.isin([NO_FILE, HEADER_ONLY]), status + ": " + reasons)
    return grid.assign(reasons=reasons, why=why.mask(status.eq(PUBLISHED), ""))
