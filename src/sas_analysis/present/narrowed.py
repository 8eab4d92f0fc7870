"""What a study was narrowed to, in words: its figures are of that alone, official statistics of whole forces."""

from sas_analysis.present import prose

ALL_POWERS = "all"
_PUT = {"section 60": "under section 60", "reasonable grounds": "on reasonable grounds"}


def powers_asked(study) -> str:
    """That only searches under one power are counted, as was asked, and of how many; "" of all powers.

    study : `study.Study`.

    Examples
    --------
    >>> powers_asked(study)
    ''
    >>> powers_asked(study.choosing(power="section 60"))
    'Only searches under section 60 are counted here, as was asked: 146 of 1,618'
    """
    power = study.choices.power
    if power == ALL_POWERS:
        return ""
    said = f"Only searches {_PUT[power]} are counted here, as was asked"
    steps = study.published.flow
    step = steps.index[steps["step"].str.startswith(f"not a {power} search")]
    if not len(step):
        return said
    row = steps.loc[step[0]]
    return f"{said}: {prose.count(row['left'])} of {prose.count(row['left'] + row['dropped'])}"


def of_whole_forces(study) -> str:
    """Of which searches official statistics are, where those of a study are fewer: "of all powers"; else "".

    study : `study.Study`.

    Examples
    --------
    >>> of_whole_forces(study), of_whole_forces(study.choosing(power="section 60"))
    ('', 'of all powers')
    """
    place = ["of the whole force" if len(study.forces) == 1 else "of whole forces"] * (study.area is not None)
    return " and ".join([*place, *["of all powers"] * (study.choices.power != ALL_POWERS)])
