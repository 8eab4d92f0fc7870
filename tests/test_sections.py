"""Sections that do not apply are not on the page."""

import nbformat.v4 as v4

from sas_analysis.reports.one.sections import without_silent_sections

SHOWN = [v4.new_output("display_data", data={"text/plain": "x"})]


def notebook(*cells):
    made = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(v4.new_markdown_cell(cell))
        else:
            tags = [] if isinstance(cell, bool) else cell
            made.append(v4.new_code_cell("x", outputs=SHOWN if cell is True else [], metadata={"tags": tags}))
    return v4.new_notebook(cells=made)


def texts(*cells):
    return [cell.source for cell in without_silent_sections(notebook(*cells)).cells if cell.cell_type == "markdown"]


def test_a_section_whose_cells_show_nothing_is_gone():
    assert texts("# Title", "## A\n\ntext", False, "more", False, "## B", True) == ["# Title", "## B"]


def test_a_heading_stays_where_any_block_of_its_section_speaks():
    assert texts("## A", False, "first", True, "second", False) == ["## A", "first"]


def test_texts_without_code_and_set_up_cells_are_no_silence():
    assert texts("# Title", ["set-up"], "## Notes", "words") == ["# Title", "## Notes", "words"]


def test_the_notebook_itself_is_left_as_it_was():
    nb = notebook("## A", False)
    assert without_silent_sections(nb).cells[0].cell_type == "code"
    assert [cell.cell_type for cell in nb.cells] == ["markdown", "code"]
