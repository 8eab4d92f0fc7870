"""Many comparisons at once: p-values within a declared family, by Benjamini and Hochberg."""

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests


def benjamini_hochberg(table, *, family, rate=0.05):
    """Declare what is compared, and say what stands out: adds `family | family_size | p_adjusted | distinct`.

    table : any with a column `p_value` (`funnel.funnel`), missing where nothing was tested. family : the text that
    says what belongs together ("Black to White, 43 forces, 2022/23"), or a column of the table whose values part it
    into families. Of those called distinct, at most `rate` are so by chance, on average; that needs the comparisons of
    a family to be independent, or positively related. Adjusted p-values are missing where there is none.
    Raises ValueError for p-values outside 0 to 1, or an empty declaration.
    """
    if not family:
        raise ValueError("say what the family of comparisons is: a text, or a column of the table")
    p = pd.Series(pd.array(table["p_value"]).to_numpy(dtype=float, na_value=np.nan), index=table.index)
    if ((p < 0) | (p > 1)).any():
        raise ValueError(f"{((p < 0) | (p > 1)).sum()} p-value(s) are not between 0 and 1")
    names = table[family].astype("str") if family in table.columns else pd.Series(family, index=table.index)
    adjusted = p.groupby(names).transform(_adjusted)
    return table.assign(
        family=names.astype("str"),
        family_size=p.groupby(names).transform("count").astype("Int64"),
        p_adjusted=adjusted,
        distinct=adjusted.le(rate).astype("boolean").mask(adjusted.isna()),
    )


def _adjusted(p):
    known = p.notna()
    result = p.copy()
    if known.any():
        result[known] = multipletests(p[known].to_numpy(), method="fdr_bh")[1]
    return result
