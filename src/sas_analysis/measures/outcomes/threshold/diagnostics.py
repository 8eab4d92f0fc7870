"""Whether chains have met and how many independent draws they are worth: rank-normalised R-hat and bulk ESS."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

MOST_R_HAT, LEAST_ESS = 1.01, 400


def diagnose(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """R-hat and bulk ESS of every parameter, not a number where it does not move.

    Parameters
    ----------
    draws : array (chains, draws, parameters)

    Returns
    -------
    r_hat, ess : arrays (parameters,)
        Split, of normalised ranks; of R-hat the greater of that of the place and that of the spread.

    Source
    ------
    Vehtari, Gelman, Simpson, Carpenter and Buerkner (2021, Bayesian Analysis 16). The autocorrelations are NumPyro's.
    """
    from numpyro.diagnostics import effective_sample_size, gelman_rubin

    halves = _split(draws)
    folded = np.abs(halves - np.median(halves, axis=(0, 1)))
    place, spread = _ranked(halves), _ranked(folded)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.fmax(gelman_rubin(place), gelman_rubin(spread)), effective_sample_size(place)


def refusal(r_hat: float, ess: float) -> str:
    """Why draws give no result, "" where they do; the worst R-hat and the least ESS of all parameters decide."""
    faults = []
    if not r_hat <= MOST_R_HAT:
        faults.append(f"R-hat is {r_hat:.4f}, at most {MOST_R_HAT} is asked")
    if not ess >= LEAST_ESS:
        faults.append(f"the bulk ESS is {ess:.0f}, at least {LEAST_ESS} is asked")
    return f"no result: {' and '.join(faults)}; more draws or warmup may do" if faults else ""


def _split(draws):
    """Every chain as two halves; a middle draw is left out."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _ranked(draws):
    """Normal scores of the ranks over all chains, parameter by parameter."""
    ranks = rankdata(draws.reshape(-1, draws.shape[2]), axis=0).reshape(draws.shape)
    return ndtri((ranks - 0.375) / (draws.shape[0] * draws.shape[1] + 0.25))
