"""What the field *Outcome linked to object of search* can mean in the records of a force, and the limits that tell.

A force fills it for every search, for some kinds only, or not at all, and a find rate can be taken from the first only.
`measures.outcomes` judges a whole period by these limits, `audit.grounds` a month, by more than chance.
"""

# Below this many searches a month or a force does not show how it records.
ROWS_TO_JUDGE = 30

# Thresholds laid between the records of six forces, 2015 to 2020.
# Share of all searches filled. Metropolitan: 0 in every month; Leicestershire: 0.08.
NOT_PUBLISHED_BELOW = 0.01
# Share filled of a kind of search. Essex, South Yorkshire, Derbyshire: 1.00; City of London with action: 0.99.
FILLED = 0.95
# Share filled of searches without further action. City of London to 2017-03: 0.001; in 2017-18: 0.3 to 0.9.
BLANK = 0.05
# Share True of searches without further action. Essex, South Yorkshire: 0.03; City of London 2018-20: 0.09 to
# 0.12, a quarter of all its finds by 2020; Derbyshire: 0.99.
TRUE_AMONG_NFA = 0.05
TRUE_AMONG_NFA_MOST = 0.50
# Share True of searches with any other outcome, lowest and highest that carry information. South Yorkshire: 0.40;
# Essex: 0.82; City of London: 0.75 to 0.86 before, 0.99 in 2020.
TRUE_AMONG_ACTION = (0.10, 0.98)

SUPPORTED = "supported"
ACTION_ONLY = "filled for action only"
PARTLY = "partly filled"
TRUE_FOR_SOME_NFA = "True for some no further action"
VERDICTS = {
    SUPPORTED: "filled throughout, and hardly ever True where nothing was done",
    ACTION_ONLY: "blank where nothing was done: not linked, or never asked, cannot be told apart",
    TRUE_FOR_SOME_NFA: "True for more searches without further action than finds explain",
    "True for most no further action": "True where nothing was done: the field means something else here",
    "constant": "the same value for nearly every search in which something was done",
    PARTLY: "filled for some searches and blank for others of the same kind",
    "not published": "blank throughout; a find rate of 0 would be false",
    "no further action unnamed": "no search says no further action: nothing to check the field against",
    "too few searches": f"fewer than {ROWS_TO_JUDGE} searches with or without further action",
}
