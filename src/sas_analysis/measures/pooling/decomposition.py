"""Ratios of several forces together: crude = within forces x composition.

The crude ratio of forces added together mixes what happens within forces with who lives where: if a group lives
where everybody is searched more, the crude ratio is above the ratios within. The Mantel-Haenszel ratio compares
within forces only; what is left, crude / within, is the part of composition.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from sas_analysis.measures.intervals.asked import Asked
from sas_analysis.measures.intervals.limits import interval_name, named
from sas_analysis.measures.pooling.by_rule import limits_of_pair
from sas_analysis.measures.pooling.mantel_haenszel import clustered_variance, greenland_robins_variance, mantel_haenszel
from sas_analysis.measures.pooling.strata import pairs, strata_notes
from sas_analysis.measures.rates.ratios import FIXED_PROCESS, REFERENCE
from sas_analysis.measures.shares import as_list
from sas_analysis.measures.table import LIMITS, from_rows

MEASURES = ("ratio_crude", "ratio_within_mh", "composition_factor")


def decompose(
    strata,
    *,
    by="ethnicity_5",
    stratum="force",
    cluster="force",
    reference=REFERENCE,
    level=0.95,
    interval="process",
    together=1,
):
    """The three factors of every group: `<by> | <measures table>`, three rows a group.

    strata : as `strata.strata_table` gives it; its module says which strata count. interval : "process" or "period"
    (docs/intervals.md), or "none"; by name, "clustered" (CR2, t) or "poisson" (Greenland-Robins), of the ratio within
    forces alone. cluster : the column whose parts may differ.
    ratio_crude : searches / searches expected at the reference group's rate over all strata. ratio_within_mh :
    Mantel-Haenszel; numerator and denominator are its two sums, not counts. composition_factor = ratio_crude /
    ratio_within_mh exactly; it describes these forces and has no limits; `leave_one_out` shows what it rests on. Raises
    ValueError as `strata.pairs`.
    """
    asked = Asked(interval, level, together, named=["clustered", "poisson"])
    found = []
    for pair in pairs(strata, by=by, stratum=stratum, reference=reference):
        part = _factors(pair, stratum)
        found.append(part if pair.reason else part | _with_limits(pair, part, asked, cluster, by, reference))
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
            found.append({"without": name, **_factors(rest, stratum)})
    return _table(found, "without", by)


def influence(strata, *, by="ethnicity_5", stratum="force", leave="force", reference=REFERENCE):
    """The force that moves each factor of each group most, and the range over all forces left out.

    `<by> | measure | estimate | force | without | lowest | highest`: the estimate of all, the force whose absence
    changes its logarithm most, the estimate without that force, and the extremes. Missing where none can be made.
    """
    arguments = {"by": by, "stratum": stratum, "reference": reference}
    whole = decompose(strata, interval="none", **arguments)
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
    rest = pair.only(keep)
    none = rest.cells["reference_searches"].sum() == 0
    return replace(rest, reason="not estimable: nothing is left to compare with" if none else "")


def _factors(pair, stratum):
    """Parts of one group, without limits: measure -> part -> value."""
    found = {"group": pair.group}
    if pair.reason:
        return found | {measure: _part(np.nan, np.nan, reason=pair.reason) for measure in MEASURES}
    n, e, n_ref, e_ref = pair.arrays
    up, down = mantel_haenszel(**named(n, e, n_ref, e_ref))
    note = strata_notes(pair, what=" and ".join(as_list(stratum)))
    crude = n.sum() / (n_ref.sum() / e_ref.sum() * e.sum())
    within = up / down if down > 0 else np.nan
    none = "" if within > 0 else "not estimable: there is no ratio within forces"
    return found | {
        "ratio_crude": _part(n.sum(), n_ref.sum() / e_ref.sum() * e.sum(), note),
        "ratio_within_mh": _part(up, down, note),
        "composition_factor": _part(crude, within, note, none),
    }


def _part(numerator, denominator, note="", reason=""):
    limits = dict.fromkeys(LIMITS, np.nan) | {"interval": ""}
    return {"numerator": numerator, "denominator": denominator, "note": note, "reason": reason} | limits


def _with_limits(pair, part, asked, cluster, by, reference):
    """The crude ratio and that within forces with the limits asked for."""
    crude, within = part["ratio_crude"], part["ratio_within_mh"]
    if asked.by_rule:
        force = cluster or "force"
        return {
            measure: given(limits_of_pair(pair, asked, weights=weights, force=force, by=by, reference=reference), row)
            for measure, row, weights in (
                ("ratio_crude", crude, "sum"),
                ("ratio_within_mh", within, "mantel-haenszel"),
            )
        }
    if asked.interval == "none":
        return {}
    clusters = pair.names(cluster) if cluster and asked.interval == "clustered" else None
    up, down = within["numerator"], within["denominator"]
    (lower, upper), name, remark = _limits(named(*pair.arrays), up, down, clusters, cluster, asked.level)
    note = "; ".join(filter(None, [within["note"], remark]))
    return {"ratio_within_mh": within | {"lower": lower, "upper": upper, "interval": name, "note": note}}


def given(limits, part, factor=1.0):
    """A part of a table with the limits of one row, times a factor."""
    note = "; ".join(filter(None, [part["note"], limits.note[0]]))
    values = {name: getattr(limits, name)[0] * factor for name in LIMITS}
    return part | values | {"interval": limits.name[0], "note": note}


def _limits(counts, up, down, clusters, cluster, level):
    """Limits by name, of the ratio within forces."""
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
    columns = ("numerator", "denominator", *LIMITS, "interval", "note", "reason")
    rows = [
        {name: part.get(name, part["group"]) for name in groups} | {"measure": measure} | part[measure]
        for part in found
        for measure in MEASURES
    ]
    rows = pd.DataFrame(rows, columns=[*groups, "measure", *columns])
    return from_rows(rows, groups)
