"""Poisson regression of counts on groups within strata: log mean = log exposure + stratum + group.

The strata (44 forces, or 44 forces x 60 months) are not columns of a matrix: given the groups, each has its closed
form, so only the groups' coefficients are iterated (Newton's method on the conditional likelihood).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sas_analysis.measures.pooling import covariance
from sas_analysis.measures.shares import as_list, require_columns
from sas_analysis.measures.table import joined

_ITERATIONS = 100
_LONGEST_STEP = 2.0  # of a log ratio: a longer one can end where all fitted counts are 0 or all, and nothing curves
_TOLERANCE = 1e-10  # of the score, in counts, relative to the searches


@dataclass(frozen=True)
class Fit:
    """A fitted model. `coefficients` : `term | coefficient | se_poisson | se_quasi | se_clustered | df_clustered |
    se_few_clusters | df_few_clusters | reason`, one row per group but the reference (and "(constant)" first where
    there are no strata); logarithms of rate ratios. A term that is not estimable is missing, with its reason.

    cells : the informative cells with `fitted`. deviance, df_residual, dispersion = Pearson's chi-squared / df_residual
    (missing without a degree of freedom). left_out : cells that say nothing (`why` -> number). clusters : number.
    """

    coefficients: pd.DataFrame
    cells: pd.DataFrame
    deviance: float
    df_residual: int
    dispersion: float
    left_out: dict
    clusters: int


def fit_poisson(
    cells, *, count="searches", exposure="resident_years", group=None, reference=None, strata=(), cluster=None
):
    """Fit log mean = log exposure + stratum + group to counts by Poisson quasi-likelihood. Returns a `Fit`.

    cells : a row per cell with the columns named. group : column of the groups, None for a constant alone.
    strata : columns whose every combination has its own level; without them there is a constant, the reference
    group's log rate. cluster : column for clustered standard errors; with strata, a cluster is a set of whole strata.
    Left out, and counted: cells without count or exposure, or of exposure zero (they say nothing), and strata
    without any search. A group is estimable relative to the reference if counts tie them both ways; otherwise its
    coefficient is missing ("separated"), never a large number that looks converged.
    Raises ValueError for a missing column, negative counts, a reference that is no group, or strata cut by clusters.
    """
    strata, reference = as_list(strata), None if reference is None else str(reference)
    require_columns(cells, [count, exposure, *strata, *[c for c in (group, cluster) if c]], "the cells")
    table, left_out = _usable(cells, count, exposure, group, reference, strata, cluster)
    groups = _groups(cells, group)
    apart = _separated(table, groups, reference)
    kept = table[~table["group"].isin(apart)]
    kept = kept[kept.groupby("stratum")["n"].transform("sum").gt(0)].reset_index(drop=True)
    left_out["cells of a group that is not estimable, or of a stratum left without a search"] = len(table) - len(kept)
    terms = [name for name in groups if name != reference and name not in apart]
    return _fitted(kept, terms, groups, reference, apart, bool(strata), cluster, left_out)


def _fitted(kept, terms, groups, reference, apart, absorbed, cluster, left_out):
    stratum = pd.factorize(kept["stratum"])[0]
    design = np.column_stack([kept["group"].eq(term).to_numpy(float) for term in terms] or [np.empty((len(kept), 0))])
    n, offset = kept["n"].to_numpy(float), np.log(kept["e"].to_numpy(float))
    beta = _newton(n, offset, design, stratum)
    mean = _means(n, offset + design @ beta, stratum)
    df = len(kept) - len(np.unique(stratum)) - len(terms)
    pearson = float(((n - mean) ** 2 / mean).sum())
    deviance = float(2 * (special.xlogy(n, n / mean) - (n - mean)).sum())
    dispersion = pearson / df if df > 0 else np.nan
    if not absorbed and len(kept):  # the one stratum is the constant, a coefficient like the others
        constant = np.log(n.sum()) - special.logsumexp(offset + design @ beta)
        design, beta = np.column_stack([np.ones(len(kept)), design]), np.r_[constant, beta]
        terms = ["(constant)", *terms]
    clusters = None if cluster is None else pd.factorize(kept["cluster"])[0]
    errors = covariance.standard_errors(n, mean, design, stratum if absorbed else None, clusters, dispersion)
    coefficients = pd.DataFrame({"term": terms, "coefficient": beta, **errors, "reason": ""})
    return Fit(
        _with_inestimable(coefficients, groups, reference, apart, absorbed),
        kept.assign(fitted=mean),
        deviance,
        df,
        dispersion,
        {why: number for why, number in left_out.items() if number},
        0 if clusters is None else len(np.unique(clusters)),
    )


def _newton(n, offset, design, stratum):
    """Coefficients that maximise the likelihood of the counts given each stratum's sum."""
    beta = np.zeros(design.shape[1])
    if not design.shape[1]:
        return beta
    for _ in range(_ITERATIONS):
        mean = _means(n, offset + design @ beta, stratum)
        score = design.T @ (n - mean)
        if np.abs(score).max() <= _TOLERANCE * max(n.sum(), 1):
            return beta
        centred = covariance.centred(design, mean, stratum)
        step = np.linalg.solve((centred * mean[:, None]).T @ centred, score)
        step = step * min(1.0, _LONGEST_STEP / np.abs(step).max())
        beta = _uphill(n, offset, design, stratum, beta, step)
    raise ArithmeticError(f"the regression did not converge in {_ITERATIONS} steps; report this as a fault")


