"""Open a study: check what is asked for, clean what is new, load its records."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from sas_analysis.errors import ParameterError, listed
from sas_analysis.months import period_faults
from sas_analysis.names import as_names
from sas_analysis.records import find, refresh, store
from sas_analysis.records.locate import study_area
from sas_analysis.reference.forces import check_force
from sas_analysis.study.beside_official import begin_official
from sas_analysis.study.choices import Choices
from sas_analysis.study.study import Study

ALL = "all"  # instead of forces: every one with a file in the months


def open_study(
    forces: str | Iterable[str],
    start: str,
    end: str,
    *,
    raw: str | Path = "data/raw",
    processed: str | Path | None = None,
    borough: str = "",
    boundaries: str | Path = "",
    place: bool = False,
    power: str = "all",
    repeats: str = "keep",
    ethnicity: str = "self",
    chinese: str = "Asian",
    flagged_months: str = "exclude",
    unusable: str = "exclude",
    level: float = 0.95,
    interval: str = "process",
    round_to: int = 0,
) -> Study:
    """The study of some forces and months; raw files that are new or changed are cleaned first.

    Parameters
    ----------
    forces : str or iterable of str
        One force or several, by the names that `sas.forces()` lists; "all" is every force with a file in these months.
    start, end : str
        First and last month, "YYYY-MM", both included.
    raw : str or Path
        Folder with the publisher's files, or their archive.
    processed : str or Path, optional
        Folder for the cleaned records; by default beside the raw folder (data/processed for data/raw).
    borough : str
        A local authority by name or ONS code; "" takes the whole forces.
    boundaries : str or Path
        A GeoJSON file, of local authorities, wards, MSOAs or other areas, or a folder, which is searched for local
        authorities; "" takes the folder `boundaries` inside the raw folder or beside it.
    place : bool
        Place the records in local authorities although no borough is asked for.
    power, repeats, ethnicity, chinese, flagged_months, unusable, level, interval, round_to
        The choices, as `Choices` explains them.

    Returns
    -------
    Study
        Its records are loaded; the audit runs when something first asks for it.

    Raises
    ------
    ParameterError
        With every argument that cannot be; also for a borough that does not exist.
    DataError
        For raw files that are refused or missing, and for a borough where there are no boundaries.

    Examples
    --------
    >>> sas.open_study("metropolitan", "2018-04", "2018-09", raw=SAMPLE)
    Study of Metropolitan Police Service, 2018-04 to 2018-09 (SYNTHETIC: simulated records)
      months     usable 6 of 6 force-months
      searches   1,618, 1,618 of them in usable months
      unknown    ethnicity of 15.7%
      audit      ...
    >>> sas.open_study("metropolitan", "2018-04", "2018-09", raw=SAMPLE, borough="Southwark").who
    'Southwark (Metropolitan Police Service)'
    """
    chosen = Choices(power, repeats, ethnicity, chinese, flagged_months, unusable, level, interval, round_to)
    forces, raw = _as_forces(forces), _as_folder(raw, "raw")
    processed = _processed_beside(raw) if processed is None else _as_folder(processed, "processed")
    _check_arguments(forces, start, end, raw, processed, chosen, borough, boundaries)
    forces = find.forces_in(raw, start, end) if forces == [ALL] else forces
    refresh.update(raw, processed, forces=forces, start=start, end=end)
    records = store.read(processed, forces=forces, start=start, end=end)
    sources = store.sources(processed, forces=forces, start=start, end=end)
    study = Study(forces, start, end, records, sources, raw, processed, chosen, boundaries=str(boundaries or ""))
    begin_official(study)
    if not borough and not place:
        return study
    where = {"borough": borough or None, "boundaries": study.boundaries, "synthetic": study.synthetic}
    located, area = study_area(records, raw=raw, **where)
    return replace(study, located=located, area=area)


def _as_forces(forces: str | Iterable[str]) -> list[str]:
    """A list of forces from one name or several, each once."""
    return [] if forces is None else as_names(forces)


def _as_folder(path: str | Path, name: str) -> Path:
    """A path as a path; ParameterError for what is none."""
    if not isinstance(path, str | Path):
        raise ParameterError(f"{name}={path!r} is no folder; write its name, such as {name}='data/{name}'")
    return Path(path)


def _place_faults(borough: object, boundaries: object) -> list[str]:
    faults = []
    if borough is not None and not isinstance(borough, str):
        why = 'name one local authority, such as "Southwark"; for several, sas.Comparison(study).by_area([...])'
        faults.append(f"borough={borough!r} is no name; {why}")
    if boundaries is not None and not isinstance(boundaries, str | Path):
        faults.append(f"boundaries={boundaries!r} is no file or folder; write its name, such as 'wards.geojson'")
    return faults


def _processed_beside(raw: Path) -> Path:
    """The folder for cleaned records if none is named: data/processed/sample for data/raw/sample."""
    parts = list(raw.absolute().parts)
    if "raw" not in parts:
        return raw.absolute().parent / f"{raw.stem}-processed"
    at = len(parts) - 1 - parts[::-1].index("raw")
    return Path(*parts[:at], "processed", *parts[at + 1 :])


def _check_arguments(
    forces: Sequence[str], start, end, raw: Path, processed: Path, choices: Choices, borough, boundaries
) -> None:
    """Raise ParameterError with everything that is wrong with the arguments of `open_study`."""
    faults = [
        *_force_faults(forces),
        *period_faults(start, end),
        *choices.faults(),
        *_place_faults(borough, boundaries),
    ]
    if not raw.exists():
        faults.append(f"raw={str(raw)!r} does not exist; name the folder with the publisher's files, or their archive")
    elif raw.is_file() and raw.suffix.lower() != ".zip":
        faults.append(
            f"raw={str(raw)!r} is one file; name the folder that it is in, {str(raw.parent)!r}, or an archive"
        )
    if raw.resolve() == processed.resolve():
        faults.append(f"processed={str(processed)!r} is the folder of raw: cleaned records need a folder of their own")
    if faults:
        raise ParameterError(listed(faults))


def _force_faults(forces: Sequence[str]) -> list[str]:
    if not forces:
        return ['forces is empty; name a force, such as "metropolitan", or "all"']
    if list(forces) == [ALL]:
        return []
    try:
        check_force(*map(str, forces))
    except ValueError as error:
        return [line.replace("See: sas-analysis forces", "sas.forces() lists them") for line in str(error).splitlines()]
    return []
