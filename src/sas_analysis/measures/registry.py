"""All that is known of each measure, a row each: what tables, figures and sentences call it, and what it rests on.

A new measure is its function and its row here; without the row `measures_table` refuses it.
"""

from dataclasses import dataclass, replace

SHARE, RATIO, RATE, DIFFERENCE, COUNT, CORRELATION, POINTS = KINDS = (
    *("share", "ratio", "rate", "difference", "count", "correlation", "points"),
)
# Whose residents a measure is divided by: nobody's, those of all ages, or those of some ages and one sex at a time.
NOBODY, ALL_AGES, BY_AGE_AND_SEX = "", "all ages", "age and sex"
SELF, OFFICER = "self_defined_ethnicity", "officer_defined_ethnicity"
_BY_AGE_AND_SEX = (SELF, "age_range", "gender")
_IMPUTED = (SELF, OFFICER)  # object and power only sharpen it: it holds without them
SCHEMES = {"self": (SELF,), "officer": (OFFICER,), "combined": (SELF, OFFICER)}


@dataclass(frozen=True)
class Measure:
    """A row of the registry.

    Parameters
    ----------
    title : str
        What its column of estimates is called.
    kind : str
        One of KINDS; it decides how a number is written: shares in per cent, differences of shares in points, ratios
        and correlations with two digits, rates, differences and counts with one below 1,000 and none above.
    rests_on : tuple of str
        Published fields (names of the clean table) without which it says nothing, whatever its groups are: see
        `fields_of`.
    per : float
        What numerator / denominator is multiplied by.
    numerator, denominator : str
        Heads of their columns.
    parts : bool
        Whether a page shows numerator and denominator. Not where they are sums of weights, or an estimate and 1: these
        are in the CSV, and nothing to read in a table.
    searched : str
        Which of the two says how many searches a row is of: "numerator" or "denominator".
    axis : str
        Title of the axis of a figure, where it is not the title.
    residents : str
        Whose residents it rests on: NOBODY, ALL_AGES or BY_AGE_AND_SEX. What rests on residents is compared with
        official statistics, and marked where they contradict the records.
    """

    title: str
    kind: str
    rests_on: tuple[str, ...] = ()
    per: float = 1.0
    numerator: str = "Searches"
    denominator: str = "Of"
    parts: bool = True
    searched: str = "numerator"
    axis: str = ""
    residents: str = NOBODY

    @property
    def digits(self) -> int:
        """Digits after the point; a share has them in per cent."""
        return 2 if self.kind in (RATIO, CORRELATION) else 1


def _outcome(title: str, numerator: str, *rests_on: str) -> Measure:
    return Measure(title, SHARE, rests_on, numerator=numerator, searched="denominator")


def _points(title: str, *rests_on: str, parts: bool = True) -> Measure:
    numerator = "Beyond the expected" if parts else "Weighted"
    axis = "Difference from the reference group, points"
    return Measure(title, POINTS, rests_on, numerator=numerator, parts=parts, searched="denominator", axis=axis)


def _ratio(title: str, rests_on: tuple[str, ...] = (SELF,), **changes) -> Measure:
    return Measure(title, RATIO, rests_on, residents=_residents(rests_on), **changes)


def _rate(title: str, rests_on: tuple[str, ...] = (SELF,), *, kind: str = RATE, **changes) -> Measure:
    return Measure(title, kind, rests_on, per=1000.0, residents=_residents(rests_on), **changes)


def _residents(rests_on: tuple[str, ...]) -> str:
    return BY_AGE_AND_SEX if rests_on == _BY_AGE_AND_SEX else ALL_AGES


# Bounds rest on nothing that may be lost: what is unknown is counted either way.
_BOUNDS = {
    "positive_outcome_lowest": _outcome("Positive outcome, lowest", "Positive"),
    "positive_outcome_highest": _outcome("Positive outcome, highest", "Positive"),
    "no_further_action_lowest": _outcome("No further action, lowest", "No further action"),
    "no_further_action_highest": _outcome("No further action, highest", "No further action"),
    "arrest_lowest": _outcome("Arrest, lowest", "Arrests"),
    "arrest_highest": _outcome("Arrest, highest", "Arrests"),
}

