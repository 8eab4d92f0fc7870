"""What a study can be asked: each method says what it takes and gives; another module works it out."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sas_analysis.measures.sensitivity import with_months_taken_back
from sas_analysis.names import check_called

if TYPE_CHECKING:
    from sas_analysis.study.estimates import Estimates
    from sas_analysis.study.study import Study
    from sas_analysis.study.trends import Changes


class Answers:
    """The part of a `Study` that answers questions: its measures."""

    def share(
        self, by: str | list[str], *, within: str | list[str] = (), months: str = "counted", **options: Any
    ) -> "Estimates":
        """Share of searches by a column, or by several.

        Parameters
        ----------
        by : str or list of str
            Columns of `searches`.
        within : str or list of str
            Further columns; the share is then of the searches of the same group of these.
        months : str
            "counted": the months that the audit does not flag and whose fields may be used; or "published", all.
        **options
            interval="wilson" and together=5, as `share_of_searches`.

        Examples
        --------
        >>> study.share("power").frame[["power", "numerator", "estimate"]].round(3).head(2)
                        power  numerator  estimate
        0  Reasonable grounds       1472      0.91
        1          Section 60        146      0.09
        >>> study.share("power", within="ethnicity_5").plot()
        <Figure size ...>
        """
        from sas_analysis.study import measures

        return measures.share(self, by, within=within, months=months, **options)

    def shares(self, columns: list[str], outcomes: Iterable[str] = ()) -> pd.DataFrame:
        """Shares of searches by each of several columns, and of some outcomes, in one table.

        Parameters
        ----------
        columns : list of str
            Columns of `searches`.
        outcomes : iterable of str
            As `outcome` takes one.

        Returns
        -------
        DataFrame
            `column | label | <measures table>`; of an outcome, column and label are empty.

        Examples
        --------
        >>> study.shares(["power", "gender"], ["arrest"])["column"].unique().tolist()
        ['power', 'gender', '']
        """
        from sas_analysis.study import measures

        return measures.shares(self, columns, outcomes=outcomes)

    def outcome_bounds(self, outcome: str, by: str | list[str] = ()) -> "Estimates":
        """Lowest and highest share of searches that ended in an outcome, whatever the unknown outcomes were.

        Parameters
        ----------
        outcome : str
            "positive", "nothing" or "arrest", as `outcome`.
        by : str or list of str
            Columns of `searches`; without them, all searches together.

        Examples
        --------
        >>> study.outcome_bounds("arrest").frame[["measure", "estimate"]].round(3)
                  measure  estimate
        0   arrest_lowest     0.151
        1  arrest_highest     0.151
        """
        from sas_analysis.study import measures

        return measures.bounds(self, outcome, by=by)

    def outcome(self, outcome: str, by: str | list[str] = (), **options: Any) -> "Estimates":
        """Share of searches that ended in an outcome, among those whose outcome is known.

        Parameters
        ----------
        outcome : str
            "arrest"; "positive" (any but no further action); "nothing" (no further action); "find" (linked to the
            object of search) or "linked" (the same among positive outcomes).
        by : str or list of str
            Columns of `searches`; without them, all searches together.
        **options
            interval="wilson" and together=5, as `share_of_searches`.

        Examples
        --------
        >>> study.outcome("arrest", by="ethnicity_5").frame[["ethnicity_5", "estimate"]].round(3).head(2)
          ethnicity_5  estimate
        0       White     0.153
        1       Mixed     0.151
        """
        from sas_analysis.study import measures

        return measures.outcome(self, outcome, by=by, **options)

    def outcome_difference(
        self,
        outcome: "str | Sequence[str]",
        by: str = "ethnicity_5",
        reference: str = "White",
        *,
        within: str | list[str] | None = None,
        covariates: str | list[str] | None = None,
        bounds: bool = False,
        **options: Any,
    ) -> "Estimates":
        """Share of searches with an outcome less that of the reference group: crude, within, and adjusted.

        Months in which the outcome, or a column that is held alike, may not be used are left out of all three.

        Parameters
        ----------
        outcome : str or list of str
            "arrest"; "positive" (any but no further action); "nothing" (no further action); or "find" (linked to the
            object of search; of records for which there is no find rate, none is estimable). Of several, a column
            `outcome` names them.
        by, reference : str
            A column of `searches`, and the label that the others are compared with.
        within : str or list of str, optional
            Columns whose combinations are strata; by default object and power, and force where there are several.
        covariates : str or list of str, optional
            Columns that the adjusted difference holds alike; by default object, power, gender, age and month, and
            force where there are several.
        bounds : bool
            Instead, how low and how high the crude difference can be, whatever the unknown outcomes were; of months
            whose outcomes may not be used as well.
        **options
            interval="sampling" and together=4, as `outcome_differences`.

        Examples
        --------
        >>> found = study.outcome_difference("arrest").only(ethnicity_5="Black")
        >>> found.frame[["measure", "estimate"]].round(3)
                               measure  estimate
        6     outcome_difference_crude     0.003
        7    outcome_difference_within     0.011
        8  outcome_difference_adjusted     0.019
        """
        from sas_analysis.study import differences

        given = {"by": by, "reference": reference, "within": within, "covariates": covariates, "bounds": bounds}
        return differences.outcome_difference(self, outcome, **given, **options)

    def pooled_outcome_difference(
        self, outcome: str, by: str = "ethnicity_5", reference: str = "White", *, of: str = "adjusted", **options: Any
    ) -> "Estimates":
        """Differences of an outcome of several forces: their mean, another force's, and each drawn to the mean.

        Parameters
        ----------
        outcome, by, reference, **options
            As `outcome_difference`; each force is compared by itself.
        of : str
            Which difference is pooled: "crude", "within" or "adjusted".

        Returns
        -------
        Estimates
            As `pooled_differences`: `force | <by> | ...`, with an empty force what is of all of them.

        Examples
        --------
        >>> both = sas.open_study(["metropolitan", "essex"], "2018-04", "2018-09", raw=SAMPLE)
        >>> both.pooled_outcome_difference("arrest").only(ethnicity_5="Black").frame["force"].tolist()
        ['', '', 'metropolitan', 'essex']
        """
        from sas_analysis.study import differences

        return differences.pooled(self, outcome, by=by, reference=reference, of=of, **options)

    def robust_outcome_test(
        self, outcome: str = "positive", *, by_object: bool = True, least: int = 30, **options: Any
    ) -> pd.DataFrame:
        """Whether groups are searched on less than the reference group, from rates and hit rates: mostly inconclusive.

        Parameters
        ----------
        outcome : str
            What counts as a hit: "positive" (any outcome but no further action), "arrest" or "find".
        by_object : bool
            Test within each object of search.
        least : int
            Searches of either group below which a place is not tested.
        **options
            Of the `Comparison`, such as reference="White" or groups=["Black"]; and alpha=0.05 and interval="period",
            as `robust.robust_test_of`.

        Returns
        -------
        DataFrame
            As `robust.robust_test_of`: a row a force, object and group, with the verdict.

        Examples
        --------
        >>> found = study.robust_outcome_test(groups=["Black"])
        >>> found[["object_group", "signs", "verdict"]].head(1).to_numpy().tolist()
        [['Drugs', 'rate only', 'inconclusive']]
        """
        from sas_analysis.study.comparison import OPTIONS, Comparison
        from sas_analysis.study.options import check_options
        from sas_analysis.study.robust import robust_test_of

        check_options(options, [*OPTIONS, "alpha", "interval"])
        how = {name: options.pop(name) for name in ("alpha", "interval") if name in options}
        compared = Comparison(self, **options)
        return robust_test_of(compared, outcome=outcome, by_object=by_object, least=least, **how)

    def ground_difference(
        self,
        column: str,
        by: str = "ethnicity_5",
        reference: str = "White",
        *,
        within: str | list[str] | None = None,
        covariates: str | list[str] | None = None,
        **options: Any,
    ) -> "Estimates":
        """Share of searches with each label of a column less that of the reference group: crude, within, adjusted.

        Parameters
        ----------
        column : str
            "object_group", "power", "more_than_outer_clothing", or another column of `searches`.
        by, reference, within, covariates, **options
            As `outcome_difference`; the column itself is not held alike. only=["Section 60"] compares some labels.

        Examples
        --------
        >>> black = study.ground_difference("power").only(ethnicity_5="Black")
        >>> black.frame[["power", "measure", "estimate"]].round(3)
                power                    measure  estimate
        6  Section 60     share_difference_crude     0.050
        7  Section 60    share_difference_within     0.012
        8  Section 60  share_difference_adjusted     0.008
        """
        from sas_analysis.study import differences

        given = {"by": by, "reference": reference, "within": within, "covariates": covariates}
        return differences.ground_difference(self, column, **given, **options)

    def rate(self, *, by: str = "", over: str = "", areas: Iterable[str] | None = None, **options: Any) -> "Estimates":
        """Searches per 1,000 residents a year of every ethnic group.

        The arguments are those of `ratio`.

        Examples
        --------
        >>> study.rate(groups=["Black"]).frame[["ethnicity_5", "estimate"]].round(2)
          ethnicity_5  estimate
        0       White      0.21
        1       Black      0.87
        """
        from sas_analysis.study import measures

        return measures.rate(self, by=by, over=over, areas=areas, **options)

    def ratio(self, *, by: str = "", over: str = "", areas: Iterable[str] | None = None, **options: Any) -> "Estimates":
        """Disproportionality ratio of every ethnic group to the reference group.

        Parameters
        ----------
        by : str
            "" for one ratio a group; "borough" or "force"; or a column of `searches`, such as "power".
        over : str
            "" for the whole period, or "month", "quarter" or "year" (of the calendar).
        areas : iterable of str, optional
            Boroughs, by name or ONS code; by default all that the forces police.
        **options
            Of the `Comparison`, such as reference="White", groups=["Black"] or census_year=2021; and
            interval="clustered" or together=4, as `disproportionality_ratio`.

        Examples
        --------
        >>> black = study.ratio(over="quarter", groups=["Black"]).only(ethnicity_5="Black")
        >>> black.frame[["quarter", "estimate"]].round(2)
          quarter  estimate
        1  2018Q2      4.21
        3  2018Q3      4.26
        >>> study.ratio(by="borough", areas=["Greenwich", "Sutton"], groups=["Black"]).plot()
        <Figure size ...>
        """
        from sas_analysis.study import measures

        return measures.ratio(self, by=by, over=over, areas=areas, **options)

    def trend(self, what: str, *, over: str = "month", **options: Any) -> "Estimates":
        """A series with a row for every month of the study: a gap stays a gap, and its row says why.

        Parameters
        ----------
        what : str
            "searches" (a day), "rate", "ratio", an outcome as `outcome` takes it, "recording" (what is not recorded),
            or a column of `searches`, such as "object_group" or "power".
        over : str
            "month", "quarter" or "year" (of the calendar).
        **options
            Of a rate or ratio, those of the `Comparison`; interval and together, as `share_of_searches`; and
            only=["Black"], which keeps some labels.

        Returns
        -------
        Estimates
            `<over> | <groups> | ...`, with limits of the level and of the period. "recording" is of all published
            months, for what is not recorded is a fact of every one of them.

        Examples
        --------
        >>> study.trend("searches").frame[["month", "numerator", "estimate"]].round(1).head(2)
             month  numerator  estimate
        0  2018-04        280       9.3
        1  2018-05        272       8.8
        """
        from sas_analysis.study import trends

        return trends.trend(self, what, over=over, **options)

    def year_on_year(self, what: str, *, start: str = "", end: str = "", **options: Any) -> "Estimates":
        """A period beside the same months of the year before, of months that may be used in both years.

        Parameters
        ----------
        what : str
            As `trend`; of the outcomes "arrest", "positive" and "nothing".
        start, end : str
            First and last month of the period, "YYYY-MM"; by default the last twelve of the study that have a year
            before them in it.
        **options
            As `trend`.

        Returns
        -------
        Estimates
            `group | period | ...`: the year before, the period, and "change", later / earlier, with the limits of a
            force whose level drifts as forces' do. The note says which months are matched. Of several forces each has
            the months that it has in both years, and the note says how many these are and which forces have none.

        Raises
        ------
        ParameterError
            Where the study does not hold the year before.

        Examples
        --------
        >>> two = sas.open_study("metropolitan", "2018-01", "2019-06", raw=SAMPLE)
        >>> found = two.year_on_year("searches").frame
        >>> found[["period", "measure"]].to_numpy().tolist()[-1]
        ['change', 'year_on_year']
        """
        from sas_analysis.study import trends

        return trends.year_on_year(self, what, start=start, end=end, **options)

    def change_points(self, what: str | list[str], **options: Any) -> pd.DataFrame:
        """Months at which series take a step that the ordinary drift of months does not explain.

        Parameters
        ----------
        what : str or list of str
            As `trend`, or several. Several forces are searched together and each by itself.
        **options
            As `trend`; only=["Black"] keeps some labels.

        Returns
        -------
        DataFrame
            As `measures.trends.change_points`; `nature` says what changes: searches, a rate, a ratio, a share, or
            recording.

        Examples
        --------
        >>> found = study.change_points(["searches", "recording"])
        >>> found["note"].str.split(":").str[0].unique().tolist()
        ['not searched']
        """
        from sas_analysis.study import trends

        return trends.change_points(self, what, **options)

    def changes(self, what: str, **options: Any) -> "Changes":
        """Changes over time, as a report shows them: by month, by quarter, steps, and against the year before.

        Parameters
        ----------
        what : str
            As `trend`.
        **options
            As `trend`; only=["Black"] keeps some labels.

        Returns
        -------
        Changes
            by_month; in_short, by quarter (by year where there are more than twelve); points; year (None without two
            years); events (of `policy_calendar`).

        Examples
        --------
        >>> found = study.changes("searches")
        >>> len(found.by_month.frame), len(found.in_short.frame), found.year
        (6, 2, None)
        """
        from sas_analysis.study import trends

        return trends.changes(self, what, **options)

    def without_flagged(self, measure: "Callable[[Study], pd.DataFrame | Estimates]") -> pd.DataFrame:
        """A measure of the months that count, and with those taken back in: `months | <measures table>`.

        Parameters
        ----------
        measure : callable
            Function of a study; it returns a measures table or `Estimates`.

        Returns
        -------
        DataFrame
            months : "counted"; "unusable included", with the months whose fields may not be used, where that differs;
            "all published", with the months that the audit flags too.

        Examples
        --------
        >>> both = study.without_flagged(lambda own: own.share("power"))
        >>> both["months"].unique().tolist()
        ['counted', 'all published']
        """
        check_called(measure, "measure", 'lambda own: own.share("gender")')
        return with_months_taken_back(self, measure)

    def measured(self, measure: Callable[..., pd.DataFrame], **options: Any) -> "Estimates":
        """Any measure of searches, of the months in which the fields it rests on may be used.

        Parameters
        ----------
        measure : callable
            Function of searches that returns a measures table; it takes `level`.
        **options
            For it.

        Examples
        --------
        >>> from sas_analysis.measures import grounds
        >>> study.measured(grounds.object_agreement).measure
        'object_agreement'
        """
        from sas_analysis.study import measures

        return measures.measured(self, measure, **options)

    def model_frame(self, outcome: str, using: str | list[str] = ()) -> pd.DataFrame:
        """The searches with a known outcome, ready for statsmodels: 0 and 1, and plain categories.

        Parameters
        ----------
        outcome : str
            A column of truth values, such as "arrest" or "positive_outcome".
        using : str or list of str
            Columns of the frame that the formula has. Searches of which one is missing are left out, and with them the
            months and other labels of which no search is left: these would make the fit singular.

        Returns
        -------
        DataFrame
            `<outcome> | force | month | ethnicity_5 | officer_ethnicity_5 | gender | age_range | object_group | power`,
            `area` where records are placed, and `hour` (0 to 23). A blank is the label "Not recorded". Missing in the
            months in which the column may not be used (`usable`): name the columns of a formula in `using`.

        Raises
        ------
        ParameterError
            For an outcome that is no column of truth values, and columns that the frame does not have.
        DataError
            Where no search is left, with the reason.

        Examples
        --------
        >>> import statsmodels.formula.api as smf
        >>> frame = study.model_frame("arrest", using=["ethnicity_5", "power"])
        >>> fit = smf.logit("arrest ~ C(ethnicity_5, Treatment('White')) + power", data=frame).fit(disp=0)
        >>> len(frame), fit.params.round(2).to_dict()["power[T.Section 60]"]
        (1618, -1.72)
        """
        from sas_analysis.study.model_frame import model_frame

        return model_frame(self, outcome, using)

    def report(self, name: str, *, out: str | Path = "reports", parameters: dict | None = None) -> Path:
        """Make a report of this study, the same that `sas-analysis report` makes, and return its folder.

        Parameters
        ----------
        name : str
            "data_quality", "search_grounds", "outcomes", "disproportionality", "places", "national", or a notebook of
            your own.
        out : str or Path
            Folder for the report's folder.
        parameters : dict, optional
            Further parameters of the report's notebook, such as {"census_year": 2021}.

        Examples
        --------
        >>> folder = study.report("search_grounds", out=SAMPLE.parent / "reports")
        >>> folder.name, (folder / "report.html").exists()
        ('search_grounds_metropolitan_2018-04_2018-09', True)
        """
        from sas_analysis.reports.one.from_study import report_of_study  # a report is further down the line

        return report_of_study(self, name, out=out, parameters=parameters or {})
