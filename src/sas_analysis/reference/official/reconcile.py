"""Whether the records agree with official statistics: a light for each force, year (ending in March) and measure.

Definitions. Official counts leave vehicle-only searches out (table SS_20 has them), and so do ours beside them.
Ethnicity is self-defined; shares are of the searches of known ethnicity, in the grouping of the official table
(Chinese in Other to 2019/20). Counts are compared for whole years, the ethnic mix for six months or more.

A year of nine to eleven months of ours has a count between bounds: the months that lack hold none at least, and at most
`MOST_OF_A_MONTH` times the largest of the others each. It is compared where every number between these is farther off
than a green one, by the nearest of them; else not. In 550 whole years (any twelve months on end) of the records of 30
forces, 2019 to 2021, a month held more than that in 2 of 1,000, beside the eleven others of its year; two or three
months together in fewer.
A part of a year holds no more than the whole of it. Where some months of ours hold more searches than the official
year has in all, of known ethnicity or of one group, that is said and does not agree, however near the shares are: by
more than `ROUNDING` searches, or than the rounding of ours. It is red where it is beyond the limits of counts, and of a
group beyond chance too, for a search may be described otherwise in one edition than in another.

How the limits were chosen: published editions of one figure agree exactly in 41 of 43 forces (2022/23), and
nationally to 0.05% (2017/18). In the two forces revised since, the count moved by 11% and 23% and the shares
by less than 0.003. From one year to the next the mix of a force with 500 searches or more moves by 0.013 to 0.018
(median), 0.05 (95th percentile) and 0.07 (99th); its Black searches per White search by a factor of 1.12 to 1.16
(median), 1.22 to 1.30 (75th percentile), 1.5 to 1.6 (95th) and 1.7 to 2.1 (99th). So a mix that is as far from the
official one of its own year as another year's would be is not green, and one as far as few years ever are is red.
Whatever the light, figures of another year are never told as those of the year: `other_years` says which rows are so.
"""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pandas as pd

from sas_analysis.names import check_table
from sas_analysis.processes import each
from sas_analysis.reference.official.counts import OFFICIAL_COLUMNS, by_force, official_searches
from sas_analysis.reference.official.other_years import other_year
from sas_analysis.reference.official.ours import largest_months, searches_of_years
from sas_analysis.reference.population import GROUPS_5
from sas_analysis.rounding import round_to_of

# (green up to, amber up to); beyond is red.
COUNT_LIMITS = (0.05, 0.15)  # ours / official - 1, either way
SHARE_LIMITS = (0.02, 0.05)  # difference of shares, or half the sum of the differences of all shares
RATIO_LIMITS = (1.10, 1.25)  # factor between ours and official, either way
NEIGHBOUR_SHARE_LIMITS = (0.05, 0.08)  # the same beside the official year before or after
NEIGHBOUR_RATIO_LIMITS = (1.6, 2.1)
NEIGHBOUR_YEARS = 1
MONTHS_FOR_MIX = 6
MONTHS_FOR_BOUNDS = 9  # of a year, from which its count has an upper bound
MOST_OF_A_MONTH = 1.5  # times the largest of the months that count: the most that another of the year is taken to hold
FEWEST_KNOWN = 50  # searches of known ethnicity, ours and official
FEWEST_OF_GROUP = 10  # official searches of a group, below which it is not set beside White
ROUNDING = 1  # searches by which a part may exceed the whole: one that an edition has and another has not
LEVEL = 0.95  # of the sampling error that a difference must exceed to count
COUNTED = ("searches", "searches with vehicle-only", "searches of known ethnicity")  # measures that are counts
AT_LEAST = "the difference is the least that it can be"  # in the note of a count of a year that lacks months
ONE_WORD = "the number agrees by one description of ethnicity and not by the other"  # in the note of a count
MORE_THAN_WHOLE = "a part of the year holds more than the whole year"  # in the note of a count that cannot be
PER_WHITE = " per White search"  # the measures that are compared by factors: as far up as down in logs
_PER_WHITE = ("Mixed", "Asian", "Black")  # Other is small, and from year to year it moves by a factor of four
_NO_FIGURES = "no official figures of this year are carried; home_office reads newer tables"
_Z = 1.96
_DRAWS = 2000

