"""Are adjusted and within differences of outcomes unbiased, and do their limits hold the truth? Simulated searches.

    .venv/bin/python benchmarks/validate/outcome_differences.py [--years 1000] [--out FILE]

In each year searches of two groups have other objects, powers and ages; the chance of an outcome follows a logit of
these, and of the group by `effect`. The truth is the mean over all searches of the chance if of the group less the
chance if of the reference. Settings:

by chance    the chances are the model's; what varies is chance alone: limits "sampling" are asked
by months    the chances of a month move on the scale of the logit, the same for both groups, and apart from each
             other, as the constants of the interval rule say of arrests; the truth is over the years: limits "process"
             are asked
sparse       as by chance, with a tenth of the searches
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.outcomes.differences import outcome_differences

SEED, MONTHS = 20270901, 12
SETTINGS = {"by chance": 6000, "by months": 6000, "sparse": 600}
EFFECTS = (0.0, 0.4)
COLUMNS = ("object_group", "power", "age_range")
OBJECTS, AGES = ("Drugs", "Stolen property", "Weapons"), ("10-17", "18-24", "25-34", "over 34")


def year(random, setting, effect):
    """Searches of a year, and the true difference."""
    number = SETTINGS[setting]
    black = random.random(number) < 0.35
    mix = np.where(black[:, None], [0.7, 0.15, 0.15], [0.4, 0.25, 0.35])
    item = (random.random(number)[:, None] > mix.cumsum(1)).sum(1).clip(max=2)
    section_60 = random.random(number) < np.where(black, 0.2, 0.08)
    age = random.choice(4, number, p=[0.2, 0.35, 0.25, 0.2])
    month = random.integers(MONTHS, size=number)
    logit = -1.6 + np.array([0, 0.6, 0.9])[item] - 0.7 * section_60 + np.array([-0.3, 0, 0.1, 0.2])[age]
    risks = [special.expit(logit + effect * member) for member in (1, 0)]
    truth = float((risks[0] - risks[1]).mean())
    if setting == "by months":
        constants = read_constants()
        together = np.sqrt(constants.of("arrest")) * drift(random)[month]
        apart = np.sqrt(constants.of_odds_ratio("arrest")) * drift(random)[month]
        risks = [
            special.expit(special.logit(risk) + together + member * apart)
            for risk, member in zip(risks, (1, 0), strict=True)
        ]
    hit = random.random(number) < np.where(black, *risks)
    labels = {
        "ethnicity_5": pd.Categorical.from_codes(black.astype(int), ["White", "Black"]),
        "object_group": pd.Categorical.from_codes(item, OBJECTS),
        "power": pd.Categorical.from_codes(section_60.astype(int), ["Reasonable grounds", "Section 60"]),
        "age_range": pd.Categorical.from_codes(age, AGES),
        "month": pd.Categorical.from_codes(month, [f"2020-{n:02d}" for n in range(1, 13)]),
        "arrest": pd.array(hit, dtype="boolean"),
    }
    return pd.DataFrame(labels), truth


def drift(random):
    """Months that follow each other: nine tenths a slow drift, one tenth white, of variance 1."""
    noise = random.normal(size=MONTHS)
    slow = np.empty(MONTHS)
    slow[0] = noise[0]
    for n in range(1, MONTHS):
        slow[n] = 0.9 * slow[n - 1] + np.sqrt(1 - 0.9**2) * noise[n]
    return np.sqrt(0.9) * slow + np.sqrt(0.1) * random.normal(size=MONTHS)


def simulate(setting, effect, years):
    """Bias, its error and the coverage of every measure over some years."""
    random = np.random.default_rng([SEED, list(SETTINGS).index(setting), int(10 * effect)])
    interval = "process" if setting == "by months" else "sampling"
    found = []
    for _ in range(years):
        searches, truth = year(random, setting, effect)
        table = outcome_differences(searches, "arrest", within=COLUMNS, covariates=COLUMNS, interval=interval)
        found.append(table.assign(truth=truth)[["measure", "estimate", "lower", "upper", "truth"]])
    rows = pd.concat(found)
    rows = rows[rows["estimate"].notna()]
    rows["error"] = rows["estimate"] - rows["truth"]
    rows["held"] = rows["lower"].le(rows["truth"]) & rows["upper"].ge(rows["truth"])
    by = rows.groupby("measure", sort=False)
    table = by.agg(years=("error", "size"), truth=("truth", "mean"), bias=("error", "mean"), coverage=("held", "mean"))
    table["bias_error"] = by["error"].std() / np.sqrt(table["years"])
    table["width"] = by["upper"].mean() - by["lower"].mean()
    return table.reset_index().assign(setting=setting, effect=effect, interval=interval)


def main():
    """Simulate all settings and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--years", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=Path("docs/simulation_outcome_differences.csv"))
    asked = parser.parse_args()
    tables = [simulate(setting, effect, asked.years) for setting in SETTINGS for effect in EFFECTS]
    table = pd.concat(tables, ignore_index=True)
    columns = ["setting", "effect", "interval", "measure", "years", "truth", "bias", "bias_error", "coverage", "width"]
    table[columns].round(5).to_csv(asked.out, index=False)
    print(table[columns].round(4).to_string(index=False))


if __name__ == "__main__":
    main()