# In the order of docs/data_dictionary.md.
MEASURES = {
    "share_of_searches": Measure("Share", SHARE, axis="Share of searches"),
    "not_recorded": Measure("Not recorded", SHARE, numerator="Not recorded", searched="denominator"),
    "searches_per_day": Measure("Searches a day", RATE, denominator="Days"),
    "year_on_year": Measure("Factor to the year before", RATIO, parts=False),
    "step": Measure("Factor of the step", RATIO, parts=False),
    "search_rate": _rate("Searches per 1,000 residents a year", denominator="Resident-years"),
    "disproportionality_ratio": _ratio(
        "Ratio", denominator="Expected", axis="Ratio to the reference group (log scale)"
    ),
    "rate_difference": _rate(
        "Difference per 1,000 a year", kind=DIFFERENCE, numerator="Beyond the expected", denominator="Resident-years"
    ),
    "excess_searches": Measure("Searches beyond the expected", COUNT, (SELF,), parts=False, residents=ALL_AGES),
    "ratio_before_standardising": _ratio("Ratio of the same searches and residents, not standardised", _BY_AGE_AND_SEX),
    "standardised_rate": _rate("Searches per 1,000 a year, standardised by age and sex", _BY_AGE_AND_SEX),
    "standardised_ratio": _ratio("Observed / expected by age and sex", _BY_AGE_AND_SEX),
    "ratio_of_standardised_rates": _ratio("Ratio of standardised rates", _BY_AGE_AND_SEX),
    "positive_outcome_rate": _outcome("Positive outcome", "Positive", "outcome"),
    "no_further_action_rate": _outcome("No further action", "No further action", "outcome"),
    "arrest_rate": _outcome("Arrest", "Arrests", "arrest"),
    "outcome_stage": Measure("Share of searches", SHARE, ("outcome",)),
    **_BOUNDS,
    "outcome_difference_crude": _points("Difference, crude", "outcome"),
    "outcome_difference_within": _points("Difference within strata", "outcome", parts=False),
    "outcome_difference_adjusted": _points("Difference, adjusted", "outcome", parts=False),
    # As bounds of a share: what is unknown is counted either way.
    "outcome_difference_lowest": _points("Difference, lowest"),
    "outcome_difference_highest": _points("Difference, highest"),
    "outcome_difference_mean": _points("Mean difference of forces", "outcome", parts=False),
    "outcome_difference_prediction": _points("Difference in another force", "outcome", parts=False),
    "outcome_difference_shrunken": _points("Difference of a force, drawn to the mean", "outcome", parts=False),
    # Of what a search was for: the column that says it is a column of the table, and adds its field.
    "share_difference_crude": _points("Difference of shares, crude"),
    "share_difference_within": _points("Difference of shares within strata", parts=False),
    "share_difference_adjusted": _points("Difference of shares, adjusted", parts=False),
    "marginal_hit_rate": replace(
        _outcome("Marginal hit rate", "Further hits", "outcome"), denominator="Further searches"
    ),
    "marginal_hit_rate_difference": _points("Difference of marginal hit rates", "outcome"),
    "hit_rate_change": replace(_points("Change of the hit rate, no surge", "outcome", parts=False), axis="Points"),
    "hit_rate_change_difference": _points("Difference of the changes, no surge", "outcome", parts=False),
    "marginal_shift": replace(_points("Shift of the marginal hit rate", "outcome", parts=False), axis="Points"),
    "marginal_shift_difference": _points("Shift of the difference", "outcome", parts=False),
    "find_rate": _outcome("Find rate", "Finds", "outcome"),  # what its link field tells is judged by `link_field`
    "linked_share": _outcome("Linked to the object", "Linked", "outcome"),
    # Of the official tables: they rest on no field of the records.
    "official_find_rate": _outcome("Find rate, official", "Finds"),
    "official_find_lowest": _outcome("Find rate, official, lowest", "Finds"),
    "official_find_highest": _outcome("Find rate, official, highest", "Finds"),
    "veil_odds_ratio": Measure(
        "Odds ratio, daylight to dark",
        RATIO,
        ("type", "searched_at", SELF),
        parts=False,
        axis="Odds of the group by daylight to those after dark (log scale)",
    ),
    "veil_placebo_ratio": Measure(
        "Odds ratio at midday, lighter to darker days", RATIO, ("type", "searched_at", SELF), parts=False
    ),
    "searches_per_encounter": Measure(
        "Searches per encounter", RATIO, ("searched_at", "latitude"), denominator="Encounters"
    ),
    "ratio_lower_bound": _ratio("Lowest ratio"),
    "ratio_upper_bound": _ratio("Highest ratio"),
    "officer_lower_bound": _ratio("Lowest ratio, with the officer's word", (SELF, OFFICER)),
    "officer_upper_bound": _ratio("Highest ratio, with the officer's word", (SELF, OFFICER)),
    "tipping_share": Measure("Share of the unknown at parity", SHARE, (SELF,), residents=ALL_AGES),
    "least_share_for_parity": Measure("Least share of the unknown for parity", SHARE, (SELF,), residents=ALL_AGES),
    "imputed_ratio": _ratio("Ratio, unknown imputed", _IMPUTED),
    "mnar_ratio": _ratio("Ratio at delta", _IMPUTED),
    "parity_delta": _ratio("Delta at parity", _IMPUTED, parts=False),
    "kappa": Measure("Kappa", CORRELATION, (SELF, OFFICER), parts=False),
    "object_agreement": Measure(
        "Object as the legislation names it",
        SHARE,
        ("legislation", "object_of_search"),
        numerator="Agree",
        searched="denominator",
    ),
    "ratio_crude": _ratio("Ratio, forces added together"),
    "ratio_within_mh": _ratio("Ratio within forces (Mantel-Haenszel)", parts=False),
    "ratio_within_fe": _ratio("Ratio within forces (fixed effects)", denominator="Expected"),
    "composition_factor": _ratio("Factor of composition", parts=False),
    "ratio_random_mean": _ratio("Mean ratio of forces", parts=False),
    "ratio_prediction": _ratio("Ratio of another force", parts=False),
    "ratio_shrunken": _ratio("Shrunken ratio", parts=False),
}


