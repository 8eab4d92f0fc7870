"""Search grounds, outcomes and disproportionality in police stop-and-search records of England and Wales.

    data/raw -load-> text table -clean-> data/processed (nothing dropped) -audit-> what may be used
       -Study: choices, selections, flow-> searches -Comparison: residents, reference-> exposure
       -measures-> tables of one shape -Report: captions, marks, suppression, figures-> notebook
       -reports (papermill)-> report: page, notebook, tables, provenance

records     the publisher's files to one clean table; the audit; the synthetic sample
reference   what records are compared with: forces, census residents, boundaries, official statistics
measures    numbers, each as one table of the same columns, with its interval or the reason why there is none
study       the records of some forces and months, and what they are compared with
present     those tables as a page shows them, as figures and as sentences
reports     one notebook with parameters to one finished report, and many of them
validation  published figures made anew from their parts
cli         the commands: parse, call, print
months      months as texts: which comes later, and many of them in words
files       files whole or not at all, their hashes, cells that are no formula

Imports run one way: records, reference -> measures -> study -> present -> reports, validation -> cli.
The notebooks import the package.
"""


def __getattr__(name: str) -> str:
    if name == "__version__":  # asked for seldom, and looking it up takes longer than all else here
        from importlib.metadata import version

        return version("sas-analysis")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
