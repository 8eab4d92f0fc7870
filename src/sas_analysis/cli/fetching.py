"""Commands that fetch: the publisher's files, boundaries, census and official tables."""

from pathlib import Path
from typing import Annotated

import typer

from sas_analysis.cli.exits import warn
from sas_analysis.cli.shared import Quiet, progress_of
from sas_analysis.errors import ParameterError, listed


def fetch(
    force: Annotated[
        list[str], typer.Option(metavar="SLUG", help='As "forces" lists it. Repeatable; "all" is all there are.')
    ],
    start: Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="First month.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="Last month.")] = "",
    last: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Instead: N months, to the newest that is published.")
    ] = None,
    raw: Annotated[Path, typer.Option(help="Folder to fetch into, a folder a month.")] = Path("data/raw"),
    source: Annotated[str, typer.Option(metavar="archive|api", help="Of data.police.uk.")] = "archive",
    archive: Annotated[
        list[str] | None,
        typer.Option(metavar="YYYY-MM|latest", help="Take it from this archive. Repeatable; default: the newest."),
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="URL", envvar="SAS_ANALYSIS_BASE", help="Another address of the source.")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Download whole archives (1.6 GB each).")] = False,
    quiet: Quiet = False,
) -> None:
    """Fetch the publisher's files: what is missing, and what has changed.

    An interrupted fetch resumes when it is run again. Another version of a file is kept in RAW/.versions.
    """
    from sas_analysis.records.acquire import fetch as fetch_files
    from sas_analysis.reference.forces import check_force

    every = "all" in force
    try:
        check_force(*(() if every else force))
    except ValueError as error:
        raise ParameterError(str(error)) from error
    with progress_of(quiet) as progress:
        done = fetch_files(
            raw,
            forces=None if every else list(dict.fromkeys(force)),
            start=start,
            end=end,
            last=last,
            source=source,
            archives=archive or [],
            base=base,
            whole=whole,
            progress=progress,
            warn=warn,
        )
    there = f"{len(done.new)} new, {len(done.replaced)} replaced, {len(done.same)} unchanged"
    typer.echo(f"{raw}: {there}; {done.received / 1e6:,.1f} MB in {done.requests} requests")
    for note in [*done.notes, *_told_absent(done.absent)]:
        warn(note)


def _told_absent(absent: list[tuple[str, str]]) -> list[str]:
    """A line for each force with months that nobody can have; a month with no file is not one with no searches."""
    from sas_analysis.months import in_ranges

    months: dict[str, list[str]] = {}
    for force, month in absent:
        months.setdefault(force, []).append(month)
    return [f"the source has no file of {force}: {in_ranges(of_it)}" for force, of_it in months.items()]


def fetch_reference(
    what: Annotated[str, typer.Argument(metavar="[boundaries|census|all|home-office]")] = "all",
    data: Annotated[Path, typer.Option(help="Folder for them: DATA/boundaries, DATA/reference.")] = Path("data"),
    layer: Annotated[
        list[str] | None,
        typer.Option(help="Boundaries of: authorities, forces, wards or msoas; may be repeated.", metavar="LAYER"),
    ] = None,
    fine: Annotated[bool, typer.Option("--fine", help="Boundaries in full detail, some 100 MB.")] = False,
    ons: Annotated[
        str | None, typer.Option(metavar="URL", envvar="SAS_ANALYSIS_ONS", help="Another address of the boundaries.")
    ] = None,
    nomis: Annotated[
        str | None, typer.Option(metavar="URL", envvar="SAS_ANALYSIS_NOMIS", help="Another address of the census.")
    ] = None,
    home_office: Annotated[
        str | None,
        typer.Option(
            metavar="URL", envvar="SAS_ANALYSIS_HOME_OFFICE", help="Page of another edition, or address of its .ods."
        ),
    ] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask again for what is there.")] = False,
    quiet: Quiet = False,
) -> None:
    """Fetch boundaries of local authorities (ONS), census tables (Nomis), official tables (Home Office).

    Boundaries are of local authorities and forces, generalised to 20 m, which is fine enough for headlines. --layer
    wards or --layer msoas fetches those, for: report places -p boundaries=FILE.

    "all" is boundaries and census. "home-office" is its open data table on stop and search, of the year ending March
    2025 and the four before: DATA/reference/home_office_open_data.ods, for sas.read_official.

    What is there, and as its record says, is not asked for again; an interrupted fetch resumes at the next file.
    """
    from sas_analysis.records.acquire.reference import LAYERS, USUAL, WHAT, fetch_all

    faults = [f'"{what}" cannot be fetched; choose from: {", ".join(WHAT)}'] if what not in WHAT else []
    faults += [f'--layer "{one}" is none of: {", ".join(LAYERS)}' for one in layer or [] if one not in LAYERS]
    if faults:
        raise ParameterError(listed(faults))
    addresses = {"ons": ons, "nomis": nomis, "home_office": home_office}
    with progress_of(quiet) as progress:
        asked = {"layers": layer or USUAL, "fine": fine, "refresh": refresh}
        done = fetch_all(data, what, **asked, **addresses, progress=progress, warn=warn)
    for path, told in done.items():
        typer.echo(f"{path}: {told['records']:,} records, SHA-256 {told['sha256'][:12]}, fetched {told['fetched_at']}")
