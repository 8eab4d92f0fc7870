"""A report's folder as an RO-Crate of the profile Process Run Crate: run.json in terms that other programs know.

RO-Crate 1.1, https://w3id.org/ro/crate/1.1; Process Run Crate 0.5, https://w3id.org/ro/wfrun/process/0.5. The raw
files are not in the folder and have no address each (the publisher has one archive for all forces), so they have
local identifiers ("#..."), which the profile allows, and are known by name and hash.
"""

import json
import os
import re
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from sas_analysis.files import sha256_of, write_whole
from sas_analysis.reports.many.staleness import RECORD
from sas_analysis.reports.one.parameters import FOLDERS

AUTHOR = "SAS_AUTHOR"  # "Name <address>" of whoever makes the report; nobody is named unless it is set
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
_PUBLISHER = "https://data.police.uk/"
_ARCHIVES = f"{_PUBLISHER}data/archive/YYYY-MM.zip"
_NOT_IN_1_1 = {"sha256": "http://schema.org/sha256"}  # the context of RO-Crate 1.1 is older than this term
_FORMATS = {".html": "text/html", ".ipynb": "application/x-ipynb+json", ".json": "application/json", ".csv": "text/csv"}
_HOME = re.compile(r"(home.?page|documentation|docs|source|repository)$", re.IGNORECASE)


def begin(data: dict) -> tuple:
    """A crate and the raw files in it, for `write`: where they are thousands, this can be done while a notebook begins.

    data : that of the provenance, as `provenance.describe_data` gives it.
    """
    from rocrate.rocrate import ROCrate  # 0.2 s

    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms.update(_NOT_IN_1_1)
    return crate, _inputs(crate, data)


def write(record: dict, folder: Path, begun: tuple | None = None) -> None:
    """Write `ro-crate-metadata.json` into a report's folder. Needs no network.

    record : the finished provenance, `outputs` filled in; it must already lie in the folder as run.json. begun : as
    `begin` gives it for the same data.
    """
    crate, inputs = begun or begin(record["data"])
    author, maker = _developers(crate), _maker(crate)
    results = [_output(crate, **file) for file in record["outputs"]]
    run = _output(crate, RECORD, sha256_of(folder / RECORD), (folder / RECORD).stat().st_size)
    action = _add(
        crate,
        "#run",
        "CreateAction",
        name=f"Run of {record['notebook']['name']}",
        description=_said(record),
        startTime=record["started"],
        endTime=record["finished"],
        actionStatus="http://schema.org/CompletedActionStatus",
        instrument=_software(crate, record, author),
        object=[
            *inputs,
            *_boundaries(crate, record["reads"]),
            *_files(crate, record),
            *_parameters(crate, record["parameters"]),
        ],
        result=[*results, run],
        agent=maker,
    )
    _describe_root(crate, record, [author, maker] if maker else author, maker, action)
    write_whole(folder / crate.metadata.id, _as_json(crate.metadata.generate()))


def _as_json(metadata: dict) -> str:
    """The metadata with an entity a line: the library's own way takes five times as long, and a third more space."""
    context = json.dumps(metadata["@context"])
    entities = ",\n".join(json.dumps(entity, ensure_ascii=False, sort_keys=True) for entity in metadata["@graph"])
    return f'{{"@context": {context},\n"@graph": [\n{entities}\n]}}\n'


def _describe_root(crate, record: dict, authors, maker, action) -> None:
    profile = _add(crate, _PROFILE, "CreativeWork", name="Process Run Crate", version=_PROFILE.rpartition("/")[2])
    root = crate.root_dataset
    root["conformsTo"] = profile
    root["name"] = _title(record)
    root["description"] = _said(record)
    root["datePublished"] = record["finished"]
    root["license"] = _licence(crate)
    root["author"] = authors
    if maker is not None and maker.type == "Organization":
        root["publisher"] = maker
    root["mentions"] = action


def _title(record: dict) -> str:
    asked = record["parameters"]
    synthetic = "SYNTHETIC: " if record["data"]["synthetic"] else ""
    return f"{synthetic}{record['report']}, {', '.join(asked['forces'])}, {asked['start']} to {asked['end']}"


def _said(record: dict) -> str:
    kind = "simulated records; no statement about any real force" if record["data"]["synthetic"] else "records"
    rows, files = record["data"]["rows"], len(record["data"]["files"])
    return (
        f"{_title(record)}. Report on stop and search by sas_analysis {record['version']}: tables, page and executed "
        f"notebook from {rows:,} rows in {files} files of {kind}. Check it with: sas-analysis verify"
    )


# --- entities ---------------------------------------------------------------------------------------------


def _add(crate, id_: str, type_: str, /, **properties):
    """A contextual entity; a property that is None is left out, a list of one is that one (RO-Crate 1.1)."""
    from rocrate.model import ContextEntity

    entity = crate.add(ContextEntity(crate, id_, properties={"@type": type_}))
    for name, value in properties.items():
        if value is not None:
            entity[name] = value[0] if isinstance(value, list) and len(value) == 1 else value
    return entity


