"""Rules on objects, and on the link between outcome and object."""

import numpy as np

from sas_analysis.records import labels
from sas_analysis.records.audit import limits
from sas_analysis.records.audit.fields import holds
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months
from sas_analysis.records.link_field import (
    BLANK,
    FILLED,
    NOT_PUBLISHED_BELOW,
    ROWS_TO_JUDGE,
    TRUE_AMONG_ACTION,
    TRUE_AMONG_NFA,
    TRUE_AMONG_NFA_MOST,
)

# Objects other than the one the legislation names. Real: 0 to 0.07. Of one piece of legislation: 0 to 0.10.
DISAGREE, USUAL_DISAGREE = 0.10, 0.05
DISAGREE_ONE, USUAL_DISAGREE_ONE = 0.5, 0.15
FEWEST_ONE = 20
# The commonest object where the legislation leaves it open (stolen goods, weapons, tools ...). Real: 0.32 to 0.90,
# and where the field is broken 1.00.
ONE_OBJECT, USUAL_ONE_OBJECT = 0.97, 0.85

# The link field is judged by the month, or where that is too small by it and the months around.
USUAL_TRUE_AMONG_ACTION = (0.20, 0.95)  # real: 0.40 to 0.86 where the field carries information
LINK_MEANINGS = {
    "not published": "note",
    "filled for action only": "note",
    "partly filled": "warning",
    "constant": "warning",
    "True for most no further action": "warning",
    "True for some no further action": "warning",
}


def rules(months: Months) -> list[dict]:
    """All findings of this family."""
    return [*_objects(months), *_link(months)]


def _objects(months: Months) -> list[dict]:
    records = months.records
    law, group = records["legislation"], records["object_group"]
    expected = _expected(law, group)
    code = group.cat.codes.to_numpy()
    recorded = ~holds(group, [labels.NOT_RECORDED, labels.UNRECOGNISED])
    named, open_ = recorded & (expected >= 0), recorded & (expected == -1) & holds(law, _open_laws())
    wrong = named & (code != expected)
    rows = _disagreement(months, wrong, named)
    counts = months.table(code.astype(np.int64), len(group.cat.categories), open_)
    top, whole, which = counts.max(axis=1), counts.sum(axis=1), counts.argmax(axis=1)
    one = limits.over(top, whole, limit=ONE_OBJECT, usual=USUAL_ONE_OBJECT, chance=limits.CHANCE)
    nearly_all = limits.share(top, whole) >= ONE_OBJECT
    unlike = nearly_all & (_chance_of_top(months, counts, which, nearly_all) < limits.CHANCE)
    told = dict(
        value=limits.share(top, whole),
        threshold=ONE_OBJECT,
        evidence=lambda i: (
            f"{group.cat.categories[which[i]]} in {top[i]:,} of {whole[i]:,} searches under legislation that names no "
            "object"
        ),
        field="object_of_search",
    )
    rows += found(months, "one object", one, **told)
    # Too few to condemn the field, and yet unlike the force's own months: an operation can do that.
    return rows + found(months, "one object", unlike & ~one, **told, severity="warning", action="keep")


def _chance_of_top(months: Months, counts: np.ndarray, which: np.ndarray, where) -> np.ndarray:
    """Of as many records of each month's commonest object, by the share it has in the months around."""
    whole = counts.sum(axis=1)
    chance = np.ones(len(months))
    for code in np.unique(which[where]):
        here = where & (which == code)
        chance[here] = limits.many_by_neighbours(months, counts[:, code], whole, here)[here]
    return chance


def _expected(law, group) -> np.ndarray:
    """Code of the object group that each record's legislation names; -1 where it names none."""
    table = labels.crosswalk("legislation").drop_duplicates("standard").set_index("standard")["object_group_expected"]
    names = [table.get(name, "") for name in law.cat.categories]
    return np.array([*group.cat.categories.get_indexer(names), -1])[law.cat.codes.to_numpy()]


def _open_laws() -> list[str]:
    table = labels.crosswalk("legislation")
    return list(table["standard"][table["object_group_expected"].eq("")])


def _disagreement(months: Months, wrong, named) -> list[dict]:
    law = months.records["legislation"]
    names, code = law.cat.categories, law.cat.codes.to_numpy().astype(np.int64)
    part, whole = (months.table(code, len(names), mask) for mask in (wrong, named))
    enough = np.where(whole >= FEWEST_ONE, whole, 0)
    one = limits.over(
        part.ravel(), enough.ravel(), limit=DISAGREE_ONE, usual=USUAL_DISAGREE_ONE, chance=limits.RARE
    ).reshape(part.shape)
    total, base = part.sum(axis=1), whole.sum(axis=1)
    over = limits.over(total, base, limit=DISAGREE, usual=USUAL_DISAGREE)

    def text(i):
        worst = [f"{names[j]}: {part[i, j]:,} of {whole[i, j]:,}" for j in np.flatnonzero(one[i])]
        told = f"{total[i]:,} of {base[i]:,} objects are not what the legislation names ({total[i] / base[i]:.1%})"
        return "; ".join([told, *worst])

    return found(
        months,
        "object disagrees",
        over | one.any(axis=1),
        value=limits.share(total, base),
        threshold=np.where(over, DISAGREE, DISAGREE_ONE),
        evidence=text,
        field="object_of_search",
    )


