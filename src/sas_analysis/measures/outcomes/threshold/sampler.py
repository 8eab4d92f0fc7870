"""Draws from the posterior of the threshold test, by NumPyro. It is imported here, and only when something is drawn."""

from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from sas_analysis.errors import ParameterError
from sas_analysis.measures.outcomes.threshold.counts import Counts
from sas_analysis.measures.outcomes.threshold.diagnostics import diagnose
from sas_analysis.measures.outcomes.threshold.rates import log_parts, threshold_of

TARGET = 0.9  # share of steps that NUTS accepts
START = {"t_r": 1.5, "mu_phi": -2.0, "mu_delta": 0.5, "sigma_t": np.log(0.5)}  # the last on its log, as it is sampled
SHARED = ("sigma_t", "mu_phi", "mu_delta", "phi_z", "delta_z", "t_r")  # whose correlations the sampler learns
DEPTHS = (7, 10)  # of trees in warmup and after: before its steps are learned, long trees cost much and bring little
MOST_DENSE = 150  # parameters of which all correlations are learned
JITTER = 0.2  # chains begin apart, or R-hat could not tell that they have not met
CENTRED_FROM = 10  # searches of a row
MISSING = (
    "the threshold test needs NumPyro and JAX, which are not installed: run make bayes in a checkout, or "
    "pip install 'sas-analysis[bayes]'"
)


@dataclass(frozen=True)
class Sampling:
    """How a posterior is drawn from: chains of `warmup` and `draws` steps, their seed, and the scale of all priors."""

    chains: int = 4
    warmup: int = 500
    draws: int = 1000
    seed: int = 20270401
    prior_scale: float = 1.0

    def __post_init__(self):
        faults = [f"{name} is 1 or more, this is {getattr(self, name)}" for name in ("warmup",) if self.warmup < 1]
        faults += [f"chains is 2 or more, this is {self.chains}: one chain cannot be compared"] * (self.chains < 2)
        faults += [f"draws is 4 or more, this is {self.draws}"] * (self.draws < 4)
        faults += [f"prior_scale is above 0, such as 1, this is {self.prior_scale}"] * (not self.prior_scale > 0)
        if faults:
            raise ValueError("; ".join(faults))

    def __str__(self) -> str:
        scale = "" if self.prior_scale == 1 else f", priors {self.prior_scale:g} times as wide"
        return f"NUTS, {self.chains} chains of {self.warmup} + {self.draws} draws, seed {self.seed}{scale}"


@dataclass(frozen=True)
class Posterior:
    """Draws, (draws of all chains, rows): signal of the threshold, log odds of carrying, separation.

    r_hat, ess : the worst of all parameters. divergences : transitions that went astray. versions : of the sampler.
    """

    signal: np.ndarray
    carrying: np.ndarray
    separation: np.ndarray
    r_hat: float
    ess: float
    divergences: int
    versions: str


def require_sampler() -> None:
    """Raise ParameterError, with what to do, where NumPyro and JAX are not installed."""
    if find_spec("numpyro") is None or find_spec("jax") is None:
        raise ParameterError(MISSING)


def sample(counts: Counts, how: Sampling, *, searches_only: bool = False) -> Posterior:
    """Draw from the posterior of some counts.

    Parameters
    ----------
    counts : Counts
        Of n rows.
    how : Sampling
        Chains, draws, seed and the scale of the priors.
    searches_only : bool
        The form that takes the pool's shares by group alone, not its size.

    Returns
    -------
    Posterior
        With arrays (chains x draws, n), float64 whatever JAX is set to elsewhere.

    Raises
    ------
    ParameterError
        Where NumPyro is not installed.
    """
    require_sampler()
    import jax
    import numpyro

    sizes = len(counts.groups), len(counts.places), len(counts.place)
    rows = _Rows(*(getattr(counts, name) for name in _Rows._fields[:-1]), _centred(counts))
    with jax.enable_x64(True):
        mcmc = _sampler(sizes, searches_only, how.chains, how.warmup, how.draws)
        mcmc.run(jax.random.PRNGKey(how.seed), rows, how.prior_scale, init_params=_starts(counts, how))
        drawn = {name: np.asarray(values) for name, values in mcmc.get_samples(group_by_chain=True).items()}
        divergences = int(np.asarray(mcmc.get_extra_fields()["diverging"]).sum())
    signals = [drawn.pop(name) for name in ("signal", "carrying", "separation")]
    # What the rows are told by is made of the parameters; the thresholds are what is reported.
    judged = [*drawn.values(), counts.averaged(threshold_of(*signals))]
    r_hat, ess = diagnose(np.concatenate([values.reshape(*values.shape[:2], -1) for values in judged], axis=2))
    worst = float(np.max(r_hat)), float(np.min(ess))
    flat = [values.reshape(-1, values.shape[2]) for values in signals]
    return Posterior(*flat, *worst, divergences, f"NumPyro {numpyro.__version__}, JAX {jax.__version__}")


class _Rows(NamedTuple):
    """The arrays of `Counts`, as JAX takes them, and which rows are centred."""

    place: np.ndarray
    group: np.ndarray
    pool: np.ndarray
    searches: np.ndarray
    known: np.ndarray
    hits: np.ndarray
    centred: np.ndarray


