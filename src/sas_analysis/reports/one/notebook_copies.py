"""Copies of the notebooks in a folder of the user's own, whose parameters name the user's data."""

import json
import os
import re
from pathlib import Path

from sas_analysis.errors import RunError, listed
from sas_analysis.reports.one.parameters import notebooks

_FOLDER = re.compile(r'(raw|processed): str = "[^"]*"')


def copy_notebooks(folder, *, raw, processed, force: bool = False) -> dict[Path, bool]:
    """The copies by path, and whether each was written: False where it was there already and is the same.

    Parameters
    ----------
    folder
        Where to copy them; it is made if it is not there.
    raw, processed
        Folders that the parameters of the copies name, relative to each copy where it lies below the working
        directory, else absolute.
    force
        Replace files that differ.

    Raises
    ------
    RunError
        If files that differ are there and `force` is not given, or the folder cannot be written; nothing was replaced.
    """
    source = next(iter(notebooks().values())).parent
    files = [path for path in sorted(source.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
    folders = {"raw": Path(raw).absolute(), "processed": Path(processed).absolute()}
    texts = {Path(folder) / path.relative_to(source): path for path in files}
    texts = {copy: _with_folders(path, _from(copy.parent, folders)) for copy, path in texts.items()}
    try:
        there = {copy: copy.read_text(encoding="utf-8") for copy in texts if os.path.lexists(copy)}
        differ = [str(copy) for copy, text in there.items() if text != texts[copy]]
        if differ and not force:
            raise RunError(listed([f"{name} is there and differs" for name in differ]) + "\nreplace with: --force")
        for copy, text in texts.items():
            if there.get(copy) != text:
                _write(copy, text)
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"the notebooks cannot be copied into {folder} ({error}); choose another folder") from error
    return {copy: there.get(copy) != text for copy, text in texts.items()}


def _from(folder: Path, folders: dict[str, Path]) -> dict[str, str]:
    """The folders as a notebook in `folder` is to name them."""
    folder = Path(os.path.abspath(folder))
    is_inside = folder.is_relative_to(Path.cwd())
    return {
        name: Path(os.path.relpath(path, folder) if is_inside else path).as_posix() for name, path in folders.items()
    }


def _with_folders(notebook: Path, folders: dict[str, str]) -> str:
    """A notebook's text, with other defaults of `raw` and `processed` in its parameters cell."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            cell["source"] = [_FOLDER.sub(lambda found: _declared(found[1], folders), line) for line in cell["source"]]
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _declared(name: str, folders: dict[str, str]) -> str:
    return f"{name}: str = {json.dumps(folders[name], ensure_ascii=False)}"


def _write(copy: Path, text: str) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    temporary = copy.with_suffix(f".{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(copy)
    finally:
        temporary.unlink(missing_ok=True)
