"""Whose word on ethnicity: self-defined, officer-defined and combined beside each other, and how far they disagree."""

import numpy as np
import pandas as pd
from scipy.stats import binom, norm, poisson
from statsmodels.stats.inter_rater import cohens_kappa

from sas_analysis.measures.coverage import in_months, published_force_months
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.outcomes.robust_test import NOT_ESTIMABLE
from sas_analysis.measures.rates.ratios import REFERENCE, disproportionality_ratio
from sas_analysis.measures.registry import MEASURES, RATE
from sas_analysis.measures.shares import UNKNOWN_LABELS, as_list, labels, share_of_searches, tally
from sas_analysis.measures.table import LIMITS, joined, measures_table
from sas_analysis.measures.tallied import tallied, tallied_in_time
from sas_analysis.measures.unknown.imputation import count_patterns, impute, imputed_ratio
from sas_analysis.records.select import with_ethnicity

SELF, OFFICER = "ethnicity_5", "officer_ethnicity_5"
# Accounts of a ratio, by name, in the order a reader compares them.
STATED, IMPUTED = "self-defined, stated", "self-defined, imputed"
SEEN, COMBINED = "officer-defined", "combined"
SAID_OF_BOTH, SEEN_OF_BOTH = "self-defined, both known", "officer-defined, both known"  # of the same searches
ACCOUNTS = (STATED, IMPUTED, SEEN, COMBINED, SAID_OF_BOTH, SEEN_OF_BOTH)
OF_ONE = (STATED, SEEN, SAID_OF_BOTH, SEEN_OF_BOTH)  # those by one description, which a figure sets beside each other
# A group is unused by one account where it names less than this part of those that the other account names ...
UNUSED_PART = 0.25
UNUSED_BY_CHANCE = 0.01  # ... and so few would be rarer than this, were the two counts alike. Of self-defined groups
UNUSED_SELF_BY_CHANCE = 1e-6  # it must be rarer, for some whom officers name so are of the far larger groups;
UNUSED_SELF_AT_ALL_BY_CHANCE = 1e-4  # of a group that nobody is recorded as, ten by officers are enough
# The codes by which officers describe appearance have no Mixed. Where a force records it all the same, it is of 0.6% of
# the searches described, or more (8 of 30 forces, 2019 to 2021): so how many have none without chance can be said.
NO_CODE, NO_CODE_WHERE_USED = "Mixed", 0.006
# Who has no code for Mixed writes Other. That is no group of residents where fewer than this part of those described so
# say Other themselves, of whom both are known, and so few would be rarer by chance than `UNUSED_BY_CHANCE` (binomial).
INSTEAD, INSTEAD_PART = "Other", 0.5
_ESTIMATES = ("estimate", *LIMITS, "without", "lowest", "highest")  # and what the estimate could be instead
_BEYOND_EXPECTED = ("rate_difference", "excess_searches")  # measures whose numerator rests on a rate as well
# Reasons for no estimate that follow where a group has no searches: why it has none is the better one.
_NO_SEARCHES = ("no search of this group", "no delta brings parity", "no allocation of the unknown brings parity")
UNUSED_TOGETHER = 0.05  # forces that hold no more of a group by the other account are let pass in a pooled estimate


