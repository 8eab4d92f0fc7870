"""How often does the veil of darkness find a difference, where there is one and where there is none? Simulated years.

    .venv/bin/python benchmarks/validate/veil.py [--years 400] [--out docs/simulation_veil.csv]

Vehicle encounters of one year in London, two groups, from 10:00 to 14:00 and from 15:00 to 23:00. The share of the
group moves with the clock, and days differ (a normal effect of each day, and of its number of encounters). Settings:

no difference    daylight changes nothing
weak, strong     the odds of the group by daylight are 1.25, or 1.5, times those after dark
season           daylight changes nothing, but in summer the odds of the group are 1.35 times those of winter at all
                 hours: the veil's assumption fails, and its placebo at midday should say so
careful drivers  officers' odds by daylight are 1.5 times those after dark, but the group, which expects it, drives so
                 much more carefully by daylight that its odds fall by 2: the test says the reverse of the truth
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from sas_analysis.measures.timing.daylight import window_of
from sas_analysis.measures.timing.logit import fit_veil
from sas_analysis.measures.timing.sun import sun_minutes
from sas_analysis.measures.timing.veil import veil_of_darkness

SEED = 20270402
PLACE = 51.5, -0.1
SETTINGS = {"no difference": 1.0, "weak": 1.25, "strong": 1.5, "season": 1.0, "careful drivers": 1.5}
ENCOUNTERS = 3_000, 12_000  # a year
OF_DAY, DISPERSION = 0.3, 1.5  # standard deviation of a day's log odds; variance of its number by its mean
HOURS = (10, 14), (15, 23)
AT_MIDDAY = 0.2  # part of the encounters
SUMMER, CAREFUL = 1.35, 2.0
_DAYS = np.arange(np.datetime64("2018-01-01"), np.datetime64("2019-01-01"))


def year(rng, setting, encounters):
    """One year of encounters: `searched_at | group | force`."""
    mean = encounters / len(_DAYS)
    number = rng.poisson(rng.gamma(mean / (DISPERSION - 1), DISPERSION - 1, len(_DAYS)))
    day = np.repeat(np.arange(len(_DAYS)), number)
    midday = rng.random(len(day)) < AT_MIDDAY
    spans = [rng.uniform(60 * low, 60 * high, len(day)) for low, high in HOURS]
    minute = np.where(midday, *spans)
    at = pd.DatetimeIndex(_DAYS[day].astype("M8[s]") + (60 * minute).astype("m8[s]")).tz_localize("Europe/London")
    ahead = at.tz_localize(None) - at.tz_convert("UTC").tz_localize(None)
    dusk = sun_minutes(_DAYS, *PLACE)[day] + (ahead / pd.Timedelta(minutes=1)).to_numpy()
    light = minute < dusk
    odds = -0.4 + 0.5 * np.sin((minute / 60 - 10) / 13 * np.pi) + rng.normal(0, OF_DAY, len(_DAYS))[day]
    odds = odds + light * np.log(SETTINGS[setting] / (CAREFUL if setting == "careful drivers" else 1))
    if setting == "season":
        odds = odds + np.log(SUMMER) * np.sin(np.pi * day / len(_DAYS)) ** 2
    group = np.where(rng.random(len(day)) < special.expit(odds), "group", "reference")
    return pd.DataFrame({"searched_at": at, "group": group, "force": "london"})


def one(rng, setting, encounters):
    """The result of one year: the ratio and its limits without the placebo, and whether the test gives it."""
    table = year(rng, setting, encounters)
    asked = {"by": "group", "reference": "reference", "point": PLACE, "fan": ()}
    given = veil_of_darkness(table, **asked, df=6).frame.iloc[0]
    if given["estimate"] == given["estimate"]:
        return given["estimate"], given["lower"], given["upper"], True
    window = window_of(table, place="force", point=PLACE).table
    fit = fit_veil(window, table.loc[window.index, "group"].eq("group").to_numpy(), df=6)
    return (*fit.ratio(0.95), False)


def run(setting, encounters, years, seed):
    """A row: how often limits leave out 1, with and without the placebo; bias and coverage without it."""
    rng = np.random.default_rng([seed, list(SETTINGS).index(setting), encounters])
    found = pd.DataFrame(
        [one(rng, setting, encounters) for _ in range(years)], columns=["ratio", "lower", "upper", "given"]
    )
    truth = SETTINGS[setting]
    higher, lower = found["lower"] > 1, found["upper"] < 1
    return {
        "setting": setting,
        "ratio": truth,
        "encounters": encounters,
        "years": years,
        "mean_log_ratio": np.log(found["ratio"]).mean(),
        "coverage": ((found["lower"] <= truth) & (found["upper"] >= truth)).mean(),
        "higher": higher.mean(),
        "lower": lower.mean(),
        "refused": 1 - found["given"].mean(),
        "higher_and_given": (higher & found["given"]).mean(),
        "lower_and_given": (lower & found["given"]).mean(),
        "seed": seed,
    }


def main():
    """Simulate all settings, print them and write them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--years", type=int, default=400)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path("docs/simulation_veil.csv"))
    options = parser.parse_args()
    rows = [run(setting, size, options.years, options.seed) for setting in SETTINGS for size in ENCOUNTERS]
    table = pd.DataFrame(rows)
    table.round(4).to_csv(options.out, index=False, lineterminator="\n")
    print(table.round(4).to_string(index=False))


if __name__ == "__main__":
    main()
