"""The outcome funnel: how many searches come to something, to a find, to an arrest, and of how many it is unknown."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sas_analysis.measures.outcomes.events import OUTCOMES, flags, without_link
from sas_analysis.measures.shares import as_list, require_columns, share_of_searches, tally
from sas_analysis.measures.table import not_estimable
from sas_analysis.measures.tallied import tallied_in_time

MEASURES = ("outcome_stage",)
STAGES = ("positive", "find", "arrest")
STATUSES = ("Yes", "Unknown", "No")


def outcome_stages(
    searches: pd.DataFrame,
    by: str | Sequence[str] = (),
    *,
    level: float = 0.95,
    interval: str = "process",
    together: int = 1,
) -> pd.DataFrame:
    """Shares of all searches that come to each stage, that do not, and of which it is not known.

    Parameters
    ----------
    searches : DataFrame
        Clean table (force, positive_outcome, outcome_linked_to_object, arrest).
    by : str or list of str
        Group columns, may be empty; the shares are of the searches of the same group.
    level, interval, together
        As `share_of_searches`.

    Returns
    -------
    DataFrame
        `<by> | stage | status | <measures table>`, measure `outcome_stage`: stages "Positive outcome", "Find" and
        "Arrest", each with "Yes", "Unknown" and "No". A find is no part of a positive outcome, nor an arrest of a find:
        each stage is a question of its own. Finds are unknown in forces whose link field cannot tell them, and not
        estimable where it can in none.

    Examples
    --------
    >>> table = outcome_stages(study.counted_searches)
    >>> table.query("stage == 'Arrest'")[["status", "numerator", "denominator"]].to_numpy().tolist()
    [['Yes', 245, 1618], ['Unknown', 0, 1618], ['No', 1373, 1618]]
    """
    by = as_list(by)
    require_columns(searches, by)
    given = {"level": level, "interval": interval, "together": together}
    of_stages = [*(OUTCOMES[name].column for name in STAGES), "positive_outcome"]
    searches = tallied_in_time(searches, [*by, *of_stages])
    tables = [_stage(searches, name, by, given) for name in STAGES]
    found = pd.concat(tables, ignore_index=True)
    found["stage"] = pd.Categorical(found["stage"], [OUTCOMES[name].title for name in STAGES])
    return found.sort_values(by, kind="stable", ignore_index=True) if by else found


def _stage(searches, name, by, given):
    event = OUTCOMES[name]
    known, hit = flags(searches, event)
    status = 1 + known.astype(np.int8) - 2 * hit.astype(np.int8)  # places of STATUSES
    own = searches.assign(**{event.column: pd.Categorical.from_codes(status, STATUSES)})
    table = share_of_searches(own, event.column, within=by, **given).rename(columns={event.column: "status"})
    refused = without_link(searches) if event.needs_link else {}
    if refused and len(refused) == tally(searches, "force")["force"].nunique():
        force, why = next(iter(refused.items()))
        more = f", and {len(refused) - 1} more forces" if len(refused) > 1 else ""
        table = not_estimable(table, f"{force}: link field {why}{more}")
    table["measure"] = MEASURES[0]
    return table.assign(stage=event.title)[[*by, "stage", *table.columns[len(by) :]]]