GREEN, AMBER, RED, GREY = "green", "amber", "red", "cannot be compared"
# As near to the official figures of another year as years are to each other: no sign of a fault, and no agreement.
ANOTHER_YEAR = "another year"
GRAVEST = (RED, AMBER, GREEN, ANOTHER_YEAR, GREY)  # what could not be compared colours nothing that could
RECONCILE_COLUMNS = [
    *("force", "year_ending", "compared_with", "measure"),
    *("official", "ours", "difference", "limit", "light", "note"),
]


def reconcile(
    counts: pd.DataFrame, *, published: pd.DataFrame | None = None, official: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Ours beside the official figure, a row per force, year and measure; `Study.official` has it for a study.

    Parameters
    ----------
    counts : DataFrame
        As `count_records` returns.
    published : DataFrame, optional
        `force | month` of the months to use: those with a file and, after an audit, without a flag. By default the
        months that have searches.
    official : DataFrame, optional
        As `official_searches` or `home_office.searches_by_force` returns; by default the former.

    Returns
    -------
    DataFrame
        `force | year_ending | compared_with | measure | official | ours | difference | limit | light | note`.
        `compared_with`: the official year. `difference`: for counts and for searches per White search, ours / official
        - 1, and for the count of a year that lacks months the least that it can be, which the note says; for shares,
        ours less official; for "ethnic mix", half the sum of the absolute differences of the five shares. `limit`: how
        far off a green one may be, either way, with what chance gives; of searches per White search that is a factor,
        so that as far down is 1 / (1 + limit) - 1. `light`: "green" (of the same year only),
        "another year" (as near to it as years are to each other), "amber", "red", or "cannot be compared"; these come
        last. The note says why, and what else the reader must know. Of a year that lacks months, "searches of Black
        ethnicity" and its like are there where they are more than the whole year officially has.

    Notes
    -----
    Where no official figure of the year is carried, the mix is set beside that of the year before or after, with
    wider limits.

    Examples
    --------
    >>> from sas_analysis.reference.official.ours import count_records
    >>> beside = sas.reconcile(count_records(study.records))
    >>> beside[["year_ending", "compared_with", "measure", "official", "ours", "light"]].round(2).head(1)
      year_ending compared_with      measure  official  ours         light
    0     2019-03       2018-03  share White      0.39  0.36  another year
    """
    check_table(counts, "the counts", "study.official, which has the comparison")
    _require(counts, ["force", "month", "vehicle_only", "ethnicity_5", "ethnicity_5_2001", "searches"], "counts")
    official = official_searches() if official is None else official
    _require(official, OFFICIAL_COLUMNS, "official figures")
    months = (counts if published is None else published)[["force", "month"]].drop_duplicates().astype(str)
    months["year_ending"] = months["month"].map(year_of)
    years = months.groupby(["force", "year_ending"])["month"].nunique()
    most = largest_months(counts, months, years.index)
    ours = [
        own | {"most": largest, "round_to": round_to_of(counts)}
        for own, largest in zip(searches_of_years(counts, months, years.index), most, strict=True)
    ]
    theirs = by_force(official)

    def of_year(of: tuple) -> list:
        ((force, year), n), own = of
        return _compare(force, year, n, own, theirs.get(force, []))

    rows = [row for rows in each(of_year, zip(years.items(), ours, strict=True)) for row in rows]
    table = pd.DataFrame(rows, columns=RECONCILE_COLUMNS)
    table = table.astype(dict.fromkeys(("official", "ours", "difference", "limit"), float))
    return table.loc[table["light"].eq(GREY).sort_values(kind="stable").index].reset_index(drop=True)


def in_limits(table: pd.DataFrame) -> pd.Series:
    """How far off each row is, in multiples of how far off a green one may be; missing where that is not known.

    table : as `reconcile` returns. Of searches per White search both are factors, and their logarithms are compared.

    Examples
    --------
    >>> rows = pd.DataFrame({"measure": ["searches", "Black per White search"], "difference": [0.1, -0.75]})
    >>> in_limits(rows.assign(limit=[0.05, 1.0])).tolist()
    [2.0, 2.0]
    """
    far, most = table["difference"].astype(float), table["limit"].astype(float)
    factor = table["measure"].str.endswith(PER_WHITE).astype(bool)
    with np.errstate(divide="ignore"):
        logs = np.log1p(far).abs() / np.log1p(most)
    return (far.abs() / most).mask(factor, logs)


def by_both_words(table: pd.DataFrame, self_defined: pd.DataFrame) -> pd.DataFrame:
    """The rows of `reconcile`, with the count of each force and year by whichever word on ethnicity is the nearer.

    table : as `reconcile` returns, of ethnicity as officers described it, or combined. self_defined : of the same
    records. Official counts are of self-defined ethnicity, so that what the officer's word adds to those known is no
    fault of the records: Leicestershire 2020/21 has 4,505 of self-defined, 5,526 of combined and 4,632 of official
    known ethnicity. Nor is it where the person's word is missing: 177 in North Yorkshire, of 3,323. But of two numbers
    the nearer is no agreement: where one agrees and the other does not, the count cannot be compared.
    """
    keys = ["force", "year_ending", "measure"]
    counts, others = (own[own["measure"].isin(COUNTED)] for own in (table, self_defined))
    both = pd.concat([counts.assign(own=False), others.assign(own=True)], ignore_index=True)
    far = in_limits(both).fillna(np.inf).mask(both["light"].eq(GREY), 1.0)  # of a year that lacks months: may be equal
    order = pd.DataFrame({"far": far, "difference": both["difference"].abs()}).sort_values(["far", "difference"])
    ordered = both.loc[order.index]
    nearest = ordered.drop_duplicates(keys).sort_index()
    farther = nearest[keys].merge(ordered.drop_duplicates(keys, keep="last"), how="left").set_index(nearest.index)
    one = nearest["light"].eq(GREEN) & farther["light"].isin([AMBER, RED])
    notes = [_by_one_word(*pair) for pair in zip(nearest.itertuples(), farther.itertuples(), strict=True)]
    nearest = nearest.assign(
        light=nearest["light"].mask(one, GREY), note=nearest["note"].mask(one, pd.Series(notes, nearest.index))
    )
    return pd.concat([nearest, table[~table["measure"].isin(COUNTED)]], ignore_index=True)[RECONCILE_COLUMNS]


def _by_one_word(nearest, farther) -> str:
    """The note of a count that agrees by one word alone. nearest, farther : rows, `own` of the self-defined one."""
    first, second = (nearest, farther) if nearest.own else (farther, nearest)
    return (
        f"{ONE_WORD} ({_figure(first.ours)} by self-defined ethnicity and {_figure(second.ours)} with the "
        f"officers’ word here, {_figure(nearest.official)} by self-defined ethnicity there)"
    )


def in_number_alone(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `reconcile` that hold however ethnicity was described: official ethnicity is self-defined.

    table : as `reconcile` returns, of records whose ethnicity is as officers described it. Their number is comparable,
    and of these how many are of known ethnicity. The mix is not: a group that officers do not name would be missing.
    """
    keys = ["force", "year_ending"]
    counts = table[table["measure"].isin(COUNTED)]
    no_mix = table.drop_duplicates(keys)[keys]
    counted = pd.MultiIndex.from_frame(no_mix).isin(pd.MultiIndex.from_frame(counts[keys]))
    why = np.where(counted, "official ethnicity is self-defined, that of these searches is not", _NO_FIGURES)
    no_mix = no_mix.assign(compared_with="", measure="ethnic mix", light=GREY, note=why)
    return pd.concat([counts, no_mix], ignore_index=True)[RECONCILE_COLUMNS]


def lights(table: pd.DataFrame) -> pd.DataFrame:
    """The worst light of each force and year: `force | year_ending | other_year | light | note`.

    table : as `reconcile` returns. `note` names the measures of that light, with official and ours, or the reasons.
    `other_year` : as the function of that name; "" where figures of the same year have that light too, and where
    nothing was compared. What could not be compared does not colour a year in which something else could.
    """
    rank = table["light"].map(GRAVEST.index)
    worst = table.assign(rank=rank)[rank.eq(rank.groupby([table["force"], table["year_ending"]]).transform("min"))]
    worst = worst.assign(other_year=other_year(worst).mask(worst["light"].eq(GREY), ""))
    keys = ["force", "year_ending", "light"]
    worst["other_year"] = worst.groupby(keys)["other_year"].transform("min")
    worst = worst.assign(said=[_said(row) for row in worst.itertuples()])
    keys.insert(2, "other_year")
    texts = worst.drop_duplicates([*keys, "said"]).groupby(keys, sort=False)["said"]
    return texts.agg("; ".join).rename("note").reset_index()


def only_in_mix(table: pd.DataFrame) -> list[str]:
    """The forces that agree in ethnic mix alone: what is green is no count, for none could be compared.

    table : as `reconcile` returns.
    """
    green = of_light(lights(table), GREEN)
    counted = table.loc[table["measure"].isin(COUNTED) & table["light"].ne(GREY), "force"]
    return [force for force in green if force not in set(counted)]


def worst_of_forces(rows: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Of each force the gravest light, and the other official year that it is by; "" where its own year has it too.

    rows : as `lights` returns.
    """
    worst = {force: gravest(own) for force, own in rows.groupby("force", sort=False)["light"]}
    own = rows[rows["light"].eq(rows["force"].map(worst))]
    return {force: (worst[force], min(years)) for force, years in own.groupby("force", sort=False)["other_year"]}


def of_light(rows: pd.DataFrame, light: str) -> list[str]:
    """The forces whose gravest light is this one. rows : as `lights` returns."""
    return [force for force, own in rows.groupby("force", sort=False)["light"] if gravest(own) == light]


def gravest(found: Iterable[str]) -> str:
    """The gravest of some lights.

    Examples
    --------
    >>> gravest(["green", "amber", "cannot be compared"])
    'amber'
    """
    return min(found, key=GRAVEST.index)


def _said(row) -> str:
    if row.light == GREY:
        return row.note.partition("; ")[0]
    if row.light in (GREEN, ANOTHER_YEAR):
        return row.measure
    figures = "" if row.measure == "ethnic mix" else f", ours {_figure(row.ours)}, official {_figure(row.official)}"
    year = f", of the year ending {row.compared_with}" if row.compared_with != row.year_ending else ""
    return f"{row.measure} differs by {row.difference:.3f}{figures}{year}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.3f}"


def _compare(force, year, months, ours, official) -> list:
    """Every row of one force and year. ours : its searches; official : the rows of the force."""
    found = [_Row(force, year, months, ours, row) for row in official if row["year_ending"] == year]
    rows = [row for one in found for row in one.counts()]
    mixed = [one for one in found if one.has_mix] or _neighbours(force, year, months, ours, official)
    if not mixed:
        why = "no official figures by ethnicity of this year or one next to it are carried"
        why += "; home_office reads newer tables"
        return [*rows, [force, year, "", "ethnic mix", np.nan, np.nan, np.nan, np.nan, GREY, why]]
    return [*rows, *(row for one in mixed[:1] for row in one.mix())]


def _neighbours(force, year, months, ours, official) -> list:
    near = [row for row in official if abs(int(row["year_ending"][:4]) - int(year[:4])) <= NEIGHBOUR_YEARS]
    near = [row for row in near if not np.isnan(row["counts"][0])]
    return [_Row(force, year, months, ours, row) for row in sorted(near, key=lambda row: row["year_ending"])]


class _Row:
    """One force and year of the records beside one row of official figures."""

    def __init__(self, force, year, months, ours, official):
        self.key, self.months, self.official = [force, year, official["year_ending"]], months, official
        whose = "searches" if official["vehicle_only"] else "persons"
        self.all, self.most_of_all, self.most_known = int(ours[whose]), ours["most"][whose], ours["most"]["known"]
        self.ours_known, self.ours_unknown = ours[official["groups"]][:-1], ours[official["groups"]][-1]
        self.theirs_known, (self.theirs_unknown, self.theirs_all) = official["counts"][:-2], official["counts"][-2:]
        self.neighbour = official["year_ending"] != year
        self.slack = max(ROUNDING, months * ours["round_to"])  # a count of a month is rounded by half of that, in parts
        self.has_mix = not np.isnan(self.theirs_known).all()
        self.why_no_mix = self._why_no_mix()

    def counts(self) -> list:
        """Searches, those of known ethnicity and the share unknown, as far as they are published."""
        rows, known = [], np.nansum(self.theirs_known) if self.has_mix else np.nan
        name = "searches with vehicle-only" if self.official["vehicle_only"] else "searches"
        for measure, official, ours, most in (
            (name, self.theirs_all, self.all, self.most_of_all),
            ("searches of known ethnicity", known, self.ours_known.sum(), self.most_known),
        ):
            if not np.isnan(official):
                rows.append(self._count(measure, float(official), float(ours), most))
        if not np.isnan(self.theirs_unknown):
            official, ours = self.theirs_unknown / self.theirs_all, self.ours_unknown / max(self.all, 1)
            rows.append(self._share("share unknown", float(official), ours, self.all))
        return rows

    def mix(self) -> list:
        """Shares of known ethnicity, their distance, and each group's searches per White search."""
        ours, theirs = self.ours_known, np.nan_to_num(self.theirs_known)
        known = int(ours.sum())
        mine, others = ours / max(known, 1), theirs / theirs.sum()
        rows = [self._share(f"share {g}", others[at], mine[at], known) for at, g in enumerate(GROUPS_5)]
        rows.append(self._distance(mine, others, known))
        pairs = dict(zip(GROUPS_5, zip(ours, theirs, strict=True), strict=True))
        rows += [self._per_white(group, pairs[group], pairs["White"]) for group in _PER_WHITE]
        return rows + [
            self._too_many(f"searches of {group} ethnicity", *pairs[group]) for group in self._groups_beyond()
        ]

    def _groups_beyond(self) -> list[str]:
        """The groups of which a part of the year holds more searches than the whole officially has."""
        beyond = zip(GROUPS_5, self.ours_known, self.theirs_known, strict=True)
        return [group for group, ours, theirs in beyond if self._beyond_whole(ours, theirs)]

    def _beyond_whole(self, ours, official) -> bool:
        """Whether a count of ours is one that no part of the official year can have."""
        return self.months < 12 and not self.neighbour and bool(ours - official > self.slack)

    def _too_many(self, measure, ours, official, *, chance=True):
        """The row of a count that is beyond that of the whole year; chance : whether few searches excuse many."""
        whole = max(float(official), 1.0)
        difference, excused = (ours - official) / whole, _Z / np.sqrt(whole) if chance else 0.0
        light = RED if difference - excused > COUNT_LIMITS[1] else AMBER
        note = f"{self.months} of 12 months, so {AT_LEAST}: {MORE_THAN_WHOLE}, and the other months only add to it"
        return self._row(measure, float(official), float(ours), (difference, self.slack / whole), light, "", note)

    def _count(self, measure, official, ours, most):
        """most : of the largest month of ours."""
        if official and self._beyond_whole(ours, official):
            return self._too_many(measure, ours, official, chance=False)
        difference, note = (ours / official - 1 if official else np.nan), ""
        why = "" if official else "the official count is zero"
        if self.months < 12 and not why:
            least = self._least_difference(official, ours, most)
            if abs(least) <= COUNT_LIMITS[0]:
                why = f"{self.months} of 12 months: counts need a whole year"
            else:
                difference, note = least, f"{self.months} of 12 months, so {AT_LEAST}{self._bound(ours, most, least)}"
        light = _light(abs(difference), COUNT_LIMITS)
        return self._row(measure, official, ours, (difference, COUNT_LIMITS[0]), light, why, note)

    def _least_difference(self, official, ours, most) -> float:
        """How far off the count of a year that lacks months is at least; 0 where it may be equal."""
        if ours > official:
            return ours / official - 1
        enough = self.months >= MONTHS_FOR_BOUNDS
        return min(self._most_of_year(ours, most) / official - 1, 0.0) if enough else 0.0

    def _most_of_year(self, ours, most) -> float:
        return ours + (12 - self.months) * MOST_OF_A_MONTH * most

    def _bound(self, ours, most, least) -> str:
        """What the least difference rests on, for the note."""
        if least > 0:
            return ": the other months only add to it"
        each = f"{MOST_OF_A_MONTH:g} times the {most:,.0f} of the largest month"
        return f": {self._most_of_year(ours, most):,.0f} with {each} in each of the others"

    def _share(self, measure, official, ours, n):
        chance = _Z * np.sqrt(official * (1 - official) / max(n, 1))
        limits = NEIGHBOUR_SHARE_LIMITS if self.neighbour else SHARE_LIMITS
        light = _light(abs(ours - official) - chance, limits)
        return self._row(measure, official, ours, (ours - official, limits[0] + chance), light, self.why_no_mix)

    def _distance(self, ours, official, n):
        distance, chance = float(np.abs(ours - official).sum() / 2), chance_distance(official, n)
        limits = NEIGHBOUR_SHARE_LIMITS if self.neighbour else SHARE_LIMITS
        light = _light(distance - chance, limits)
        note = f"chance alone gives up to {100 * chance:.1f} points"
        far = (distance, limits[0] + chance)
        return self._row("ethnic mix", np.nan, np.nan, far, light, self.why_no_mix, note)

    def _per_white(self, group, counts, white):
        """counts, white : of the group and of White, ours and official."""
        pairs = list(zip(counts, white, strict=True))
        mine, theirs = (n / white if white else np.nan for n, white in pairs)
        # Half a search is added so that none at all is still a figure; it moves the others by nothing that matters.
        logs = [np.log((n + 0.5) / (white + 0.5)) for n, white in pairs]
        chance = _Z * np.sqrt(sum(1 / (n + 0.5) for pair in pairs for n in pair))
        limits = np.log(NEIGHBOUR_RATIO_LIMITS if self.neighbour else RATIO_LIMITS)
        few = f"fewer than {FEWEST_OF_GROUP} official searches" if counts[1] < FEWEST_OF_GROUP else ""
        light = _light(abs(logs[0] - logs[1]) - chance, limits)
        far = (mine / theirs - 1 if theirs else np.nan, np.exp(limits[0] + chance) - 1)
        return self._row(f"{group}{PER_WHITE}", theirs, mine, far, light, self.why_no_mix or few)

    def _why_no_mix(self) -> str:
        if self.months < MONTHS_FOR_MIX:
            return f"{self.months} of 12 months: the ethnic mix needs {MONTHS_FOR_MIX}"
        known = min(self.ours_known.sum(), np.nansum(self.theirs_known))
        return f"{known:.0f} searches of known ethnicity: too few" if known < FEWEST_KNOWN else ""

    def _row(self, measure, official, ours, far, light, why, note=""):
        """A row of the table; far : the difference and how large it may be."""
        texts = [why, note if not why else "", *self._definitions(measure)]
        light = ANOTHER_YEAR if light == GREEN and self.neighbour else light
        light = GREY if why else light
        return [*self.key, measure, official, ours, *far, light, "; ".join(text for text in texts if text)]

    def _definitions(self, measure) -> list[str]:
        """What the reader must know: which table and year, and which months of ours."""
        year, grouping = self.official["year_ending"], self.official["groups"]
        texts = [self.official["edition"] + (f", year ending {year}, the nearest carried" if self.neighbour else "")]
        if self.months < 12:
            texts.append(f"{self.months} months of ours")
        if grouping == "ethnicity_5_2001" and measure not in ("searches", "share unknown"):
            texts.append("Chinese in Other")
        return texts


def chance_distance(shares, n: int) -> float:
    """The distance that `n` searches drawn from these shares exceed in 1 of 20 samples: drawn, with a fixed seed."""
    shares = np.asarray(shares, dtype=float)
    return _drawn_distance(tuple(shares / shares.sum()), n) if n > 0 else 1.0


@lru_cache(maxsize=2048)  # the years of all forces: some of them are asked for again, by themselves
def _drawn_distance(shares: tuple[float, ...], n: int) -> float:
    drawn = np.random.default_rng(0).multinomial(n, shares, size=_DRAWS) / n
    distances = np.sort(np.abs(drawn - shares).sum(axis=1) / 2)  # in order, the quantile takes a third of the time
    return float(np.quantile(distances, LEVEL))


def _light(excess: float, limits) -> str:
    if np.isnan(excess):
        return GREY
    return GREEN if excess <= limits[0] else AMBER if excess <= limits[1] else RED


def year_of(month: str) -> str:
    """The March that ends the year of a month: "2015-04" and "2016-03" are of "2016-03"."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + (number > 3)}-03"


def _require(table: pd.DataFrame, columns: list[str], what: str) -> None:
    absent = [column for column in columns if column not in table]
    if absent:
        raise ValueError(f"the {what} lack {len(absent)} column(s): {', '.join(absent)}")
