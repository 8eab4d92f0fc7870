"""Which boundaries, census and official tables are fetched, and where to: DATA/boundaries and DATA/reference.

Boundaries: ONS Open Geography, generalised to 20 m (BGC) or in full (BFC), clipped to the coast; never super or ultra
generalised (BSC, BUC), which misplace points by hundreds of metres and are no headline. Those of December 2022 are the
331 authorities of the tables of Census 2021; the wards of that month, and the MSOAs of Census 2021, are fetched where
they are asked for. Census: Nomis, TS021, usual residents by ethnic group.
The Home Office's table is fetched where it is asked for by name: `home_office`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from sas_analysis.records.acquire.home_office import FILE, HOME_OFFICE, fetch_home_office
from sas_analysis.records.acquire.http import Client
from sas_analysis.records.acquire.pages import NOMIS, fetch_boundaries, fetch_nomis

ONS = "https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services"
WHAT = ("boundaries", "census", "all", "home-office")  # "all": boundaries and census
_PAGE = {"BGC": 100, "BFC": 10}  # areas in an answer: those of full detail have up to several megabytes each
_ENGLAND_AND_WALES = "{0} LIKE 'E%' OR {0} LIKE 'W%'"


class _Layer(NamedTuple):
    """A layer: the stem of its file, its service at either detail, which of its features."""

    file: str
    services: dict[str, str]
    where: str = "1=1"


def _services(name: str, **versions: str) -> dict[str, str]:
    return {detail: name.format(detail) + versions.get(detail, "") for detail in _PAGE}


_MSOAS = "Middle_layer_Super_Output_Areas_December_2021_Boundaries_EW_{}"
_LAYERS = {
    "authorities": _Layer(
        "local_authorities_2022",
        _services("Local_Authority_Districts_December_2022_UK_{}_V2"),
        _ENGLAND_AND_WALES.format("LAD22CD"),
    ),
    "forces": _Layer("police_force_areas_2023", _services("Police_Force_Areas_December_2023_EW_{}")),
    "wards": _Layer(
        "wards_2022", _services("Wards_December_2022_Boundaries_UK_{}"), _ENGLAND_AND_WALES.format("WD22CD")
    ),
    "msoas": _Layer("msoas_2021", _services(_MSOAS, BGC="_V3", BFC="_V7")),
}
LAYERS, USUAL = tuple(_LAYERS), ("authorities", "forces")
# Geographies of Nomis: local authorities of 2022 (331), and England and Wales to add them up to.
_CENSUS = {"ts021_local_authorities": {"geography": "TYPE154"}, "ts021_england_and_wales": {"geography": "2092957703"}}
_TS021 = {"c2021_eth_20": "0...19", "measures": 20100}


def fetch_all(
    data,
    what: str = "all",
    *,
    layers: Sequence[str] = USUAL,
    fine: bool = False,
    ons: str | None = None,
    nomis: str | None = None,
    home_office: str | None = None,
    refresh: bool = False,
    client: Client | None = None,
    progress: Callable[[str], None] | None = None,
    warn: Callable[[str], None] = lambda message: None,
) -> dict[str, dict]:
    """Fetch what is missing or changed; for each file what its record beside it (NAME.source.json) says.

    what : of WHAT. layers : of LAYERS, whose boundaries.
    fine : boundaries in full detail. ons, nomis, home_office : other addresses. warn : as of `fetch`.
    Raises FetchError; files fetched before it stay.
    """
    data, client, done = Path(data), client or Client(), {}
    client.warn = warn
    say, detail = progress or (lambda message: None), "BFC" if fine else "BGC"
    for layer in (_LAYERS[name] for name in layers) if what in ("boundaries", "all") else ():
        out = data / "boundaries" / f"{layer.file}_{detail.lower()}.geojson"
        say(out.name)
        url = f"{(ons or ONS).rstrip('/')}/{layer.services[detail]}/FeatureServer/0"
        asked = {"where": layer.where, "page": _PAGE[detail], "client": client, "refresh": refresh}
        done[out.as_posix()] = fetch_boundaries(url, out, **asked)
    for name, geography in _CENSUS.items() if what in ("census", "all") else ():
        out = data / "reference" / f"{name}.csv"
        say(out.name)
        query = {"client": client, "refresh": refresh, **geography, **_TS021}
        done[out.as_posix()] = fetch_nomis("NM_2041_1", out, base=nomis or NOMIS, **query)
    if what == "home-office":
        out = data / "reference" / FILE
        say(out.name)
        page = home_office or HOME_OFFICE
        done[out.as_posix()] = fetch_home_office(out, page=page, client=client, refresh=refresh)
    return done
