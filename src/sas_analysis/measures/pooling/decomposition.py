"""Ratios of several forces together: crude = within forces x composition.

The crude ratio of forces added together mixes what happens within forces with who lives where: if a group lives
where everybody is searched more, the crude ratio is above the ratios within. The Mantel-Haenszel ratio compares
within forces only; what is left, crude / within, is the part of composition.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.pooling.mantel_haenszel import clustered_variance, greenland_robins_variance, mantel_haenszel
from sas_analysis.measures.pooling.strata import pairs, strata_notes
from sas_analysis.measures.rates.ratios import FIXED_PROCESS, REFERENCE
from sas_analysis.measures.shares import as_list
from sas_analysis.measures.table import from_rows

MEASURES = ("ratio_crude", "ratio_within_mh", "composition_factor")


def decompose(strata, *, by="ethnicity_5", stratum="force", cluster="force", reference=REFERENCE, level=0.95):
    """The three factors of every group: `<by> | <measures table>`, three rows a group.

    strata : as `strata.strata_table` gives it; its module says which strata count. cluster : the column whose
    parts may differ, or None for limits that take searches as Poisson counts (Greenland-Robins).
    ratio_crude : searches / searches expected at the reference group's rate over all strata; no limits here
    (`disproportionality_ratio` has them). ratio_within_mh : Mantel-Haenszel; numerator and denominator are its two
    sums, not counts. composition_factor = ratio_crude / ratio_within_mh exactly; it describes these forces and has
    no limits; `leave_one_out` shows what it rests on. Raises ValueError as `strata.pairs`.
    """
    found = [
        _factors(pair, stratum, cluster, level) for pair in pairs(strata, by=by, stratum=stratum, reference=reference)
    ]
    return _table(found, by)


def leave_one_out(strata, *, by="ethnicity_5", stratum="force", leave="force", reference=REFERENCE):
    """The three factors without each force in turn: `without | <by> | <measures table>`, no limits.

    leave : the column whose labels are left out one by one.
    """
    found = []
    for pair in pairs(strata, by=by, stratum=stratum, reference=reference):
        names = pair.names(leave)
        for name in pd.unique(names):
            rest = _without(pair, names != name)
            found.append({"without": name, **_factors(rest, stratum, None, None)})
    return _table(found, "without", by)


def influence(strata, *, by="ethnicity_5", stratum="force", leave="force", reference=REFERENCE):
    """The force that moves each factor of each group most, and the range over all forces left out.

    `<by> | measure | estimate | force | without | lowest | highest`: the estimate of all, the force whose absence
    changes its logarithm most, the estimate without that force, and the extremes. Missing where none can be made.
    """
    arguments = {"by": by, "stratum": stratum, "reference": reference}
    whole = decompose(strata, cluster=None, **arguments)
    single = leave_one_out(strata, leave=leave, **arguments)
    rows = []
    for row in whole.itertuples():
        group = getattr(row, by)
        mine = single[single[by].eq(group) & single["measure"].eq(row.measure) & single["estimate"].gt(0)]
        rows.append({by: group, "measure": row.measure, "estimate": row.estimate, **_extremes(mine, row.estimate)})
    return pd.DataFrame(rows)


def _extremes(single, estimate):
    if single.empty or not estimate > 0:
        return {"force": "", "without": np.nan, "lowest": np.nan, "highest": np.nan}
    moved = (np.log(single["estimate"]) - np.log(estimate)).abs().idxmax()
    return {
        "force": single.at[moved, "without"],
        "without": single.at[moved, "estimate"],
        "lowest": single["estimate"].min(),
        "highest": single["estimate"].max(),
    }


def _without(pair, keep):
    cells = pair.cells[keep].reset_index(drop=True)
    none = cells["reference_searches"].sum() == 0
    return type(pair)(
        pair.group, cells, pair.left_out, "not estimable: nothing is left to compare with" if none else ""
    )


def _factors(pair, stratum, cluster, level):
    """Parts of one group: measure -> (numerator, denominator, lower, upper, interval, note, reason)."""
    found = {"group": pair.group}
    if pair.reason:
        return found | {measure: (np.nan, np.nan, np.nan, np.nan, "", "", pair.reason) for measure in MEASURES}
    n, e, n_ref, e_ref = pair.arrays
    counts = {"searches": n, "exposure": e, "reference_searches": n_ref, "reference_exposure": e_ref}
    up, down = mantel_haenszel(**counts)
    note = strata_notes(pair, what=" and ".join(as_list(stratum)))
    crude = n.sum() / (n_ref.sum() / e_ref.sum() * e.sum())
    clusters = None if cluster is None else pair.names(cluster)
    limits, interval, remark = (np.nan, np.nan), "", ""
    if level is not None:
        limits, interval, remark = _limits(counts, up, down, clusters, cluster, level)
    within = up / down if down > 0 else np.nan
    none = "" if within > 0 else "not estimable: there is no ratio within forces"
    return found | {
        "ratio_crude": (n.sum(), n_ref.sum() / e_ref.sum() * e.sum(), np.nan, np.nan, "", note, ""),
        "ratio_within_mh": (up, down, *limits, interval, "; ".join(filter(None, [note, remark])), ""),
        "composition_factor": (crude, within, np.nan, np.nan, "", note, none),
    }


def _limits(counts, up, down, clusters, cluster, level):
    if up == 0 or down == 0:
        return (np.nan, np.nan), "", "no limits without a search of both groups"
    if clusters is not None:
        variance, df = clustered_variance(**counts, cluster=clusters)
        if variance > 0:
            margin = np.exp(t.ppf(0.5 + level / 2, df) * np.sqrt(variance))
            name = interval_name(f"clustered by {cluster} (CR2, t, {df:.1f} df)", level)
            return (up / down / margin, up / down * margin), name, _few(clusters, df)
    margin = np.exp(norm.ppf(0.5 + level / 2) * np.sqrt(greenland_robins_variance(**counts)))
    remark = "" if clusters is None else f"{no_variance(cluster, alike=variance == 0)}: {FIXED_PROCESS}"
    return (up / down / margin, up / down * margin), interval_name("Greenland-Robins, Poisson", level), remark


def no_variance(cluster, *, alike):
    """Why parts give no variance between them: they are too few, or every one has the same ratio."""
    if alike:
        return f"every {cluster} has the same ratio, so nothing shows how they vary"
    return f"fewer than two of {cluster} to compare"


def _few(clusters, df):
    """One force that outweighs the others leaves few degrees of freedom, whatever their number."""
    number = len(np.unique(clusters))
    return (
        f"the limits rest on few forces: {df:.1f} degrees of freedom of {number - 1}" if df < (number - 1) / 2 else ""
    )


def _table(found, *groups):
    """The measures table of parts by group; the last of `groups` is the column of the compared group."""
    columns = ("numerator", "denominator", "lower", "upper", "interval", "note", "reason")
    rows = [
        {**{name: part.get(name, part["group"]) for name in groups}, "measure": measure}
        | dict(zip(columns, part[measure], strict=True))
        for part in found
        for measure in MEASURES
    ]
    rows = pd.DataFrame(rows, columns=[*groups, "measure", *columns])
    return from_rows(rows, groups)
