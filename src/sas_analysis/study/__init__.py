"""The records of some forces and months, and what is known about them."""
