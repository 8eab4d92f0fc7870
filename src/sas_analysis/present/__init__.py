"""From measures tables to what a reader sees, so that every table, figure and sentence has one look.

tables   a measures table as a page shows it, and as the CSV beside the report
figures  intervals, series, compositions and coverage, each drawn from a table
prose    sentences whose every number comes from a table cell
"""