def ratios_by_account(
    searches,
    grid,
    residents,
    *,
    problem=None,
    chinese="Asian",
    patterns=None,
    reference=REFERENCE,
    draws=50,
    seed=1,
    level=0.95,
    interval="process",
):
    """Every group's ratio by every account of ethnicity: groups `account | ethnicity_5`.

    searches : clean table of the forces of `residents`. grid : `coverage.coverage_grid` of them. residents, problem :
    as `exposure.Exposure`. patterns : `imputation.count_patterns` of the same searches, where they are counted already;
    `searches` may then be `tallied`. The rest as `ratios.disproportionality_ratio` and `select.with_ethnicity`.
    Accounts: self-defined, stated (the unknown left out); self-defined, imputed (`imputation`); officer-defined;
    combined (self-defined where stated, else officer-defined); and self-defined and officer-defined of the same
    searches, those of which both are known: what the two describe differently is told apart from whom one of them alone
    describes. Groups that officers do not use, or use for people of another group (`withheld_groups`), are missing in
    the officer's accounts, and those that nobody is recorded as by their own word in the self-defined and in the
    combined, which takes that word first, with the reason.
    Measures: `disproportionality_ratio`, and `imputed_ratio` for the imputed.
    """
    searches = in_months(searches, published_force_months(grid))
    options = {"reference": reference, "level": level, "interval": interval}
    both = searches[~searches[SELF].isin(UNKNOWN_LABELS) & ~searches[OFFICER].isin(UNKNOWN_LABELS)]
    of_whom = {STATED: (searches, "self"), SEEN: (searches, "officer"), COMBINED: (searches, "combined")}
    of_whom |= {SAID_OF_BOTH: (both, "self"), SEEN_OF_BOTH: (both, "officer")}
    tables = {}
    for account, (counted, scheme) in of_whom.items():
        of_scheme = with_ethnicity(counted, scheme=scheme, chinese=chinese)
        exposure = Exposure.of(of_scheme, grid, residents, by=SELF, problem=problem)
        tables[account] = disproportionality_ratio(exposure, **options)
        if account == STATED:
            imputation = impute(patterns or count_patterns(of_scheme), draws=draws, seed=seed)
            tables[IMPUTED] = imputed_ratio(imputation, exposure, **options)
    unused = {whose: withheld_groups(searches, whose=whose) for whose in ("officer", "self")}
    for account, table in tables.items():
        whose = "officer" if account in (SEEN, SEEN_OF_BOTH) else "self"
        tables[account] = withhold(table, unused[whose], whose=whose, reference=reference)
    rows = [table.assign(account=account) for account, table in tables.items()]
    table = pd.concat(rows, ignore_index=True)
    table = table[~table[SELF].isin(UNKNOWN_LABELS)]
    table["account"] = pd.Categorical(table["account"], categories=ACCOUNTS)
    table = table.sort_values("account", kind="stable", ignore_index=True)
    return table[["account", *(column for column in table.columns if column != "account")]]


def unused_groups(searches, *, by=SELF, officer=OFFICER, whose="officer"):
    """Groups that one account of ethnicity hardly ever uses in a force: `force | group | self | officer | share`.

    whose : "officer", groups of self-defined ethnicity that officers do not use; "self", groups that officers name and
    that nobody is recorded as by their own word (a form without the box, a default that takes its place). self, officer
    : searches of the group by each account, among those where both are known. One rule for both: a group is unused
    where it has under `UNUSED_PART` = 25% of the searches that it has by the other account, and chance explains that in
    under `UNUSED_BY_CHANCE` = 1%, of self-defined groups `UNUSED_SELF_BY_CHANCE` = 1e-6, or 1e-4 where it has none at
    all (Poisson with the other count as mean). Officers who describe none of many searches as Mixed do not use it,
    whatever people said: it is not among the codes of appearance. Searches whose own group officers do not use are not
    held against self-defined groups: officers had to put them elsewhere. share : of the searches of the group by the
    other account, all forces together, those of this force. One row per such force and group; none means that all are
    used.
    """
    return _unused(*_described(searches, by, officer), by, officer, whose)


def _described(searches, by, officer):
    """Counts by force and both accounts: of searches that officers described, and of those with their own word too."""
    counts = tally(searches, ["force", by, officer])
    seen = counts[~counts[officer].isin(UNKNOWN_LABELS)]
    return seen, seen[~seen[by].isin(UNKNOWN_LABELS)]


def _unused(seen, counts, by, officer, whose):
    """`unused_groups` of what `_described` counts."""
    by_officers = _less_used(counts, by, officer, less="officer", more="self")
    by_officers = _with_no_code(by_officers, seen, counts, by, officer)
    if whose == "officer":
        return by_officers
    nameless = pd.MultiIndex.from_frame(by_officers[["force", "group"]])
    own = pd.MultiIndex.from_frame(counts[["force", by]].astype("str"))
    found = _less_used(counts[~own.isin(nameless)], by, officer, less="self", more="officer")
    there = pd.MultiIndex.from_frame(found[["force", "group"]]).isin(nameless)  # its own searches are not among these
    return found[~there].reset_index(drop=True)


