"""The choices a study makes among its records, in one place: which of them count, and in which group each is."""

from dataclasses import dataclass, fields

from sas_analysis.measures.intervals.asked import REPORTED, level_faults

ALLOWED = {
    "ethnicity": ("self", "officer", "combined"),
    "chinese": ("Asian", "Other"),
    "power": ("all", "reasonable grounds", "section 60"),
    "repeats": ("keep", "drop"),
    "flagged_months": ("exclude", "include"),
    "unusable": ("exclude", "include"),
    "interval": REPORTED,
}
_IN_WORDS = {
    "power": "{} searches only",
    "repeats": "rows identical to an earlier one dropped",
    "ethnicity": {"officer": "officer-defined ethnicity", "combined": "self-defined ethnicity, else officer-defined"},
    "chinese": "Chinese counted in {}",
    "flagged_months": "months that the audit flags {}d",
    "unusable": "months whose fields may not be used {}d",
    "level": "limits of the level {:g}",
    "interval": {"period": "limits of these months", "none": "no limits"},
    "round_to": "records that are not published: all counts rounded to multiples of {}",
}


@dataclass(frozen=True)
class Choices:
    """The choices of a study: which records count, and in which ethnic group each is.

    `open_study` takes them as arguments of the same names; the defaults are the usual choices.

    Parameters
    ----------
    power : str
        Searches under which power: "all", "reasonable grounds" or "section 60".
    repeats : str
        "keep" the rows that equal an earlier row of their file, or "drop" them.
    ethnicity : str
        Whose word: "self" (self-defined), "officer" (officer-defined), or "combined" (self-defined where stated, else
        officer-defined).
    chinese : str
        The group that Chinese is counted in: "Asian", or "Other" as in the official series to 2019/20.
    flagged_months : str
        "exclude" the months that the audit flags from headlines, rates and ratios, or "include" them.
    unusable : str
        "exclude" the months in which a field that a number rests on may not be used from that number, or "include"
        them.
    level : float
        Confidence level of the intervals, between 0.5 and 0.999.
    interval : str
        What limits are of: "process", the level over the years around the months, or "period", the level behind the
        months themselves; "none" gives no limits.
    round_to : int
        For records that are not published: round every count to the nearest multiple, such as 5, before anything is
        made of it; what needs the records one by one is not given. 0 rounds nothing.

    Examples
    --------
    >>> sas.Choices(power="section 60").ethnicity
    'self'
    >>> sas.Choices(power="section 61").faults()
    ["power='section 61' is none of 'all', 'reasonable grounds', 'section 60'"]
    """

    power: str = "all"
    repeats: str = "keep"
    ethnicity: str = "self"
    chinese: str = "Asian"
    flagged_months: str = "exclude"
    unusable: str = "exclude"
    level: float = 0.95
    interval: str = "process"
    round_to: int = 0

    def faults(self) -> list[str]:
        """What is wrong with the choices, a line each; empty where nothing is."""
        found = [
            f"{name}={getattr(self, name)!r} is none of {', '.join(map(repr, allowed))}"
            for name, allowed in ALLOWED.items()
            if getattr(self, name) not in allowed
        ]
        found += level_faults(self.level)
        if isinstance(self.round_to, bool) or self.round_to not in (0, *range(2, 1001)):
            found.append(
                f"round_to={self.round_to!r} rounds nothing; choose a whole number from 2 to 1000, or 0 for none"
            )
        return found

    def in_words(self, *, months: bool) -> list[str]:
        """Every choice that is not the usual one, in words for a caption.

        Parameters
        ----------
        months : bool
            Name the choices about months too.

        Examples
        --------
        >>> sas.Choices(power="section 60", repeats="drop").in_words(months=True)
        ['section 60 searches only', 'rows identical to an earlier one dropped']
        """
        about_months = () if months else ("flagged_months", "unusable")
        named = [field for field in fields(self) if field.name in _IN_WORDS and field.name not in about_months]
        unusual = [field.name for field in named if getattr(self, field.name) != field.default]
        return [self._said(name) for name in unusual]

    def _said(self, name: str) -> str:
        words, chosen = _IN_WORDS[name], getattr(self, name)
        return words[chosen] if isinstance(words, dict) else words.format(chosen)

    @property
    def first_word(self) -> str:
        """Whose word on ethnicity is taken first: of self-defined and combined ethnicity the person's, "self"."""
        return "officer" if self.ethnicity == "officer" else "self"

    @property
    def scheme(self) -> dict[str, str]:
        """The choices that decide the ethnic group of a search, as `select.with_ethnicity` takes them."""
        return {"scheme": self.ethnicity, "chinese": self.chinese}
