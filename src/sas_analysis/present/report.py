"""The tables, figures and sentences of a report, and the rules that all of them obey."""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sas_analysis.errors import ParameterError, number_of
from sas_analysis.measures.intervals.asked import NONE, PERIOD
from sas_analysis.measures.shares import check_labels, occurring
from sas_analysis.measures.table import group_columns
from sas_analysis.measures.tallied import numbers_of
from sas_analysis.names import check_names, raise_faults, unknown_names
from sas_analysis.present import block_html, prose, rowcharts, trust_line
from sas_analysis.present.blocks import Block, card_block, light_block
from sas_analysis.present.charts import base as charts
from sas_analysis.present.charts.base import limits_drawn
from sas_analysis.present.filled_in import KNOWN, OF_RESIDENTS, confirmed
from sas_analysis.present.held import Held, names_months
from sas_analysis.present.narrowed import of_whole_forces
from sas_analysis.present.official_basis import basis_of_table
from sas_analysis.present.reasons import why_not
from sas_analysis.present.report_figure import ReportFigure
from sas_analysis.present.report_table import SYNTHETIC, ReportTable, publish, source_caption
from sas_analysis.present.short_table import ROWS, short
from sas_analysis.present.whose import Whose, names, whose
from sas_analysis.present.withheld import has_exact_counts, reveals
from sas_analysis.present.wording import begun, span, worded
from sas_analysis.rounding import NOT_GIVEN, rounded
from sas_analysis.study.comparison import Comparison
from sas_analysis.study.estimates import Estimates
from sas_analysis.study.study import Study