def withheld_groups(searches, *, by=SELF, officer=OFFICER, whose="officer"):
    """The groups of a force that an account gives no ratio of: `force | group | self | officer | share | alike`.

    Those of `unused_groups`, whose arguments these are; and of officers *Other*, where they do not use *Mixed* and of
    those whom they call Other, and whose own word is known, under `INSTEAD_PART` = 50% say so, by more than chance
    (binomial, under `UNUSED_BY_CHANCE` = 1%): the searches are then mostly of people who are no Other residents.
    alike : of the latter, searches that both accounts call so; missing for unused groups.
    """
    described, counts = _described(searches, by, officer)
    unused = _unused(described, counts, by, officer, whose).assign(alike=np.nan)
    if whose != "officer" or not unused["group"].eq(NO_CODE).any():
        return unused
    seen, said = (counts[counts[column].eq(INSTEAD)] for column in (officer, by))
    rows = pd.DataFrame({"officer": _by_force(seen)}).rename_axis("force")
    rows["self"], rows["alike"] = _by_force(said), _by_force(seen[seen[by].eq(INSTEAD)])
    rows = rows.fillna(0).reset_index().assign(group=INSTEAD)
    rows["share"] = rows["officer"] / rows["officer"].sum()
    chance = binom.cdf(rows["alike"], rows["officer"], INSTEAD_PART)
    lacks = set(unused["force"][unused["group"].eq(NO_CODE)])
    rows = rows[(chance < UNUSED_BY_CHANCE) & (rows["alike"] < INSTEAD_PART * rows["officer"])]
    rows = rows[rows["force"].isin(lacks) & ~rows["force"].isin(unused["force"][unused["group"].eq(INSTEAD)])]
    return pd.concat([unused, rows[list(unused.columns)]], ignore_index=True) if len(rows) else unused


def _less_used(counts, by, officer, *, less, more):
    sides = {"self": by, "officer": officer}
    sums = {
        name: counts.groupby(["force", side], observed=True)["searches"].sum().rename_axis(["force", "group"])
        for name, side in sides.items()
    }
    sums = {name: amounts.rename(name).reset_index().astype({"group": "str"}) for name, amounts in sums.items()}
    sums = {name: table.astype({"force": "str"}) for name, table in sums.items()}
    table = sums[more].merge(sums[less], how="left").fillna({less: 0})
    few = table[less] < UNUSED_PART * table[more]
    chance = poisson.cdf(table[less].to_numpy(dtype=float), table[more].to_numpy(dtype=float))
    table["share"] = table[more].astype(float) / table.groupby("group")[more].transform("sum").astype(float)
    columns = ["force", "group", "self", "officer", "share"]
    of_self = np.where(table[less].eq(0), UNUSED_SELF_AT_ALL_BY_CHANCE, UNUSED_SELF_BY_CHANCE)
    rare = UNUSED_BY_CHANCE if less == "officer" else of_self
    return table.loc[few & (chance < rare), columns].reset_index(drop=True)


def _with_no_code(unused, seen, counts, by, officer):
    """The groups that officers do not use, and Mixed in each force where no search is described so.

    seen, counts : of the searches that officers described, and of those whose own word is known too. Where nobody said
    Mixed either, the share is of all searches described.
    """
    described = _by_force(seen)
    own = _by_force(counts[counts[by].eq(NO_CODE)]).reindex(described.index, fill_value=0)
    shares = own / own.sum() if own.sum() else described / described.sum()
    named = set(_by_force(seen[seen[officer].eq(NO_CODE)]).index) | set(unused["force"][unused["group"].eq(NO_CODE)])
    chance = poisson.pmf(0, NO_CODE_WHERE_USED * described.to_numpy())
    lacks = described.index[(chance < UNUSED_BY_CHANCE) & ~described.index.isin(named)]
    rows = pd.DataFrame({"self": own[lacks], "officer": 0, "share": shares[lacks]}).rename_axis("force").reset_index()
    rows = rows.assign(group=NO_CODE)[list(unused.columns)]
    return pd.concat([unused, rows], ignore_index=True) if len(rows) else unused


def _by_force(counts):
    """Searches by force, of those that have any."""
    sums = counts["searches"].astype(float).groupby(counts["force"].astype("str")).sum()
    return sums[sums > 0]


