"""Whether a report is what it says, and how two reports differ."""
