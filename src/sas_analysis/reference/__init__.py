"""What the records are compared with: the forces, their census residents and the published figures.

forces      which forces there are, what each is called, and where rates per resident are refused
population  census residents by force and ethnic group
areas       local authorities as polygons, found by name or code
denominators  whose residents the searches of a study are divided by
published   official figures, and whether our residents reproduce their rates

The figures are data, in `tables/`; tables/README.md gives their sources and definitions.
"""

from functools import cache
from importlib import resources

import pandas as pd


@cache
def _table(name: str) -> pd.DataFrame:
    """A table of `tables/` as text, blank cells being "". It is shared: copy before changing it."""
    path = resources.files(__name__) / "tables" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return pd.read_csv(stream, dtype=str, keep_default_na=False)
