"""A logit of arrests with effects of force and month on the national extract, fitted to counts per pattern.

`python model.py count PROCESSED PATTERNS`, then `python model.py ours|statsmodels PATTERNS OUT`.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

NAMES = ["force", "month", "ethnicity_5", "age_range", "gender"]


def patterns(processed: Path):
    """The searches of persons whose outcome is known, counted by pattern."""
    from sas_analysis.measures.outcomes.patterns import count_patterns
    from sas_analysis.records import store

    records = store.read(processed, columns=[*NAMES, "type", "arrest"])
    persons = records[records["type"].ne("Vehicle search")]
    names = [name for name in NAMES if name != "ethnicity_5"]
    return count_patterns(persons, "arrest", by="ethnicity_5", columns=names).rename(columns={"group": "ethnicity_5"})


def ours(table, hits, trials):
    from sas_analysis.measures.outcomes.label_design import design_of
    from sas_analysis.measures.outcomes.logit import clustered_covariance, fit_logit

    design = design_of(table, NAMES)
    fit = fit_logit(hits, trials, design)
    month = table["month"].cat.codes.to_numpy().astype(int)
    return fit.params, clustered_covariance(fit, hits, trials, design, month)


def statsmodels(table, hits, trials):
    import statsmodels.api as sm

    from sas_analysis.measures.outcomes.label_design import design_of

    design = design_of(table, NAMES).frame()
    model = sm.GLM(np.column_stack([hits, trials - hits]), design, family=sm.families.Binomial())
    fit = model.fit(tol=1e-12)
    scores = design.to_numpy() * (hits - trials * fit.fittedvalues.to_numpy())[:, None]
    month = table["month"].cat.codes.to_numpy()
    sums = np.array([scores[month == code].sum(axis=0) for code in range(month.max() + 1)])
    risk = fit.fittedvalues.to_numpy()  # the covariance of statsmodels is of the step before the last
    bread = np.linalg.inv((design.to_numpy() * (trials * risk * (1 - risk))[:, None]).T @ design.to_numpy())
    return fit.params.to_numpy(), len(sums) / (len(sums) - 1) * bread @ sums.T @ sums @ bread


def main(way: str, given: str, out: str) -> None:
    """Print rows, patterns and coefficients, processor seconds and GB of the fit; keep the coefficients in OUT."""
    if way == "count":
        patterns(Path(given)).to_parquet(out)
        return
    table = pd.read_parquet(given)
    hits, trials = (table[name].to_numpy(dtype=float) for name in ("hits", "trials"))
    {"ours": ours, "statsmodels": statsmodels}[way](table[:100], hits[:100], trials[:100])  # imports
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    params, covariance = {"ours": ours, "statsmodels": statsmodels}[way](table, hits, trials)
    seconds, after = time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    np.savez(out, params=params, errors=np.sqrt(np.diag(covariance)))
    size = {"rows": int(trials.sum()), "patterns": len(table), "coefficients": len(params)}
    print(json.dumps(size | {"cpu": seconds, "gb": (after - before) / 2**20}))


if __name__ == "__main__":
    main(*sys.argv[1:])
