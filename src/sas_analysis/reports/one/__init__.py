"""One report: its parameters, its run, its page, its record."""