def title_of(name: str) -> str:
    """The title of a measure; the name itself where it is none (a quantity compared with official statistics)."""
    return MEASURES[name].title if name in MEASURES else name


def residents_of(names) -> set[str]:
    """Whose residents some measures rest on, each once; a name that is no measure rests on nobody's."""
    return {MEASURES[name].residents if name in MEASURES else NOBODY for name in dict.fromkeys(names)}


def is_share(name: str) -> bool:
    """Whether a measure is a share, printed in per cent."""
    return name in MEASURES and MEASURES[name].kind == SHARE


def is_ratio(name: str) -> bool:
    """Whether a measure is a ratio, drawn on a scale that doubles."""
    return name in MEASURES and MEASURES[name].kind == RATIO


def is_points(name: str) -> bool:
    """Whether a measure is a difference of shares, printed in points."""
    return name in MEASURES and MEASURES[name].kind == POINTS


def unregistered(names) -> list[str]:
    """The names that are no measure, each once."""
    return [str(name) for name in dict.fromkeys(names) if name not in MEASURES]


def fields_of(name: str, *, scheme: str = "self") -> tuple[str, ...]:
    """The published fields that a measure rests on.

    Parameters
    ----------
    name : str
        Measure.
    scheme : str
        Whose word on ethnicity, as `select.with_ethnicity`: "self", "officer" or "combined". A measure that rests on
        self-defined ethnicity alone rests on what the scheme reads instead; one that compares or joins the two
        (kappa, the imputed) rests on both whatever the scheme is.

    Returns
    -------
    tuple of str
        Names of the clean table. The columns that a table is grouped by add their own: a share of searches by object
        rests on the object of search.

    Examples
    --------
    >>> fields_of("search_rate", scheme="officer")
    ('officer_defined_ethnicity',)
    >>> fields_of("arrest_rate")
    ('arrest',)
    """
    fields = MEASURES[name].rests_on
    if SELF not in fields or OFFICER in fields:
        return fields
    return (*SCHEMES[scheme], *(field for field in fields if field != SELF))
