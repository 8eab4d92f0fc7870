"""Published figures made anew from their parts, and whether they agree."""
