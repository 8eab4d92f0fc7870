"""The E-value: how strong what was not measured would have to be to explain a ratio away."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sas_analysis.errors import ParameterError, listed


class EValue(NamedTuple):
    """E-values of an estimate and of its limit nearest to 1; floats, or arrays of the shape asked for."""

    estimate: float | np.ndarray
    limit: float | np.ndarray


def e_value(
    ratio: ArrayLike, lower: ArrayLike | None = None, upper: ArrayLike | None = None, *, odds_of_common: bool = False
) -> EValue:
    """The least ratio by which something unmeasured must go with both sides to make an observed ratio 1.

    Parameters
    ----------
    ratio : float or array
        A ratio of risks or rates, above 0; missing allowed.
    lower, upper : float or array, optional
        Its limits.
    odds_of_common : bool
        It is a ratio of odds of an outcome that is not rare (15% or more), as that of `veil_of_darkness`: its square
        root stands in for the ratio of risks.

    Returns
    -------
    EValue
        estimate : RR + sqrt(RR (RR - 1)), of 1 / RR for a ratio under 1. limit : the same of the limit nearest to 1;
        1 where the limits hold 1, and missing where that limit is not given. An unmeasured trait would have to go with
        the group, and with being searched, by a ratio of at least this each, beyond what is held alike.

    Raises
    ------
    ParameterError
        For ratios and limits that are not above 0, and a ratio outside its limits: all faults at once.

    Source
    ------
    VanderWeele and Ding (2017), Annals of Internal Medicine 167.

    Examples
    --------
    >>> found = sas.e_value(10.73, 8.02, 14.36)
    >>> round(found.estimate, 3), round(found.limit, 3)
    (20.948, 15.523)
    """
    values = {"ratio": ratio, "lower": lower, "upper": upper}
    values = {name: np.asarray(np.nan if value is None else value, dtype=float) for name, value in values.items()}
    faults = [
        f"{(own <= 0).sum()} value(s) of {name} are not above 0" for name, own in values.items() if (own <= 0).any()
    ]
    ratio, lower, upper = np.broadcast_arrays(*values.values())
    outside = (lower > ratio) | (upper < ratio)
    if outside.any():
        faults.append(f"{outside.sum()} ratio(s) lie outside their limits")
    if faults:
        raise ParameterError(listed(faults))
    if odds_of_common:
        ratio, lower, upper = np.sqrt(ratio), np.sqrt(lower), np.sqrt(upper)
    nearest = np.where(ratio >= 1, lower, 1 / upper)
    found = _of(np.where(ratio >= 1, ratio, 1 / ratio)), _of(np.fmax(nearest, np.where(np.isnan(nearest), nearest, 1)))
    return EValue(*(own.item() if own.ndim == 0 else own for own in found))


def _of(ratio):
    return ratio + np.sqrt(ratio * (ratio - 1))