def unused_together(unused):
    """The groups of `withheld_groups` that forces taken together cannot be compared in, as `withhold` says."""
    shares = unused.groupby("group")["share"].sum()
    return set(shares.index[shares > UNUSED_TOGETHER])


def withhold(table, unused, *, by=SELF, whose="officer", within="force", reference=""):
    """A table of groups without estimates for groups that are not used, and for all that are compared with such a one.

    table : any measures table with the column `by`, and `within` if it is by place; of another table all fractions go.
    unused, whose : of `withheld_groups`; `within` : the column that says whose row each is, in both tables. reference :
    the group that ratios and differences are relative to; "" where none of the table are.
    Forces taken together have an estimate of a group where those that do not use it have at most `UNUSED_TOGETHER` = 5%
    of it by the other account; the note names them where there is none.
    """
    table = table.copy()
    by_place = within in table.columns and "without" not in table.columns
    if not by_place:
        unused = unused[unused["group"].isin(unused_together(unused))]
    if unused.empty:
        return table
    of_row, of_unused = (
        own[within].astype("str") if by_place else pd.Series("", index=own.index) for own in (table, unused)
    )
    rows = {}
    for place, row in zip(of_unused.tolist(), unused.to_dict("records"), strict=True):
        rows.setdefault((place, row["group"]), []).append(row)
    known = {key: _why(own, whose) for key, own in rows.items()}
    places, groups = of_row.tolist(), table[by].astype("str").tolist()
    why = [
        _of_reference(known.get((place, reference), ""), reference) if relative else ""
        for place, relative in zip(places, _relative(table).tolist(), strict=True)
    ]
    why = [base or known.get(key, "") for base, key in zip(why, zip(places, groups, strict=True), strict=True)]
    return without_estimates(table, np.array(why, dtype=object))


def _of_reference(why, reference):
    """The reason of a group that is not used, told of all that is relative to it; "" of one that is used."""
    return why.replace(f"{NOT_ESTIMABLE}: ", f"{NOT_ESTIMABLE}: {reference} cannot be the reference group: ", 1)


def _relative(table):
    """Which rows of a table are relative to a reference group: all that rest on residents but rates."""
    if "measure" not in table:
        return pd.Series(True, index=table.index)
    return table["measure"].map(
        lambda name: name in MEASURES and MEASURES[name].residents and MEASURES[name].kind != RATE
    )


def _why(unused, whose):
    """Why a group has no estimate; unused : its rows of `withheld_groups`, as dicts."""
    seen, said = (sum(row[name] for row in unused) for name in ("officer", "self"))
    who, group = ", ".join(row["force"] for row in unused), unused[0]["group"]
    if all(row.get("alike", np.nan) >= 0 for row in unused):  # missing for a group that is not used
        alike = sum(row["alike"] for row in unused)
        return f"{NOT_ESTIMABLE}: {instead(who)} ({alike:,.0f} of {seen:,.0f} say {INSTEAD}, where both are known)"
    part = f"{seen:,.0f} searches by officers, {said:,.0f} self-defined"
    what = {"officer": f"officers of {who} do not use {group}", "self": f"self-defined {group} is not used in {who}"}
    return f"{NOT_ESTIMABLE}: {what[whose]} ({part}, where both are known)"


def instead(of=""):
    """Why officers' *Other* is no group of residents, as a reason. of : the forces whose officers these are."""
    who = f"officers{f' of {of}' * bool(of)}"
    return f"{who} do not use {NO_CODE}, and most of those whom they call {INSTEAD} say another group"


def _of_its_searches(note):
    """Whether a reason only says what follows where a group has no searches."""
    return isinstance(note, str) and any(reason in note for reason in _NO_SEARCHES)


