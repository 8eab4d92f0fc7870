"""Fit the constants of the interval rule on processed records, and show them beside those of the package.

`make constants ARCHIVE=data/processed/archive` writes constants.csv; `read_constants("constants.csv")` reads it, and
every function of the rule takes the result as `constants=`.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from fit.model import fit_constants
from fit.records import usable_searches

from sas_analysis.measures.intervals.constants import SHIPPED


def beside_shipped(fitted):
    """`kind | tau0_sq | se_log | forces | series | shipped | shipped_se_log | standard_errors` of the difference."""
    shipped = pd.read_csv(SHIPPED).set_index("kind")
    table = fitted.set_index("kind")[["tau0_sq", "se_log", "forces", "series"]]
    table["shipped"], table["shipped_se_log"] = shipped["tau0_sq"], shipped["se_log"]
    table["standard_errors"] = np.log(table["tau0_sq"] / table["shipped"]) / table["shipped_se_log"]
    return table.reset_index()


def main():
    """Fit, write and compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--processed", type=Path, required=True, help="folder that sas-analysis clean wrote")
    parser.add_argument("--out", type=Path, default=Path("constants.csv"))
    parser.add_argument("--compare", type=Path, help="write the comparison with the package's constants here")
    parser.add_argument("--version", default="own")
    options = parser.parse_args()
    searches, months, left_out = usable_searches(options.processed)
    forces = searches["force"].astype("str").nunique()
    flagged = len(left_out[["force", "month"]].drop_duplicates())
    source = f"police.uk {months[0]}..{months[-1]}, {forces} forces, {flagged} flagged months left out"
    fitted = fit_constants(searches, months=months, source=source, version=options.version)
    fitted.to_csv(options.out, index=False)
    compared = beside_shipped(fitted).round(4)
    if options.compare:
        compared.to_csv(options.compare, index=False)
    print(source)
    print(compared.to_string(index=False))


if __name__ == "__main__":
    main()
