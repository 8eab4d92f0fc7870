"""The constants of the interval rule: how far the months of a force lie from its level, as other forces show it.

`constants.csv` is fitted on the records of 43 forces and the railways (`scripts/fit`; docs/intervals.md).
`make constants` fits other records.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd

SHIPPED = Path(__file__).with_name("constants.csv")
# Kinds of share that are fitted one by one. A share of any other kind gets the largest of them, for all other shares
# together have heavy tails.
SHARES = ("nfa", "arrest", "drugs", "object", "unknown", "sex or age", "outcome")
SECTION_60 = (
    "section 60"  # operations come and go: months vary so much (tau2 near 1) that there is no level around them
)
_SECTION_60_TAU2 = 1.0


@dataclass(frozen=True)
class Constants:
    """Constants of the rule; `read_constants` makes it.

    Attributes
    ----------
    tau2 : mapping of kind to number
        Variance between months on the log scale (shares: logit) of a typical force. Kinds: "ratio", "ratio other" (the
        group Other), "rate", "share" (any share that is not named), those of `SHARES`, "or nfa", "or arrest",
        "or drugs" (odds ratio of two groups), "section 60".
    df : float
        Degrees of freedom that other forces are worth.
    kappa, rho : float
        Part of the variance that is new every month; correlation of the rest with the month before.
    phi, phi_df : float
        Typical dispersion of weeks within months, and the degrees of freedom it is worth: a judgement, not a fit.
    common, common_share, common_rate : float
        Part of the variance between months that all forces share, of ratios, shares and rates (docs/intervals.md).
    version, source : str
    """

    tau2: Mapping[str, float]
    df: float = 4.0
    kappa: float = 0.1
    rho: float = 0.9
    phi: float = 1.4
    phi_df: float = 20.0
    common: float = 0.15
    common_share: float = 0.35
    common_rate: float = 0.40
    version: str = ""
    source: str = ""

    def of(self, kind):
        """Variance between months of a kind of measure. Raises ValueError for a kind that is not there."""
        if kind not in self.tau2:
            raise ValueError(f'kind "{kind}" has no constant: {", ".join(self.tau2)}')
        return self.tau2[kind]

    def of_odds_ratio(self, kind):
        """Variance between months of the log odds ratio of a share of two groups; the share's own if none is fitted."""
        return self.tau2.get(f"or {kind}", self.of(kind))


@cache
def read_constants(path=SHIPPED):
    """Constants from a file that `fit_constants` made; those of the package by default.

    Parameters
    ----------
    path : path
        A CSV with the columns `kind | tau0_sq | kappa | rho | d0 | version | source`.

    Returns
    -------
    Constants
        tau2 to three decimals, which is more than the fit knows (its standard errors are 9% to 60%).

    Raises
    ------
    ValueError
        If a kind that the rule needs is not in the file.

    Examples
    --------
    >>> read_constants().of("ratio")
    0.026
    """
    table = pd.read_csv(path, dtype={"version": "str"}).set_index("kind")
    tau2 = table["tau0_sq"].round(3).to_dict()
    absent = [kind for kind in ("ratio", "ratio other", "rate", *SHARES) if kind not in tau2]
    if absent:
        raise ValueError(f"{path} has no constant of {len(absent)} kind(s): {', '.join(absent)}; run make constants")
    tau2["share"] = round(max(tau2[kind] for kind in SHARES), 2)
    tau2.setdefault(SECTION_60, _SECTION_60_TAU2)
    first = table.iloc[0]
    return Constants(
        MappingProxyType(tau2),
        df=float(first["d0"]),
        kappa=float(first["kappa"]),
        rho=float(first["rho"]),
        version=first["version"],
        source=first["source"],
    )