def without_estimates(table, why):
    """A table without the estimates of some rows. why : of every row, "" where its estimate stays.

    A row that has no estimate keeps its own reason, unless that only says what follows from having no searches.
    """
    out = why != ""
    names = list(table.select_dtypes("float").columns)
    if "estimate" in table:
        noted = table["note"].map(_of_its_searches).to_numpy(dtype=bool) if "note" in table else False
        out &= table["estimate"].notna().to_numpy() | noted
        names = [name for name in _ESTIMATES if name in table and pd.api.types.is_numeric_dtype(table[name])]
    if "note" in table and not out.any():
        return table
    table.loc[out, names] = np.nan
    if "measure" in table and (beyond := table["measure"].isin(_BEYOND_EXPECTED)).any():
        table.loc[out & beyond, "numerator"] = np.nan
    moved_by = {"force"} if "without" in names else set()  # the force without which an estimate moves most
    for name in ({"interval", "verdict", "verdicts_by_base"} | moved_by) & set(table):
        table.loc[out, name] = ""
    if "estimate" not in table:  # of a test, whose rows without a verdict say so by name
        table.loc[out, [name for name in table if name == "verdict" or name.startswith("verdict_")]] = NOT_ESTIMABLE
    table.loc[out, "note"] = why[out]
    return table


def disagreement(searches, *, by=SELF, officer=OFFICER, level=0.95, interval="process"):
    """Self-defined against officer-defined groups, with shares in both directions: groups `within | <by> | <officer>`.

    within : "self-defined", the share is of the searches of the self-defined group, or "officer-defined". Measure
    `share_of_searches`, whose level and interval these are. Unknown is a row and a column.
    """
    given = {"level": level, "interval": interval}
    searches = tallied_in_time(searches, [by, officer])
    of_self = share_of_searches(searches, officer, within=by, **given)
    of_officer = share_of_searches(searches, by, within=officer, **given)
    columns = [by, officer, *of_self.columns[2:]]
    tables = [of_self[columns].assign(within="self-defined"), of_officer[columns].assign(within="officer-defined")]
    return pd.concat(tables, ignore_index=True)[["within", *columns]]


def agreement(searches, *, within=(), by=SELF, officer=OFFICER, level=0.95):
    """Cohen's kappa of self-defined and officer-defined groups, where both are known: measure `kappa`.

    within : columns, a row per group of them. numerator = searches that agree beyond those expected by chance,
    denominator = searches less those expected to agree by chance; 1 is full agreement, 0 what chance gives. Interval:
    asymptotic (Fleiss, Cohen and Everitt 1969; statsmodels `cohens_kappa`).
    """
    within = as_list(within)
    searches = tallied(searches, [*within, by, officer])
    known = searches[~labels(searches[by]).isin(UNKNOWN_LABELS) & ~labels(searches[officer]).isin(UNKNOWN_LABELS)]
    names = [*dict.fromkeys([*labels(known[by]).cat.categories, *labels(known[officer]).cat.categories])]
    groups = tally(searches, within)[within] if within else pd.DataFrame(index=[0])
    counts = tally(known, [*within, by, officer])
    keys = joined(counts[within]) if within else pd.Series("", index=counts.index)
    wanted = joined(groups[within]) if within else pd.Series([""])
    rows = [_kappa(counts[keys.eq(key)], by, officer, names) for key in wanted]
    numerator, denominator, error = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    margin = norm.isf((1 - level) / 2) * error
    kappa = np.divide(numerator, denominator, out=np.full(len(rows), np.nan), where=denominator > 0)
    return measures_table(
        groups,
        measure="kappa",
        numerator=numerator,
        denominator=denominator,
        limits=(kappa - margin, np.minimum(kappa + margin, 1)),
        interval=interval_name("asymptotic", level),
        note="agreement beyond chance, where both are known",
        reason=np.where(denominator > 0, "", "not estimable: all searches with both known are of one group, or none"),
    )


def _kappa(counts, by, officer, names):
    """(agreeing beyond chance, most that could, standard error of kappa) of one table of counts."""
    table = np.zeros((len(names), len(names)))
    place = [pd.Index(names).get_indexer(counts[column].astype("str")) for column in (by, officer)]
    np.add.at(table, tuple(place), counts["searches"].to_numpy(dtype=float))
    total = table.sum()
    if total == 0:
        return 0.0, 0.0, np.nan
    chance = (table.sum(axis=0) * table.sum(axis=1)).sum() / total
    if np.isclose(chance, total):
        return 0.0, 0.0, np.nan
    return np.trace(table) - chance, total - chance, cohens_kappa(table).std_kappa
