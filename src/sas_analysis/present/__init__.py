"""From measures tables to what a reader sees, so that every table, figure and sentence has one look.

report        what every table, figure, card and sentence obeys: marks, captions, numbers, what is not given
blocks        what a notebook hands to the page: plain values; `block_html` makes them HTML
short_table   a table as the page prints it; `report_table` the whole of it; `latex` for papers
charts        pictures, each drawn from a table; `rowcharts` the same tables as rows of the page
cards         the headline figures; `trust_line` how far they can be trusted; `answers` the first sentences
prose         numbers as text: the one formatter; `wording` months in words, `labels` names, `reasons` why there is none
say, show     the sentences, and the cards and views, gathered for the notebooks
"""
