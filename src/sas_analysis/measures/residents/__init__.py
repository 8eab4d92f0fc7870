"""The ratio on every base of residents that can be defended."""