def _link(months: Months) -> list[dict]:
    counts = _link_counts(months)
    own = np.minimum(counts["nfa"], counts["action"]) >= ROWS_TO_JUDGE
    around = np.where(months.neighbours >= 0, months.neighbours, len(months))
    wide = {name: count + np.append(count, 0)[around].sum(axis=1) for name, count in counts.items()}
    judged = {name: np.where(own, count, wide[name]) for name, count in counts.items()}
    meanings = _meanings(judged, wide)
    share = limits.share
    rows = []
    for meaning, severity in LINK_MEANINGS.items():
        rows += found(
            months,
            "link field",
            meanings == meaning,
            value=share(judged["filled"], judged["rows"]),
            threshold=FILLED,
            severity=severity,
            field="outcome_linked_to_object",
            evidence=lambda i, meaning=meaning: (
                f"{meaning}: filled in {share(judged['filled'], judged['rows'])[i]:.1%}; of no further action filled "
                f"{share(judged['filled_nfa'], judged['nfa'])[i]:.1%}, True {judged['true_nfa'][i]:,} of "
                f"{judged['nfa'][i]:,}; of other outcomes filled "
                f"{share(judged['filled_action'], judged['action'])[i]:.1%}, True {judged['true_action'][i]:,} of "
                f"{judged['action'][i]:,}" + ("" if own[i] else " (with the months around)")
            ),
        )
    return rows


def _link_counts(months: Months) -> dict[str, np.ndarray]:
    positive, link = months.records["positive_outcome"], months.records["outcome_linked_to_object"]
    filled, true = link.notna().to_numpy(), link.fillna(False).to_numpy(dtype=bool)
    counts = {"rows": months.n, "filled": months.count(filled)}
    for kind, value in (("nfa", False), ("action", True)):
        among = positive.eq(value).fillna(False).to_numpy(dtype=bool)
        counts |= {
            kind: months.count(among),
            f"filled_{kind}": months.count(among & filled),
            f"true_{kind}": months.count(among & true),
        }
    return counts


def _meanings(c: dict[str, np.ndarray], wide: dict[str, np.ndarray]) -> np.ndarray:
    """The first that applies, each only where the limit is passed by more than chance; "" is what it should mean.

    c : counts to judge by. wide : with the months around; a share of True that is over the limit in a month is
    believed where that of the months around is so by more than chance.
    """

    def over(part, whole, limit, usual=None):
        return limits.over(c[part], c[whole], limit=limit, usual=usual or limit)

    def under(part, whole, limit, usual=None):
        return limits.under(c[part], c[whole], limit=limit, usual=usual or limit)

    few = np.minimum(c["nfa"], c["action"]) < ROWS_TO_JUDGE
    unfilled = limits.share(c["filled"], c["rows"]) < NOT_PUBLISHED_BELOW
    nfa_blank = limits.share(c["filled_nfa"], c["nfa"]) <= BLANK
    partly = under("filled_action", "action", FILLED) | (
        over("filled_nfa", "nfa", BLANK) & under("filled_nfa", "nfa", FILLED)
    )
    (least, most), (low, high) = TRUE_AMONG_ACTION, USUAL_TRUE_AMONG_ACTION
    constant = over("true_action", "action", most, high) | under("true_action", "action", least, low)
    mostly = over("true_nfa", "filled_nfa", TRUE_AMONG_NFA_MOST)
    known = limits.over(wide["true_nfa"], wide["filled_nfa"], limit=TRUE_AMONG_NFA, usual=TRUE_AMONG_NFA)
    here = limits.share(c["true_nfa"], c["filled_nfa"]) >= TRUE_AMONG_NFA
    some = over("true_nfa", "filled_nfa", TRUE_AMONG_NFA) | (here & known)
    conditions = {
        "not published": unfilled & (c["rows"] >= ROWS_TO_JUDGE),
        "": few,
        "partly filled": partly,
        "constant": constant,
        "True for most no further action": mostly,
        "True for some no further action": some,
        "filled for action only": nfa_blank,
    }
    return np.select(list(conditions.values()), list(conditions), default="")
