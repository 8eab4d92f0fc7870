"""Standard errors of a Poisson fit whose strata are absorbed: by the model, by its dispersion, and by clusters.

Plain functions of arrays of cells: `n` counts, `mean` fitted, `design` (cells, terms), `stratum` and `cluster`
numbers from 0 or None. What is absorbed is taken out by centring (Frisch and Waugh); with clusters of whole strata
the corrections below are those of the fit with all its dummies (Pustejovsky and Tipton 2018, theorem 2).
"""

import numpy as np


def centred(design, mean, stratum):
    """The design less its stratum means, weighted by the fitted counts; itself without strata."""
    if stratum is None:
        return design
    weight = np.bincount(stratum, mean)
    sums = np.stack([np.bincount(stratum, column * mean) for column in design.T], axis=1)
    return design - (sums / weight[:, None])[stratum]


def standard_errors(n, mean, design, stratum, cluster, dispersion):
    """Columns of standard errors, an array of one value a term each, in a dict.

    se_poisson : counts are Poisson. se_quasi : times the root of the dispersion (t on the residual degrees of
    freedom). se_clustered, df_clustered : sandwich with the factor G/(G-1) x (N-1)/(N-K), K counting the strata,
    and t on G - 1: for many clusters of like size; R `sandwich::vcovCL(type = "HC1")`. se_few_clusters,
    df_few_clusters : CR2 with Satterthwaite's degrees of freedom: for few clusters, or unlike ones; R clubSandwich.
    Missing without clusters, or with one.
    """
    terms = design.shape[1]
    missing = np.full(terms, np.nan)
    errors = dict.fromkeys(
        ("se_poisson", "se_quasi", "se_clustered", "df_clustered", "se_few_clusters", "df_few_clusters"), missing
    )
    if not terms:
        return errors
    x = centred(design, mean, stratum)
    bread = np.linalg.inv((x * mean[:, None]).T @ x)
    poisson = np.sqrt(np.diag(bread))
    errors |= {"se_poisson": poisson, "se_quasi": poisson * np.sqrt(dispersion)}
    groups = 0 if cluster is None else cluster.max() + 1
    if groups < 2:
        return errors
    scores = _sums(x * (n - mean)[:, None], cluster, groups)
    strata = 0 if stratum is None else stratum.max() + 1
    factor = groups / (groups - 1) * (len(n) - 1) / max(len(n) - terms - strata, 1)
    clustered = np.sqrt(factor * np.diag(bread @ scores.T @ scores @ bread))
    few, df = _bias_reduced(x, mean, scores, bread, cluster, groups)
    return errors | {
        "se_clustered": clustered,
        "df_clustered": np.full(terms, groups - 1.0),
        "se_few_clusters": few,
        "df_few_clusters": df,
    }


def _bias_reduced(x, mean, scores, bread, cluster, groups):
    """CR2 standard errors and their Satterthwaite degrees of freedom, term by term.

    In the space where the working variance is the identity, a cluster's leverage has the eigenvalues of the
    (terms, terms) matrix `part`; each score is multiplied by the inverse root of what they leave. A cluster that
    alone decides a direction leaves nothing there, and is left as it is.
    """
    root = np.linalg.cholesky(bread)  # root @ root.T = bread
    weighted = x * mean[:, None]
    adjusted, own, shared = [], [], []
    for number in range(groups):
        rows = cluster == number
        values, vectors = np.linalg.eigh(root.T @ (weighted[rows].T @ x[rows]) @ root)
        values = np.clip(values, 0, 1)
        left = 1 - values
        inverse = np.where(left > 1e-10, 1 / np.sqrt(np.where(left > 1e-10, left, 1)), 0)
        turn = root @ vectors
        adjusted.append(turn @ (inverse * (vectors.T @ (root.T @ scores[number]))))
        own.append((turn**2 * (values * inverse**2)).sum(axis=1))
        shared.append(turn * (values * inverse) @ vectors.T)
    shared = np.stack(shared)  # (clusters, terms, terms)
    products = np.einsum("gtk,htk->tgh", shared, shared)
    expected = np.stack(own).T[:, :, None] * np.eye(groups) - products
    df = np.trace(expected, axis1=1, axis2=2) ** 2 / (expected**2).sum(axis=(1, 2))
    return np.sqrt((np.stack(adjusted) ** 2).sum(axis=0)), df


def _sums(values, cluster, groups):
    return np.stack([np.bincount(cluster, column, groups) for column in values.T], axis=1)
