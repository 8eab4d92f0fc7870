"""The publisher's columns, a row each: what it is called, what is made of it, and since when it is published.

Every list of columns in this package is made from FIELDS. A column that the publisher adds later is one more row here,
with the first month that has it, and its crosswalk in `labels/`; files of earlier months may lack it.
"""

from dataclasses import dataclass, field

LABEL, TRUTH, TEXT, TIME, DEGREES = "label", "yes or no", "text", "time", "degrees"
_OF_FILE = ("force", "month", "source_file", "source_row", "source_sha256")


@dataclass(frozen=True)
class Field:
    """A column of the publisher.

    Attributes
    ----------
    published : str
        Its name in the publisher's files.
    name : str
        Its name in this package.
    kind : str
        LABEL (looked up in a crosswalk), TRUTH (the crosswalk `yes_no`), TEXT (kept as it is), TIME or DEGREES.
    blank : str
        What a blank cell means.
    columns : dict of str to str
        Columns of the clean table that are made of it: {column: column of the crosswalk}, or "" where `clean` makes
        it without one.
    crosswalk : str
        Name of the table in `labels/`; "" for a kind without one.
    since : str
        First month "YYYY-MM" whose files must have it; "": all. Where a file of an earlier month lacks it, its cells
        are blank.
    """

    published: str
    name: str
    kind: str
    blank: str
    columns: dict[str, str] = field(default_factory=dict)
    crosswalk: str = ""
    since: str = ""

    @property
    def as_published(self) -> list[str]:
        """Columns of the clean table that together say what the publisher's cell says."""
        if self.crosswalk:
            return [f"{self.name}_raw"]
        return ["searched_at", "date_raw"] if self.kind == TIME else [self.name]


def _label(published: str, name: str, blank: str = "not recorded", crosswalk: str = "", since: str = "", **derived):
    """A field of labels. derived : further clean columns, each with the crosswalk's column it is taken from."""
    return Field(published, name, LABEL, blank, {name: "standard"} | derived, crosswalk or name, since)


def _truth(published: str, name: str, blank: str = "not recorded", since: str = "") -> Field:
    """A field of True and False."""
    return Field(published, name, TRUTH, blank, {name: "standard"}, "yes_no", since)


FIELDS = (
    _label("Type", "type"),
    Field("Date", "date", TIME, "not recorded", dict.fromkeys(("searched_at", "date_raw", "date_in_month"), "")),
    _truth("Part of a policing operation", "part_of_policing_operation"),
    Field("Policing operation", "policing_operation", TEXT, "no operation is named", {"policing_operation": ""}),
    Field("Latitude", "latitude", DEGREES, "no location", {"latitude": ""}),
    Field("Longitude", "longitude", DEGREES, "no location", {"longitude": "", "location_status": ""}),
    _label("Gender", "gender"),
    _label("Age range", "age_range"),
    _label(
        *("Self-defined ethnicity", "self_defined_ethnicity", "not recorded; not stated is a label of its own"),
        ethnicity_5="ethnicity_5",
        ethnicity_5_2001="ethnicity_5_2001",
    ),
    _label("Officer-defined ethnicity", "officer_defined_ethnicity", officer_ethnicity_5="ethnicity_5"),
    _label("Legislation", "legislation", power="power"),
    _label("Object of search", "object_of_search", object_group="object_group"),
    _label(
        "Outcome", "outcome", "unknown, not no further action", positive_outcome="positive_outcome", arrest="arrest"
    ),
    _truth("Outcome linked to object of search", "outcome_linked_to_object", "differs by force: docs/methods.md"),
    _truth("Removal of more than just outer clothing", "more_than_outer_clothing"),
)


def required(month: str) -> list[str]:
    """The publisher's columns that a file of a month ("YYYY-MM") must have."""
    return [field.published for field in FIELDS if field.since <= month]


def labelled() -> list[Field]:
    """The fields that are looked up in a crosswalk."""
    return [field for field in FIELDS if field.crosswalk]


def column_order() -> list[str]:
    """The clean table's columns: those of the file, what is made of each field, then the publisher's labels."""
    made = [column for field in FIELDS for column in field.columns]
    return [*_OF_FILE, *made, *(f"{field.name}_raw" for field in labelled())]


def stored() -> list[str]:
    """The clean table's columns that processed data hold; all others follow from them (`derived`)."""
    return [*_OF_FILE, *as_published()]


def as_published() -> list[str]:
    """Columns of the clean table that together say what the publisher's row says, however it is labelled."""
    others = [column for field in FIELDS if not field.crosswalk for column in field.as_published]
    return [*others, *(column for field in labelled() for column in field.as_published)]