@lru_cache(maxsize=8)
def _sampler(sizes, searches_only, chains, warmup, draws):
    """NumPyro's sampler of tables of one size, compiled once for all of them."""
    from numpyro.infer import MCMC, NUTS

    groups, places, number = sizes
    model = partial(_searches_only if searches_only else _binomial, groups, places)
    whole = 2 * groups + 2 * places + number <= MOST_DENSE
    kernel = NUTS(model, target_accept_prob=TARGET, dense_mass=True if whole else [SHARED], max_tree_depth=DEPTHS)
    how = {"num_warmup": warmup, "num_samples": draws, "num_chains": chains, "chain_method": "vectorized"}
    return MCMC(kernel, **how, progress_bar=False, jit_model_args=True)


def _starts(counts, how):
    rng = np.random.default_rng(how.seed)
    groups, others = len(counts.groups), len(counts.places) - 1
    shared = {
        "sigma_t": np.array(START["sigma_t"]),
        "mu_phi": np.array(START["mu_phi"]),
        "mu_delta": np.array(START["mu_delta"]),
        "phi_z": np.zeros(groups),
        "delta_z": np.zeros(groups),
        "t_r": np.full(groups, START["t_r"]),
    }
    starts = {name: value + rng.normal(0, JITTER, (how.chains, *value.shape)) for name, value in shared.items()}
    own = {"phi_place": np.zeros(others), "delta_place": np.zeros(others)}
    own["t"] = np.where(_centred(counts), START["t_r"], 0.0)
    return starts | {name: np.tile(value, (how.chains, 1)) for name, value in own.items()}


def _centred(counts):
    """Rows whose searches tell their threshold well: it is drawn itself there, elsewhere its distance from the mean.

    The model is the same; where much is known of a threshold the chains mix ten times better so (docs/decisions.md).
    """
    return counts.searches >= CENTRED_FROM


def _signals(groups, places, rows, scale):
    """The priors of signals, carrying and separation of every row."""
    import jax.numpy as jnp
    import numpyro
    from numpyro import deterministic
    from numpyro import sample as draw
    from numpyro.distributions import HalfNormal, Normal

    sigma = draw("sigma_t", HalfNormal(scale))
    mu_phi, mu_delta = draw("mu_phi", Normal(0, scale)), draw("mu_delta", Normal(0, scale))
    with numpyro.plate("groups", groups):
        phi_r = mu_phi + 0.1 * scale * draw("phi_z", Normal(0, 1))
        delta_r = mu_delta + 0.1 * scale * draw("delta_z", Normal(0, 1))
        mean = draw("t_r", Normal(0, scale))[rows.group]
    with numpyro.plate("places", places - 1):  # the first place is pinned at 0
        phi_d = 0.1 * scale * draw("phi_place", Normal(0, 1))
        delta_d = 0.1 * scale * draw("delta_place", Normal(0, 1))
    first = jnp.zeros(1)
    carrying = phi_r[rows.group] + jnp.concatenate([first, phi_d])[rows.place]
    separation = jnp.exp(delta_r[rows.group] + jnp.concatenate([first, delta_d])[rows.place])
    with numpyro.plate("rows", len(rows.place)):
        t = draw("t", Normal(jnp.where(rows.centred, mean, 0.0), jnp.where(rows.centred, sigma, 1.0)))
    signal = jnp.where(rows.centred, t, mean + sigma * t)
    parts = {"signal": signal, "carrying": carrying, "separation": separation}
    return [deterministic(name, values) for name, values in parts.items()]


def _parts(signals):
    import jax.numpy as jnp
    from jax.scipy.special import log_ndtr

    return log_parts(*signals, functions=(jnp.logaddexp, log_ndtr))


def _binomial(groups, places, rows, scale):
    """searches ~ Bin(pool, search rate), hits ~ Bin(known, hit rate), without constants."""
    import jax.numpy as jnp
    import numpyro

    parts = _parts(_signals(groups, places, rows, scale))
    numpyro.factor("counts", log_likelihood(rows, *parts, jnp.logaddexp).sum())


def _searches_only(groups, places, rows, scale):
    """searches of a place ~ Multinomial(in proportion to pool x search rate), hits as before, without constants."""
    import jax.numpy as jnp
    import numpyro
    from jax.ops import segment_sum

    hits, misses, _ = _parts(_signals(groups, places, rows, scale))
    searched = jnp.logaddexp(hits, misses)
    pool = rows.pool / segment_sum(rows.pool, rows.place, places)[rows.place]
    whole = jnp.log(segment_sum(pool * jnp.exp(searched), rows.place, places))[rows.place]
    found = rows.hits * (hits - searched) + (rows.known - rows.hits) * (misses - searched)
    numpyro.factor("counts", (rows.searches * (searched - whole) + found).sum())


def log_likelihood(counts, hits, misses, unsearched, logaddexp=np.logaddexp):
    """Log likelihood of every row, without what no parameter changes.

    Parameters
    ----------
    counts : Counts
        Of n rows.
    hits, misses, unsearched : arrays (n,)
        As `rates.log_parts` gives them.
    logaddexp : function
        Of numpy, or of JAX.

    Returns
    -------
    array (n,)
        Where every outcome is known: hits log P(hit) + misses log P(miss) + unsearched log P(unsearched), for the rate
        of search cancels. A search whose outcome is not known tells of the rate of search alone.
    """
    unknown = counts.searches - counts.known
    found = counts.hits * hits + (counts.known - counts.hits) * misses
    return found + unknown * logaddexp(hits, misses) + (counts.pool - counts.searches) * unsearched
