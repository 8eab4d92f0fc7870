"""What the records are compared with: the forces, their census residents and the published figures.

forces      which forces there are, what each is called, and where rates per resident are refused
census      the censuses there are, and the months that the official series rests on each
population  census residents by force and ethnic group; authorities and age_sex: finer ones
areas       local authorities as polygons, found by name or code
outlines    simplified outlines of forces and authorities, for maps on pages
boundaries  where files of them are looked for, and whether they changed
denominators  whose residents the searches of a study are divided by
policy      rules, lockdowns and changes of labels in time, for annotation
published   official figures, and whether our residents reproduce their rates

The figures are data, in `tables/`; tables/README.md gives their sources and definitions.
"""

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@cache
def _table(name: str) -> "pd.DataFrame":
    """A table of `tables/` as text, blank cells being "". It is shared: copy before changing it."""
    import pandas as pd  # not by whoever needs `boundaries` alone

    path = resources.files(__name__) / "tables" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return pd.read_csv(stream, dtype=str, keep_default_na=False)