def _uphill(n, offset, design, stratum, beta, step):
    """The next coefficients: the whole Newton step, or half of it as often as the likelihood falls."""
    before = _likelihood(n, offset + design @ beta, stratum)
    for _ in range(40):
        if _likelihood(n, offset + design @ (beta + step), stratum) >= before - 1e-12 * abs(before):
            break
        step = step / 2
    return beta + step


def _likelihood(n, predictor, stratum):
    totals, levels = np.bincount(stratum, n), _log_sums(predictor, stratum)
    return n @ predictor - totals @ levels


def _means(n, predictor, stratum):
    """Fitted counts: each stratum's sum, shared out as the predictor says."""
    return np.bincount(stratum, n)[stratum] * np.exp(predictor - _log_sums(predictor, stratum)[stratum])


def _log_sums(predictor, stratum):
    highest = np.full(stratum.max() + 1, -np.inf)
    np.maximum.at(highest, stratum, predictor)
    return highest + np.log(np.bincount(stratum, np.exp(predictor - highest[stratum])))


def _usable(cells, count, exposure, group, reference, strata, cluster):
    """`n | e | group | stratum | cluster` of the cells that say something, and how many do not, by reason."""
    n, e = (pd.Series(pd.array(cells[c]).to_numpy(float, na_value=np.nan)) for c in (count, exposure))
    wrong = (n < 0) | (e < 0) | np.isinf(n) | np.isinf(e)
    if wrong.any():
        raise ValueError(f"{wrong.sum()} cell(s) have a negative or infinite {count} or {exposure}")
    lost = e.eq(0) & n.gt(0)
    if lost.any():
        raise ValueError(f"{lost.sum()} cell(s) have {count} and no {exposure}: no rate can give that")
    text = cells.reset_index(drop=True).astype("str")
    table = pd.DataFrame({"n": n, "e": e, "group": text[group] if group else "all"})
    table["stratum"] = joined(text[strata]) if strata else "all"
    table["cluster"] = text[cluster] if cluster else "all"
    if strata and (table.groupby("stratum")["cluster"].nunique() > 1).any():
        raise ValueError(f"strata of {', '.join(strata)} are cut by {cluster}; a cluster must hold whole strata")
    if group and not table["group"].eq(reference).any():
        raise ValueError(f'reference "{reference}" is no group of {group}: {", ".join(table["group"].unique())}')
    missing, empty = n.isna() | e.isna(), e.eq(0)
    silent = ~missing & ~empty
    silent &= n.where(~missing, 0).groupby(table["stratum"]).transform("sum").eq(0)
    left_out = {
        "cells without a count or an exposure": int(missing.sum()),
        "cells of exposure zero": int((empty & ~missing).sum()),
        "cells of strata without a search": int(silent.sum()),
    }
    return table[~(missing | empty | silent)].reset_index(drop=True), left_out


def _groups(cells, group):
    if group is None:
        return []
    labels = cells[group]
    ordered = labels.cat.categories if isinstance(labels.dtype, pd.CategoricalDtype) else labels.unique()
    found = set(labels.astype("str"))
    return [str(label) for label in ordered if str(label) in found]


def _separated(table, groups, reference):
    """Groups that no finite coefficient ties to the reference: group -> reason.

    A group beats another if it has a count in a stratum where the other has exposure. The likelihood has a finite
    maximum for the groups that beat each other by some way round, both ways (Ford 1957, of paired comparisons).
    """
    if not groups:
        return {}
    place = {group: number for number, group in enumerate(groups)}
    present = [set(part["group"]) for _, part in table.groupby("stratum")]
    scoring = [set(part.loc[part["n"].gt(0), "group"]) for _, part in table.groupby("stratum")]
    beats = {
        (place[a], place[b]) for winners, all_ in zip(scoring, present, strict=True) for a in winners for b in all_
    }
    rows, columns = zip(*beats, strict=True) if beats else ((), ())
    graph = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(groups), len(groups)))
    component = connected_components(graph, connection="strong")[1]
    counted = table.groupby("group")["n"].sum()
    own = component[place[reference]]
    return {
        group: _why_separated(group, reference, counted)
        for group in groups
        if component[place[group]] != own and group != reference
    }


def _why_separated(group, reference, counted):
    if group not in counted:
        return "not estimable: no cell of this group can be used"
    if counted[group] == 0:
        return "not estimable: no search of this group (the coefficient has no lower bound)"
    if counted.get(reference, 0) == 0:
        return f"not estimable: no search of the reference group {reference}"
    return f"not estimable: no stratum ties this group and {reference} both ways (separated)"


def _with_inestimable(coefficients, groups, reference, apart, absorbed):
    """All terms in the order of the groups, those not estimable missing with their reason."""
    lost = pd.DataFrame({"term": list(apart), "reason": list(apart.values())}, dtype="object")
    order = [*([] if absorbed else ["(constant)"]), *(group for group in groups if group != reference)]
    both = pd.concat([coefficients, lost]) if len(lost) else coefficients
    both = both.astype({column: float for column in coefficients.columns.drop(["term", "reason"])})
    return both.set_index("term").reindex(order).reset_index()
