"""Rates of search and hit rates that a threshold and a distribution of signals imply, in log space."""

import numpy as np
from scipy.special import expit, log_ndtr

IN_NUMPY = (np.logaddexp, log_ndtr)


def log_parts(signal, carrying, separation, functions=IN_NUMPY):
    """Logarithms of the shares of a pool that are searched and carry, are searched and do not, and are not searched.

    The signal of those who do not carry is N(0, 1), of those who do N(separation, 1); whoever is above `signal` is
    searched. The three shares add up to 1.

    Parameters
    ----------
    signal, carrying, separation : arrays of one shape
        The signal from which on a search is made, the log odds of carrying, and how far apart the signals are.
    functions : (logaddexp, log_ndtr)
        Those of numpy and scipy, or of JAX.

    Returns
    -------
    hits, misses, unsearched : arrays of that shape

    Source
    ------
    Simoiu, Corbett-Davies and Goel (2017, Annals of Applied Statistics 11); Pierson, Corbett-Davies and Goel (2018,
    AISTATS) for the discriminant form. search rate = phi (1 - Phi(t - delta)) + (1 - phi) (1 - Phi(t)).

    Examples
    --------
    >>> hits, misses, unsearched = np.exp(log_parts(1.0, 0.0, 2.0))
    >>> round(hits, 4), round(misses, 4), round(hits + misses + unsearched, 12)
    (np.float64(0.4207), np.float64(0.0793), np.float64(1.0))
    """
    logaddexp, log_cdf = functions
    carries, not_carries = -logaddexp(0.0, -carrying), -logaddexp(0.0, carrying)
    unsearched = logaddexp(carries + log_cdf(signal - separation), not_carries + log_cdf(signal))
    return carries + log_cdf(separation - signal), not_carries + log_cdf(-signal), unsearched


def threshold_of(signal, carrying, separation):
    """The threshold as a chance: that of carrying, for someone whose signal is just `signal`.

    Bayes' rule on the densities N(signal; separation, 1) and N(signal; 0, 1), whose ratio is
    exp(separation signal - separation^2 / 2).

    Examples
    --------
    >>> round(threshold_of(1.0, 0.0, 2.0), 3)  # halfway between equally many of both
    np.float64(0.5)
    """
    return expit(carrying + separation * signal - separation**2 / 2)


def rates_of(signal, carrying, separation):
    """`search rate, hit rate` of a pool; arguments as `log_parts`.

    Examples
    --------
    >>> searched, hit = rates_of(1.0, 0.0, 2.0)
    >>> round(searched, 3), round(hit, 3)
    (np.float64(0.5), np.float64(0.841))
    """
    hits, misses, _ = log_parts(signal, carrying, separation)
    searched = np.logaddexp(hits, misses)
    return np.exp(searched), np.exp(hits - searched)
