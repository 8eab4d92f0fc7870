"""The embedded sample: a seeded, SYNTHETIC extract in the publisher's layout, whose truth is known."""
