"""Search grounds, outcomes and disproportionality in police stop-and-search records of England and Wales.

    data/raw -load-> text table -clean-> data/processed (nothing dropped) -select-> searches and the flow of exclusions
       -measures, models (with reference)-> tables of one shape -present-> tables, figures, sentences -> notebook
       -reports (papermill)-> report: page, notebook, tables, provenance

records    the publisher's files to one clean table: load, clean, check, store, select; and the synthetic sample
reference  what records are compared with: the forces, census residents, published figures
measures   numbers from counts, each as one table of the same columns, with its interval or the reason why there is none
models     numbers from fits: regression within forces, random effects over forces, shrinkage, ranks
present    those tables as a page shows them, as figures and as sentences
reports    one notebook with parameters to one finished report, and many of them
cli        the commands: parse, call, print

Imports run one way: records, reference -> measures -> models -> present -> reports -> cli.
The notebooks import the package.
"""


def __getattr__(name: str) -> str:
    if name == "__version__":  # asked for seldom, and looking it up takes longer than all else here
        from importlib.metadata import version

        return version("sas-analysis")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
