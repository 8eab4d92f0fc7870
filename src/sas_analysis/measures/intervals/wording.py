"""What limits mean, in words: in these months, and over the years around them."""

_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def period_words(months, estimate, lower, upper):
    """The level behind these months, in words.

    Parameters
    ----------
    months : int
    estimate, lower, upper : texts
        The estimate and its period limits, formatted.

    Returns
    -------
    text

    Examples
    --------
    >>> period_words(12, "3.0", "2.9", "3.2")
    'in these twelve months 3.0 (2.9 to 3.2)'
    """
    span = "in this month" if months == 1 else f"in these {number_word(months)} months"
    return f"{span} {estimate} ({lower} to {upper})"


def process_words(lower, upper):
    """The level over the years around these months, in words. lower, upper : process limits, formatted.

    Examples
    --------
    >>> process_words("2.3", "4.0")
    'over the years around them, forces like this move between 2.3 and 4.0'
    """
    return f"over the years around them, forces like this move between {lower} and {upper}"


def both_words(months, estimate, period, process):
    """Both in one sentence part: what it was, and how far such forces move. period, process : (lower, upper), texts.

    Examples
    --------
    >>> both_words(1, "3.0", ("2.1", "4.2"), ("1.6", "5.4"))
    'in this month 3.0 (2.1 to 4.2); over the years around it, forces like this move between 1.6 and 5.4'
    """
    words = process_words(*process)
    return f"{period_words(months, estimate, *period)}; {words.replace('them', 'it') if months == 1 else words}"


def number_word(number):
    """One to twelve in words, others in figures."""
    return _NUMBERS[number - 1] if 1 <= number <= len(_NUMBERS) else f"{number}"
