"""Rules on outcomes: no further action lost, arrests never published, outcomes that belong to other searches."""

import numpy as np

from sas_analysis.records import labels
from sas_analysis.records.audit import limits
from sas_analysis.records.audit.fields import holds
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months, median, of

# No further action is the outcome of 0.41 to 0.97 of the known outcomes of real months. Where it became a blank, none
# is left: 27 known outcomes without one have a chance below RARE at 0.4.
NO_ACTION, LEAST_NO_ACTION, OWN_NO_ACTION = 0.05, 0.4, 0.6
# Arrests are 0.025 to 0.30 of them. None in a month is lost where its own months have enough of them; none in a year
# and more is never published.
LEAST_ARRESTS, OWN_ARRESTS = 0.02, 0.5
# Outcomes out of step: the logarithm of how much less likely the month's pairs of outcome and object are than if
# they had been drawn apart, by the pairs of the months around. Under those, e^-14 happens once in a million at most.
OUT_OF_STEP, EACH = -14.0, -3.0
PRIOR = 20.0  # records as if drawn apart, added to the pairs of the months around
TELLS = 0.02  # logarithm per record: fewer, and the pairs of a force tell nothing


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
    never = (wide == 0) & limits.under(wide, wide_known, limit=0, usual=LEAST_ARRESTS, chance=limits.RARE)

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
    link = np.where(records["outcome_linked_to_object"].fillna(False).to_numpy(dtype=bool), 1, 0)
    linked = np.where(records["outcome_linked_to_object"].notna().to_numpy(), link, 2)
    object_group = records["object_group"]
    among = known & ~holds(object_group, [labels.NOT_RECORDED, labels.UNRECOGNISED])
    code = outcome.cat.codes.to_numpy().astype(np.int64)
    pairs = [
        (object_group.cat.codes.to_numpy().astype(np.int64), len(object_group.cat.categories), among),
        (linked, 3, known),
    ]
    scores = [_score(months, code, len(outcome.cat.categories), *pair) for pair in pairs]
    against, usual = (np.column_stack(part) for part in zip(*scores, strict=True))
    tells = usual >= TELLS
    here = np.where(tells, against, 0).sum(axis=1) < OUT_OF_STEP
    here &= (~tells | (against < EACH)).all(axis=1)
    whole = months.count(among)
    warned = holds(outcome, ["Khat or Cannabis warning"]) & among
    other = months.count(warned & ~holds(object_group, ["Drugs"]))
    warned = months.count(warned)
    return found(
        months,
        "outcomes out of step",
        here,
        value=np.where(tells, against, 0).sum(axis=1),
        threshold=OUT_OF_STEP,
        evidence=lambda i: (
            f"the outcomes of {whole[i]:,} searches do not go with what was searched for as they do in the months "
            f"around; {other[i]:,} of {warned[i]:,} cannabis warnings for other objects than drugs"
        ),
        field="outcome",
    )


def _score(months: Months, code, width: int, other, other_width: int, among) -> tuple[np.ndarray, np.ndarray]:
    """For each month: log likelihood of its pairs by the months around, less that of pairs drawn apart; and what the
    months around have of it for each record.
    """
    table = months.table(code * other_width + other, width * other_width, among).reshape(-1, width, other_width)
    there = (months.neighbours >= 0)[:, :, None, None]
    around = np.where(there, table[months.neighbours], 0).sum(axis=1).astype(float)
    apart = _apart(around)
    whole = around.sum(axis=(1, 2))
    enough = (np.isfinite(of(months.n, months.neighbours)).sum(axis=1) >= 4) & (whole > 0)
    pairs = (around + PRIOR * apart) / np.maximum(whole + PRIOR, 1)[:, None, None]
    # Lifts, so that a month with other shares of outcomes or of objects alone is not out of step.
    lift = np.log(np.divide(pairs, apart, out=np.ones_like(pairs), where=apart > 0))
    usual = (pairs * lift).sum(axis=(1, 2))
    own = _apart(table)
    scale = np.log(np.maximum((own * np.exp(lift)).sum(axis=(1, 2)), 1e-9))
    score = (table * lift).sum(axis=(1, 2)) - table.sum(axis=(1, 2)) * scale
    return np.where(enough, score, 0), np.where(enough, usual, 0)


def _apart(table: np.ndarray) -> np.ndarray:
    """Shares of pairs if both sides were drawn apart, by the shares of each."""
    table = table.astype(float)
    whole = np.maximum(table.sum(axis=(1, 2)), 1)[:, None, None]
    return table.sum(axis=2, keepdims=True) * table.sum(axis=1, keepdims=True) / whole**2
