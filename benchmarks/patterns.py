"""A logit of an outcome with effects of force and month: on counts per pattern, and on rows, side by side in one run.

    .venv/bin/python benchmarks/patterns.py [--searches 590000] [--repeats 3]

Searches of 43 forces and 12 months with object, power, sex and age are drawn by a seed. The same model is fitted to
them three ways: ours (patterns counted, Newton's steps, the difference with its clustered error), statsmodels on the
same patterns, and statsmodels on a row a search. It prints seconds, their ratios to ours, and how far the coefficients
are apart.
"""

import argparse
import time

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import special

from sas_analysis.measures.outcomes.adjusted import fit_adjusted

SEED = 20271001
LABELS = {
    "force": [f"force {n:02d}" for n in range(43)],
    "month": [f"2020-{n:02d}" for n in range(1, 13)],
    "object_group": ["Drugs", "Weapons", "Stolen property", "Going equipped", "Criminal damage", "Firearms"],
    "power": ["Reasonable grounds", "Section 60"],
    "gender": ["Male", "Female"],
    "age_range": ["10-17", "18-24", "25-34", "over 34"],
}


def searches(number):
    """Searches of two groups whose outcome follows a logit of everything."""
    random = np.random.default_rng(SEED)
    codes, logit = {}, np.full(number, -1.5)
    for name, labels in LABELS.items():
        weight = random.dirichlet(np.full(len(labels), 2.0))
        codes[name] = random.choice(len(labels), number, p=weight)
        logit += random.normal(0, 0.3, len(labels))[codes[name]]
    black = random.random(number) < 0.3
    hit = random.random(number) < special.expit(logit + 0.2 * black)
    columns = {name: pd.Categorical.from_codes(own, LABELS[name]) for name, own in codes.items()}
    columns["ethnicity_5"] = pd.Categorical.from_codes(black.astype(int), ["White", "Black"])
    return pd.DataFrame(columns | {"arrest": pd.array(hit, dtype="boolean")})


def timed(function, repeats):
    """The median of seconds, and the last result."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        found = function()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)), found


def on_rows(table, names):
    """The model fitted by statsmodels to a row a search."""
    columns = {"constant": np.ones(len(table))}
    for name in names[1:-1]:
        column, label = name.split(": ", 1)
        columns[name] = table[column].eq(label).to_numpy(dtype=float)
    columns["in_group"] = table["ethnicity_5"].eq("Black").to_numpy(dtype=float)
    y = table["arrest"].to_numpy(dtype=float)
    return sm.GLM(y, pd.DataFrame(columns), family=sm.families.Binomial()).fit(tol=1e-10)


def main():
    """Fit the three, and print what they took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--searches", type=int, default=590_000)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    table = searches(asked.searches)
    covariates = tuple(LABELS)
    ours, fit = timed(lambda: fit_adjusted(table, "arrest", group="Black", covariates=covariates), asked.repeats)
    family = sm.families.Binomial()
    patterns, same = timed(lambda: sm.GLM(fit.counts, fit.design, family=family).fit(tol=1e-10), asked.repeats)
    rows, reference = timed(lambda: on_rows(table, list(fit.params.index)), 1)
    print(f"{asked.searches:,} searches, {len(fit.counts):,} patterns, {len(fit.params)} coefficients")
    for name, seconds, params in (
        ("ours, from searches to the difference", ours, fit.params),
        ("statsmodels on the patterns, the fit alone", patterns, same.params),
        ("statsmodels on rows, the fit alone", rows, reference.params),
    ):
        apart = np.abs(params - reference.params).max()
        print(f"{name:45} {seconds:8.2f} s  {seconds / ours:7.1f} times ours  coefficients within {apart:.1e}")


if __name__ == "__main__":
    main()
