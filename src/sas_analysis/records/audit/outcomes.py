"""Rules on outcomes: no further action lost, arrests never published, outcomes that belong to other searches."""

import numpy as np

from sas_analysis.records import labels
from sas_analysis.records.audit import limits
from sas_analysis.records.audit.fields import holds
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import FEWEST, Months, median, of

# No further action is the outcome of 0.41 to 0.97 of the known outcomes of real months. Where it became a blank, none
# is left: 27 known outcomes without one have a chance below RARE at 0.4.
NO_ACTION, LEAST_NO_ACTION, OWN_NO_ACTION = 0.05, 0.4, 0.6
# Arrests are 0.025 to 0.30 of them in a month, 0.06 to 0.22 in a force's usual one. None in a month is lost where
# its own months have enough of them; none in the months around neither is never published.
LEAST_ARRESTS, OWN_ARRESTS, LEAST_IN_YEAR = 0.02, 0.5, 0.04
# Outcomes out of step: the logarithm of how much less likely the month's pairs of outcome and object are than if
# they had been drawn apart, by the pairs of the months around. Under those, e^-14 happens once in a million at most.
# It must be at least half of what drawing apart would give, so that pairs of a new kind are not taken for it.
OUT_OF_STEP, HALF, TELLS = -14.0, -0.5, 5.0
LEAST_LIFT = 0.25  # a pair that the months around never have is not held to be impossible
_KINDS = ("A no further action disposal", "Arrest", "Khat or Cannabis warning")


def rules(months: Months) -> list[dict]:
    """All findings of this family."""
    return [*_no_further_action(months), *_arrests(months), *_out_of_step(months)]


def _no_further_action(months: Months) -> list[dict]:
    positive = months.records["positive_outcome"]
    nothing = months.count(positive.eq(False).fillna(False).to_numpy(dtype=bool))
    known = months.count(positive.notna())
    usual = median(of(limits.share(nothing, known), months.neighbours))
    # Below the force's own share by a margin, where its months tell; they may have lost the label themselves.
    least = np.fmax(LEAST_NO_ACTION, OWN_NO_ACTION * usual)
    return found(
        months,
        "no further action lost",
        limits.under(nothing, known, limit=NO_ACTION, usual=least, chance=limits.RARE),
        value=limits.share(nothing, known),
        threshold=NO_ACTION,
        evidence=lambda i: (
            f"{nothing[i]:,} of {known[i]:,} known outcomes are no further action; "
            f"{months.n[i] - known[i]:,} of {months.n[i]:,} are unknown"
        ),
        field="outcome",
    )


def _arrests(months: Months) -> list[dict]:
    """Months without an arrest where it cannot be chance, in the month or together with those around."""
    outcome = months.records["outcome"]
    arrests = months.count(holds(outcome, ["Arrest"]))
    known = months.count(months.records["positive_outcome"].notna())
    usual = median(of(limits.share(arrests, known), months.neighbours))
    lost = (arrests == 0) & limits.under(
        arrests, known, limit=0, usual=np.fmax(LEAST_ARRESTS, OWN_ARRESTS * usual), chance=limits.RARE
    )
    around = np.where(months.neighbours >= 0, months.neighbours, len(months))
    wide, wide_known = (count + np.append(count, 0)[around].sum(axis=1) for count in (arrests, known))
    never = (wide == 0) & limits.under(wide, wide_known, limit=0, usual=LEAST_IN_YEAR, chance=limits.RARE)

    def text(i):
        here = f"none of {known[i]:,} known outcomes is an arrest"
        if never[i]:
            return f"{here}, and none of {wide_known[i]:,} with the months around"
        return f"{here}; {usual[i]:.1%} in the months around" if np.isfinite(usual[i]) else here

    return found(
        months,
        "no arrests",
        (lost | never) & (known > 0),
        value=0,
        threshold=LEAST_ARRESTS,
        evidence=text,
        field="arrest",
    )


def _out_of_step(months: Months) -> list[dict]:
    """Outcomes that no longer go with object and link as they do in the months around, as if of other records."""
    records = months.records
    outcome = records["outcome"]
    known = ~holds(outcome, [labels.NOT_RECORDED, labels.UNRECOGNISED])
    link = records["outcome_linked_to_object"]
    object_group = records["object_group"]
    named = known & ~holds(object_group, [labels.NOT_RECORDED, labels.UNRECOGNISED])
    kind = np.select([holds(outcome, [name]) for name in _KINDS], range(len(_KINDS)), len(_KINDS))
    scores = [
        _score(months, kind, object_group.cat.codes.to_numpy(), len(object_group.cat.categories), named),
        _score(months, kind, link.fillna(False).to_numpy(dtype=bool), 2, known & link.notna().to_numpy()),
    ]
    score, expected = (sum(part) for part in zip(*scores, strict=True))
    # Enough pairs that drawing them apart would show; else a few odd ones decide.
    here = (score < OUT_OF_STEP) & (score < HALF * expected) & (expected > -OUT_OF_STEP)
    for own, usual in scores:  # neither the objects nor the link field may say otherwise
        here &= (usual < TELLS) | (own < 0)
    whole = months.count(named)
    warned = holds(outcome, ["Khat or Cannabis warning"]) & named
    other = months.count(warned & ~holds(object_group, ["Drugs"]))
    warned = months.count(warned)
    return found(
        months,
        "outcomes out of step",
        here,
        value=score,
        threshold=OUT_OF_STEP,
        evidence=lambda i: (
            f"the outcomes of {whole[i]:,} searches do not go with what was searched for as they do in the months "
            f"around; {other[i]:,} of {warned[i]:,} cannabis warnings for other objects than drugs"
        ),
        field="outcome",
    )


def _score(months: Months, kind, other, width: int, among) -> tuple[np.ndarray, np.ndarray]:
    """For each month: log likelihood of its pairs by those around, less that of pairs drawn apart; and the usual one.

    Pairs are weighed by their lifts, so that a month with other shares of outcomes or of objects is not out of step.
    """
    kinds = len(_KINDS) + 1
    table = months.table(kind * width + other, kinds * width, among).reshape(-1, kinds, width)
    around = np.where((months.neighbours >= 0)[:, :, None, None], table[months.neighbours], 0).sum(axis=1)
    apart = _apart(around)
    pairs = around / np.maximum(around.sum(axis=(1, 2)), 1)[:, None, None]
    lift = np.maximum(np.divide(pairs, apart, out=np.ones_like(pairs), where=apart > 0), LEAST_LIFT)
    scale = (_apart(table) * lift).sum(axis=(1, 2))
    own = table.sum(axis=(1, 2))
    score = (table * np.log(lift)).sum(axis=(1, 2)) - own * np.log(np.where(scale > 0, scale, 1))
    enough = (of(own, months.neighbours) > 0).sum(axis=1) >= FEWEST
    return np.where(enough, score, 0), np.where(enough, own * (pairs * np.log(lift)).sum(axis=(1, 2)), 0)


def _apart(table: np.ndarray) -> np.ndarray:
    """Shares of pairs if both sides were drawn apart, by the shares of each."""
    table = table.astype(float)
    whole = np.maximum(table.sum(axis=(1, 2)), 1)[:, None, None]
    return table.sum(axis=2, keepdims=True) * table.sum(axis=1, keepdims=True) / whole**2