class Report:
    """Shows and saves the tables, figures and sentences of a notebook.

    Every table and figure has a number, and a caption that names the records, the months and the residents it rests
    on, and says so where records are simulated. Only the groups asked for are shown, and estimates on contradicted
    records are marked. Tables are also saved, whole.

    Parameters
    ----------
    study : Study
        Whose searches.
    compared : Comparison or None
        The residents they are compared with; None where nothing is divided by residents.
    tables : str
        Folder to write the tables to; "" writes none.

    Examples
    --------
    >>> study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=SAMPLE)
    >>> page = sas.Report(study, sas.Comparison(study))
    >>> page.table("powers", study.share("power").occurring(), "Searches by power")
    SYNTHETIC: ... Table 1. Searches by power. Metropolitan Police Service, 2018-04 to 2018-09; data.police.uk...
    """

    def __init__(self, study: Study, compared: Comparison | None = None, *, tables: str = ""):
        if not isinstance(study, Study):
            raise ParameterError(f"study is {_kind(study)}, no study; open one first: sas.open_study(...)")
        if compared is not None and not isinstance(compared, Comparison):
            raise ParameterError(f"compared is {_kind(compared)}, no comparison; make one: sas.Comparison(study)")
        self.study, self.compared, self.tables = study, compared, tables
        self.shown: dict[str, ReportTable] = {}
        self.figures: dict[str, ReportFigure] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._answered: Whose | None = None
        self._reasons: dict[str, str] = {}  # why tables have nothing to show, and the first that says so
        self._of_published = False  # whether its answer is of all published months
        self._of_forces = False  # whether every force has rows of its own: its tables are then of unlike months
        self._titles: dict[tuple[str, str], str] = {}

    # --- the first screen ---------------------------------------------------------------------------------------------

    def answer(
        self, what: str | Callable[..., str], *tables: pd.DataFrame | Estimates, of: str = "", **more: Any
    ) -> None:
        """Show the answer to the report's question, in one or two sentences; the record of the run keeps it.

        The tables tell whose searches the report is of: forces that are asked for and are in none of them are named
        with the reason, and no title, source or light is theirs.

        Parameters
        ----------
        what, *tables, **more
            As `say`.
        of : str
            "forces" where every force with records has its own rows in the report; by default its tables tell.

        Examples
        --------
        >>> page.answer("**Half of them** ended in no further action.")
        **Half of them** ended in no further action.
        """
        self._answered = (
            whose(self.study.whole, published=True) if of == "forces" else self._held.whose_together(tables)
        )
        self._of_forces = of == "forces"
        self._of_published = bool(tables) and not self._held.of_months_that_count(tables[0])
        narrower = callable(what) and "confirmed" in inspect.signature(what).parameters and bool(confirmed(self))
        said = self.whose.told("The tables below are" if narrower else "These figures are")
        text = worded(" ".join(filter(None, [self._text(what, *tables, **more), said])))
        content = {"text": text, "kick": self._kick(*tables), "source": self._footer(), "whose": self.whose.words}
        marked = f"{SYNTHETIC} {text}" if self.study.synthetic else text
        self._show(Block("answer", content, text, block_html.in_lab(block_html.answer({"text": marked}))))

    def cards(self, what: Callable[..., list], *tables: pd.DataFrame | Estimates, **more: Any) -> None:
        """Show the headline figures; the record of the run keeps them.

        Parameters
        ----------
        what : callable
            A function of `present.cards`; what it asks for by the name of its arguments the report fills in.
        *tables, **more
            As `say`.

        Examples
        --------
        >>> from sas_analysis.present import cards
        >>> page.cards(cards.grounds, study.share("object_of_search"), study.share("power"))
        For controlled drugs: 56.8%...
        """
        made = self._call(what, *tables, **more)
        content = card_block(made) | {"said": self._intervals_said() if any(one.interval for one in made) else ""}
        plain = "\n".join(" ".join(filter(None, [f"{one.what}: {one.text}", one.interval, one.base])) for one in made)
        self._show(Block("cards", content, plain, block_html.in_lab(block_html.cards(content))))

    def _intervals_said(self) -> str:
        """What the intervals of cards are; all sentences of the page have the same."""
        if self.study.choices.interval == NONE:
            return ""
        said = f"“From … to …” is a {self.study.level:.0%} interval: what chance leaves open in these months. "
        if self.study.choices.interval == PERIOD:
            return f"{said}It does not allow for errors in the records."
        return (
            f"{said}The wider one, “level over the years”, is where the usual level of such a force may lie. Neither "
            "allows for errors in the records."
        )

    def trust(self, unknown: pd.DataFrame | Estimates, what: str = "Ethnicity") -> None:
        """Show how far the figures can be trusted: official statistics, unknown values, months, fields.

        Parameters
        ----------
        unknown : DataFrame or Estimates
            One row: the share of searches of which something is unknown.
        what : str
            What that is, to begin a sentence with.

        Raises
        ------
        ParameterError
            For a table of other rows, such as the share of every group.

        Examples
        --------
        >>> page.trust(study.share("ethnicity_5").only(ethnicity_5="Unknown"))
        Not compared: These records are simulated...
        """
        frame = unknown.frame if isinstance(unknown, Estimates) else unknown
        trust_line.check_unknown(frame)
        given = {"what": what, "whose": self.whose, "of": self._searches_of(unknown)}
        content = light_block(trust_line.line(self.study, frame, **given))
        plain = "\n".join(f"{one['words']}: {one['fact']}" for one in content["lights"])
        self._show(Block("trust", content, plain, block_html.in_lab(block_html.trust(content))))

    # --- tables, figures and sentences --------------------------------------------------------------------------------

    def table(
        self,
        name: str,
        table: pd.DataFrame | Estimates,
        title: str,
        *,
        of: str = "",
        brief: bool = False,
        columns: Sequence[str] | None = None,
        view: Callable[..., pd.DataFrame] | None = None,
        rows: int = ROWS,
        fold: str = "",
        across: str = "",
        only: dict[str, str] | None = None,
    ) -> None:
        """Save a table as NAME.csv, whole and in full precision, and show it as a page does.

        Parameters
        ----------
        name : str
            Of the CSV, and of one table of the page: another table has another name.
        table : DataFrame or Estimates
            A measures table, or any other.
        title : str
            What it shows.
        of : str
            Which records it is of, for the caption: "published" months, "counted" months, or the whole "forces".
            "" takes what `Estimates` know, else the months that count where groups are compared, and the published
            ones where not.
        brief : bool
            Show only the labels that occur.
        columns : sequence of str, optional
            Show these columns only.
        view : callable, optional
            Function of the table that says the same in fewer lines, for the page; where it gives None, the table is
            saved and not shown.
        rows : int
            How many rows of a long table the page prints: those of the most searches, and those that a sentence tells
            of; all are in the CSV. A table of no more than half as many again is whole.
        fold : str
            A line that the page prints instead, which opens the table.
        across : str
            The column whose labels become the columns of the page's table; by default one that suits.
        only : dict, optional
            The page prints the rows with these labels, by column.

        Raises
        ------
        ParameterError
            For the name of another table, and for records, columns or labels that there are none of.

        Examples
        --------
        >>> page.table("flow", study.flow, "Records left out, and why")
        SYNTHETIC: ... Table 1. Records left out, and why. Metropolitan Police Service, 2018-04 to 2018-09...
        """
        given = {"of": of, "brief": brief, "columns": columns, "view": view, "rows": rows}
        given |= {"fold": fold, "across": across, "only": only}
        number = len(self._numbers)
        made = self.as_shown(name, table, title, **given)
        if self._held.says_nothing(table) or (made.block is None and view is not None):
            self._numbers = dict(list(self._numbers.items())[:number])  # a table that is not shown takes no number
            return
        if made.block:
            made.block["nothing"] = self._said_once(name, made.block["nothing"])
        self._show(made)

    def _said_once(self, name: str, nothing: str) -> str:
        """Why a table has nothing to show; of a reason that another table has given, which one that is."""
        reason = nothing.removeprefix("cannot be given: ")
        first = self._reasons.setdefault(reason, name)
        if not name or reason == nothing or first in ("", name):
            return nothing
        return f"cannot be given, for the reason at {' '.join(self._number('Table', first))}"

    def as_shown(
        self,
        name: str,
        table: pd.DataFrame | Estimates,
        title: str,
        *,
        of: str = "",
        brief: bool = False,
        columns: Sequence[str] | None = None,
        view: Callable[..., pd.DataFrame] | None = None,
        rows: int = ROWS,
        fold: str = "",
        across: str = "",
        only: dict[str, str] | None = None,
    ) -> ReportTable:
        """Save a table as `table` does, and return what that shows instead of showing it.

        Examples
        --------
        >>> page.as_shown("ratios", compared.ratios, "Ratio to White").caption
        'SYNTHETIC: ... Table 1. Ratio to White. Residents of all ages: interpolated between ...'
        """
        frame, compares = self._held.frame(table)
        self._check(of, "Table", name, title)
        if reveals(frame, self.study.choices.round_to):
            return ReportTable(pd.DataFrame(), self._not_given("Table", name, title))
        viewed = None if view is None else self._call(view, frame)
        printed = self._chosen(frame if viewed is None else viewed, columns, only or {}, across)
        doubt = self._held.doubt(frame, compares)
        given = {"of": of or self._held.rests_on(table, compares), "forces": self._held.held_by(table, frame)}
        records = source_caption(self._held.study_of(table, frame), **given)
        caption = self._caption("Table", name, title, records, self._held.source(frame, compares))
        made = publish(
            frame,
            name,
            self.tables if name else "",
            caption=f"{caption}. {doubt}" if doubt and view is not None else caption,
            synthetic=self.study.synthetic,
            brief=brief,
            columns=columns,
            view=viewed,
        )
        if view is not None and viewed is None:
            made.block = None
            return made
        if brief and printed["estimate"].notna().any():
            printed = occurring(printed)
        content = short(printed, rows=rows, across=across, level=self.study.level).as_block()
        if printed.empty and isinstance(table, Estimates) and table.study.nothing_counts:
            content["nothing"] = f"cannot be given: {why_not(f'not estimable: {table.study.nothing_counts}')}"
        if printed.empty and "area_code" in printed and self.study.located is None:
            content["nothing"] = "cannot be given: there are no boundaries to place searches by"
        files = [["Table (CSV)", f"tables/{name}.csv"]] * bool(name)
        made.block = {"kind": "table", **content, **self._named("Table", name, title, doubt, table, frame, of)}
        if of == "forces" and (whole := of_whole_forces(self.study)) and "official" in frame:
            made.block["months"] = f"Searches {whole}, not only those of this report."
        made.block |= {"downloads": files, "fold": fold}
        if not name:  # it stands alone: no page says above it whose searches these are
            alone = ". ".join(filter(None, [self._held.source(frame, compares), records, *_unknown_in(frame)]))
            made.block["notes"] = [*made.block["notes"], worded(f"{alone}.")]
        self._titles["Table", name] = title
        self.shown[name] = made
        return made

    def figure(
        self,
        name: str,
        draw: Callable[..., Any],
        table: pd.DataFrame | Estimates,
        title: str,
        *,
        note: str = "",
        of: str = "",
        data: str = "",
        fold: str = "",
        **options: Any,
    ) -> None:
        """Draw a table, show the figure with its caption, and save it as figures/NAME.svg and .png beside the tables.

        The picture is for JupyterLab and for papers; a page shows the same table as rows, where it can
        (`present.rowcharts`). `page.figures[NAME].save("figure.svg")` saves it anywhere.

        Parameters
        ----------
        name : str
            Gives the figure its number. The same figure made again keeps it; another has another name.
        draw : callable
            Function of `sas.charts`: it takes the table, `title` and what else it needs.
        table : DataFrame or Estimates
            What to draw.
        title : str
            Above the figure and in its caption.
        note : str
            What the caption adds to the title.
        of : str
            As `table`.
        data : str
            The name of the table that has its numbers, where it is not the figure's own.
        fold : str
            A line that the page prints instead, which opens the figure.
        **options
            For `draw`; `by` is the last group of the table unless given.

        Examples
        --------
        >>> page.figure("powers", sas.charts.intervals, study.share("power"), "Searches by power")
        <Figure>
        SYNTHETIC: ... Figure 1. Searches by power, ...
        """
        frame, compares = self._held.frame(table)
        self._check(of, "Figure", name, title)
        if reveals(frame, self.study.choices.round_to):
            return self.say(self._not_given("Figure", name, title))
        if self._held.says_nothing(table):
            return None
        if "by" in inspect.signature(draw).parameters:
            options.setdefault("by", group_columns(frame)[-1])
        asked = ["events"] * ("events" in inspect.signature(draw).parameters)
        known = {
            key: KNOWN[key](self)
            for key in ("months", "level", "several", *asked, *OF_RESIDENTS * bool(self.compared))
            if key not in options
        }
        drawn = rowcharts.rows_of(draw, frame, title=title, **options, **known)
        if drawn == rowcharts.NOTHING:
            return None  # the sentence beside it says why
        if "why" in drawn:
            return self.say(drawn["why"])
        figure = self._call(draw, frame, title=title, **options)
        words = ", ".join(filter(None, [title, note, limits_drawn(draw, options.get("shrunken", frame))]))
        given = {"of": of or self._held.rests_on(table, compares), "forces": self._held.held_by(table, frame)}
        records = source_caption(self._held.study_of(table, frame), **given)
        caption = self._caption("Figure", name, words, records, self._held.source(frame, compares))
        doubt = self._held.doubt(frame, compares)
        if doubt:
            charts.mark(figure, doubt)
        caption = ". ".join(filter(None, (caption, doubt))) + "."
        made = ReportFigure(figure, f"{SYNTHETIC} {caption}" if self.study.synthetic else caption)
        if self.tables and name:
            made.save_both(Path(self.tables).parent / "figures", name)
        said = begun(note) + "." * bool(note)
        content = {"html": drawn.get("html", ""), "key": drawn.get("key", []), "fold": fold}
        content |= self._named("Figure", name, title, doubt, table, frame)
        content["sub"] = worded(" ".join(filter(None, [said, drawn.get("sub", "")])))
        files = [[kind.upper(), f"figures/{name}.{kind}"] for kind in ("svg", "png")] * bool(name)
        content["downloads"] = [*files, ["Data (CSV)", f"tables/{data or name}.csv"]]
        self.figures[name], self._titles["Figure", name] = made, title
        self._show(made.block(content))
        self._show(Block("lab", {}, made.caption, block_html.in_lab(block_html.caption(content | {"downloads": []}))))

    def say(self, what: str | Callable[..., str | list[str]], *tables: pd.DataFrame | Estimates, **more: Any) -> None:
        """Show a sentence, or a function that makes one from what the report knows.

        Parameters
        ----------
        what : str or callable
            The text, or a function of `present.say` that makes it. What the function asks for by the name of
            its arguments (`study`, `flow`, `reference` and others) the report fills in.
        *tables : DataFrame or Estimates
            The tables that the sentence speaks of, in order.
        **more
            Further arguments of the function.

        Examples
        --------
        >>> from sas_analysis.present import say
        >>> page.say(say.general.scope)
        <IPython.core.display.Markdown object>
        """
        from IPython.display import Markdown

        about_the_study = not isinstance(what, str) and "study" in inspect.signature(what).parameters
        if tables and not about_the_study and all(map(self._held.says_nothing, tables)):
            return
        if any(has_exact_counts(table, self.study.choices.round_to) for table in tables):
            return  # shares of exact counts give them away; the table says that it is not given
        text = self._text(what, *tables, **more)
        if text:
            self._show(Markdown(worded(text)))

    # --- what a table, figure or sentence gets from the report --------------------------------------------------------

    def _show(self, what) -> None:
        from IPython.display import display

        display(what)

    def _text(self, what, *tables, **more) -> str:
        words = what if isinstance(what, str) else self._call(what, *tables, **more)
        return words if isinstance(words, str) else "\n\n".join(words)

    # --- whose searches they are --------------------------------------------------------------------------------------

    @property
    def _held(self) -> Held:
        return Held(self.study, self.compared)

    @property
    def whose(self) -> Whose:
        """The forces whose searches the answer of the report holds; before there is one, those of its study."""
        return self._answered or self._held.whose_of_page()

    def _other_forces(self, table, frame: pd.DataFrame) -> list[str]:
        """Which forces a table holds and the answer does not, and the other way round."""
        held = self._held.held_by(table, frame)
        if held is None:
            return []
        more = [force for force in held if force not in self.whose.forces]
        less = [force for force in self.whose.forces if force not in held]
        words = (("with the searches of {} as well", more), ("without {}", less))
        return [text.format(names(forces)) for text, forces in words if forces]

    def _searches_of(self, unknown) -> str:
        """Of which searches a share unknown is, where they are not all searches of the forces of the answer."""
        frame = unknown.frame if isinstance(unknown, Estimates) else unknown
        other = "".join(f", {text}" for text in self._other_forces(unknown, frame))
        if not isinstance(unknown, Estimates) or unknown.months == "published" or not unknown.groups:
            return other
        forces, (*_, column) = self.whose.forces, unknown.groups
        # The whole has every force that the part has, or the part would be no part of it.
        forces = [*forces, *(force for force in self._held.held_by(unknown, frame) or [] if force not in forces)]
        months = unknown.study.months_of(*forces).published_months
        lost = int(months[["flagged", "unusable"]].to_numpy().sum())
        every = self.study.whole.tallied(column, months="published")
        every = every[every["force"].isin(forces)]
        here, number = every[every[column].astype("str").eq(str(frame[column].iloc[0]))], _searches(every)
        estimates = (frame["estimate"].iloc[0], _searches(here) / number if number else float("nan"))
        shares = [prose.headline(estimate, frame["measure"].iloc[0])[0] for estimate in estimates]
        if not lost or len(set(shares)) == 1 or "–" in shares:
            return other
        kind = number_of(lost, "force-month" if len(forces) > 1 else "month")
        of_all = prose.count(rounded(number, self.study.records))
        return f"{other}, without {kind} not used here; of all {of_all}: {shares[1]}"

    def _kick(self, *tables) -> str:
        """Whose records these are, of when, and how many: the line above the title.

        Where the answer rests on fewer months than are published, it says how many searches are in these.
        """
        number = self._number_in(self.study.whole, published=True)
        own = self._number_behind(tables[0]) if tables else 0
        used = f", {own:,} of them in the months used here" if 0 < own < number else ""
        searches = f"{number_of(number, 'search')} of people{used}"
        parts = [self.whose.words, span(self.study.start, self.study.end), searches]
        return " · ".join([*parts, *self.study.choices.in_words(months=True)])

    def _number_behind(self, table) -> int:
        """How many searches by the forces of the answer are in the months that a table is of."""
        if self._held.of_months_that_count(table):
            return self._number_in(self._held.holder(table)[0])
        published = isinstance(table, Estimates)
        return self._number_in(self.study.whole if published else self.study, published=published)

    def _number_in(self, study: Study, *, published: bool = False) -> int:
        """How many searches by the forces of the answer are in the months of a study that count, or are published."""
        if self.whose.forces == study.forces:
            return int((study.published if published else study).flow["left"].iloc[-1])
        rows = study.tallied("ethnicity_5", months="published" if published else "counted")
        return int(rounded(_searches(rows[rows["force"].isin(self.whose.forces)]), self.study.records))

    def _footer(self) -> str:
        """Where all its numbers come from, said once."""
        of = f"{self.whose.words}, {span(self.study.start, self.study.end)}"
        official = [] if self.study.synthetic else ["official counts: Home Office"]
        residents = [self.compared.source] if self.compared and self.compared.forces else []
        sources = ["data.police.uk, Open Government Licence v3.0", *residents, *official]
        return worded(f"Source: {'; '.join(sources)}. Unless a caption says otherwise, all figures are of {of}.")

    def _named(self, kind: str, name: str, title: str, doubt: str, table, frame: pd.DataFrame, of: str = "") -> dict:
        """Number, title and marks of a block, and which months it rests on where they are not those of the report.

        of : as `table`; of a table that asks for the months that count, on a page of all that are published, all that
        are left out.
        """
        number = " ".join(self._number(kind, name))
        marks = ["SYNTHETIC: simulated records."] * self.study.synthetic + [f"{doubt}."] * bool(doubt)
        own = self._held.study_of(table, frame)
        # Rows that say which months they are of hold the months left out as well.
        said_above = [] if of == "counted" and self._of_published else self.study.left_out
        months = [] if names_months(frame) else [text for text in own.left_out if text not in said_above]
        said = [f"{begun(text)}." for text in [*self._other_forces(table, frame), *months]]
        basis = [self._held.basis(table, frame) if self._of_forces else "", basis_of_table(self.study, frame)]
        sub = worded(" ".join(filter(None, [*basis, *said])))
        return {"name": name, "number": number, "title": worded(title), "mark": " ".join(marks), "months": sub}

    def _caption(self, kind: str, name: str, title: str, records: str, source: str) -> str:
        return ". ".join(filter(None, [*self._number(kind, name), title, source, records]))

    def _not_given(self, kind: str, name: str, title: str) -> str:
        return f"{'. '.join([*self._number(kind, name), title])}: {NOT_GIVEN}."

    def _check(self, of: str, kind: str, name: str, title: str) -> None:
        """Raise ParameterError for records that there are none of, and for the name of another table or figure.

        The same one may be made again, as a cell of a notebook is run again; another would replace its files.
        """
        faults = unknown_names([of] if of else [], _RECORDS, "of", wrong="names no records")
        known = self._titles.get((kind, name), title)
        if name and known != title:
            faults.append(
                f'"{name}" is the name of {self._number(kind, name)[0]}, "{known}": choose another name, or begin the '
                "page again with sas.Report(...)"
            )
        raise_faults(faults)

    def _chosen(self, table: pd.DataFrame, columns: Sequence[str] | None, only: dict, across: str) -> pd.DataFrame:
        """The rows and columns that the page prints; ParameterError for columns and labels that there are none of."""
        asked = [*(columns or []), *([across] if across else [])]
        check_names(asked, table.columns, "column")
        table = table if columns is None else table[list(columns)]
        check_labels(table, only, self.study.records)
        for column, value in only.items():
            table = table[table[column].astype("str").eq(str(value))].drop(columns=column)
        return table

    def _number(self, kind: str, name: str) -> list[str]:
        """The number of a table or figure: the same when its cell is run again."""
        if not name:
            return []
        taken = sum(other == kind for other, _ in self._numbers)
        return [f"{kind} {self._numbers.setdefault((kind, name), taken + 1)}"]

    def _call(self, function: Callable, *tables, **more):
        """Call a function: arguments named as in `KNOWN` are filled in, the others take the tables in order."""
        names = [name for name in inspect.signature(function).parameters if name not in more]
        known = {name: KNOWN[name](self) for name in names if name in KNOWN}
        spoken = map(self._held.spoken_of, tables)
        given = dict(zip((name for name in names if name not in known), spoken, strict=False))
        return function(**given, **known, **more)


def _searches(rows: pd.DataFrame) -> int:
    """How many searches some rows are, of searches or of `Study.tallied`."""
    number = numbers_of(rows)
    return len(rows) if number is None else int(number.sum())


def _unknown_in(frame: pd.DataFrame) -> list[str]:
    """How much is unknown of what some rows of a table rest on, each share once."""
    notes = frame["note"].fillna("") if "note" in frame else []
    parts = [part for note in notes for part in note.split("; ") if " unknown in " in part]
    return [begun(part) for part in dict.fromkeys(parts)][:3]


def _kind(thing: object) -> str:
    return repr(thing) if isinstance(thing, str) else f"a {type(thing).__name__}"


_RECORDS = ("published", "counted", "forces")  # what a caption may be of