def _output(crate, path: str, sha256: str, bytes: int):
    kind = _FORMATS.get(Path(path).suffix, "application/octet-stream")
    entity = crate.add_file(dest_path=quote(path), properties={"name": path, "encodingFormat": kind, "sha256": sha256})
    entity["contentSize"] = str(bytes)
    return entity


def _licence(crate):
    return crate.get(_LICENCE) or _add(
        crate,
        _LICENCE,
        "CreativeWork",
        name="Open Government Licence v3.0",
        description="Contains public sector information licensed under the Open Government Licence v3.0",
    )


def _inputs(crate, data: dict) -> list:
    """The raw files: by name and hash, with where the publisher has them; simulated ones have no publisher."""
    origin = {} if data["synthetic"] else {"isPartOf": _publisher(crate), "license": _licence(crate)}
    where = "SYNTHETIC: simulated by sas-analysis sample" if data["synthetic"] else f"In one of {_ARCHIVES}"
    return [
        _add(
            crate,
            f"#{quote(file['path'])}",
            "File",
            name=Path(file["path"]).name,
            description=f"{where}; {file['rows']:,} rows. The hash is of the content with LF line ends",
            encodingFormat="text/csv",
            sha256=file["sha256"],
            **origin,
        )
        for file in data["files"]
    ]


def _boundaries(crate, reads: dict | None) -> list:
    """The boundary files that records were placed in, by name and hash."""
    layers = ((reads or {}).get("boundaries") or {"layers": []})["layers"]
    said = {"description": "Boundaries of local authorities", "encodingFormat": "application/geo+json"}
    return [
        _add(crate, f"#boundaries/{quote(file['path'])}", "File", name=file["path"], sha256=file["sha256"], **said)
        for file in layers
    ]


def _files(crate, record: dict) -> list:
    """The files that parameters name, by name and hash."""
    return [
        _add(crate, f"#{name}", "File", name=Path(record["parameters"][name]).name, sha256=sha256, description=name)
        for name, sha256 in record["inputs"].items()
    ]


def _publisher(crate):
    return _add(crate, _PUBLISHER, "WebSite", name="data.police.uk", url=_PUBLISHER, license=_licence(crate))


def _parameters(crate, parameters: dict) -> list:
    """The notebook's parameters but for folders, which are this machine's."""
    return [
        _add(crate, f"#parameter-{name}", "PropertyValue", name=name, value=_as_text(value))
        for name, value in parameters.items()
        if name not in FOLDERS
    ]


def _as_text(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "none" if value is None else value


def _software(crate, record: dict, author) -> list:
    """The package and the notebook it ran, with what they need."""
    names = {"Python": record["python"], **record["libraries"]}
    needed = [
        _add(crate, url or f"#{name.lower()}", "SoftwareApplication", name=name, softwareVersion=version, url=url)
        for name, version, url in ((name, version, _address(name)) for name, version in names.items())
    ]
    package = _add(
        crate,
        "#sas_analysis",
        "SoftwareApplication",
        name="sas_analysis",
        softwareVersion=record["version"],
        identifier=_revision(crate, record["git"]),
        sha256=record["code_sha256"],
        url=_address("sas-analysis"),
        author=author,
        license="https://spdx.org/licenses/MIT",
        softwareRequirements=needed,
    )
    notebook = _add(
        crate,
        f"#{quote(record['notebook']['name'])}",
        "SoftwareSourceCode",
        name=record["notebook"]["name"],
        version=record["version"],
        sha256=record["notebook"]["sha256"],
        url=_address("sas-analysis"),
        isPartOf=package,
    )
    return [package, notebook]


def _revision(crate, git: dict | None):
    if git is None:
        return None
    changed = " with changes" if git["dirty"] else ""
    return _add(
        crate, "#revision", "PropertyValue", name="revision", propertyID="git", value=f"{git['revision']}{changed}"
    )


def _address(name: str) -> str | None:
    """The home page a distribution's metadata give; None if there is none."""
    if name == "Python":
        return "https://www.python.org/"
    said = metadata.metadata(name)
    labelled = [text.partition(", ")[::2] for text in said.get_all("Project-URL") or []]
    found = [said.get("Home-page")] + [address for label, address in labelled if _HOME.match(label)]
    return next(filter(None, found), None)


def _developers(crate):
    """The authors of the package and its notebooks, as its metadata name them."""
    said = metadata.metadata("sas-analysis")
    return _add(crate, "#developers", "Organization", name=said["Author"], url=_address("sas-analysis"))


def _maker(crate):
    """Whoever makes the report, if SAS_AUTHOR says so: a person with an ORCID, else an organisation."""
    found = re.fullmatch(r"\s*([^<>]+?)\s*(?:<(https?://[^<>\s]+)>)?\s*", os.environ.get(AUTHOR, ""))
    if not found:
        return None
    name, address = found.groups()
    type_ = "Person" if address and "//orcid.org/" in address else "Organization"
    return _add(crate, address or "#maker", type_, name=name, url=address)
