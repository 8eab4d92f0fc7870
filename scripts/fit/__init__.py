"""The fit of the constants of the interval rule, which nobody needs who only uses them."""
