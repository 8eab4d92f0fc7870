"""Sections of a notebook that do not apply: their cells show nothing, so the page has neither heading nor text.

A block is a text cell and the cells of code up to the next one. A section is a block with a heading, and the blocks
after it up to the next heading.
"""

from collections.abc import Iterator

_METHOD = "method"  # a text that says how the cells before it count, and goes with them
SET_UP = {"parameters", "injected-parameters", "set-up"}


def without_silent_sections(nb):
    """A notebook without the texts whose cells show nothing; cells of code stay as they are."""
    silent = [cell for section in _sections(nb.cells) for cell in _silent_texts(section)]
    kept = [cell for cell in nb.cells if not any(cell is other for other in silent)]
    return type(nb)({**nb, "cells": kept})


def _sections(cells) -> Iterator[list[list]]:
    """Sections as lists of blocks."""
    section: list[list] = []
    for block in _blocks(cells):
        if block[0].source.lstrip().startswith("#") and section:
            yield section
            section = []
        section.append(block)
    if section:
        yield section


def _blocks(cells) -> Iterator[list]:
    block: list = []
    for cell in cells:
        if cell.cell_type != "code" and not (block and _METHOD in cell.metadata.get("tags", [])):
            if block:
                yield block
            block = [cell]
        elif block:
            block.append(cell)
    if block:
        yield block


def _silent_texts(section: list[list]) -> list:
    """The texts to leave out: of silent blocks, but for the heading's where another block of its section speaks."""
    silent = [text for block in section if _is_silent(block) for text in block if text.cell_type != "code"]
    if any(not _is_silent(block) for block in section):
        return [text for text in silent if text is not section[0][0]]
    return silent


def _is_silent(block: list) -> bool:
    ran = [
        cell
        for cell in block[1:]
        if cell.cell_type == "code" and not SET_UP.intersection(cell.metadata.get("tags", []))
    ]
    return bool(ran) and not any(cell.outputs for cell in ran)
