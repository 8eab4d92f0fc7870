"""From measures tables to what a reader sees, so that every table, figure and sentence has one look.

tables     a measures table as a page shows it, and as the CSV beside the report
audit      the findings of the audit, equal ones of several months in one line
figures    intervals, series, compositions and coverage, each drawn from a table
prose      numbers as text: the one formatter
sentences  the sentences of the reports, every number a table cell; of the robust outcome test `robust_sentences`; of
           the surge test and the veil of darkness `timing_sentences`
"""
