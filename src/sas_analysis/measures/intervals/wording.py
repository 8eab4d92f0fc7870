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
    return f"{span_words(months)} {estimate} ({lower} to {upper})"


def span_words(months):
    """The months of a study in words.

    Examples
    --------
    >>> span_words(1), span_words(30)
    ('in this month', 'in these 30 months')
    """
    return "in this month" if months == 1 else f"in these {number_word(months)} months"


def levels_words(months, groups):
    """How far the level of each group moves over the years. groups : (name, lower, upper) of each, texts.

    Examples
    --------
    >>> levels_words(12, [("Black", "2.3", "4.0"), ("Asian", "0.9", "1.6")])
    'over the years around them, forces like this move between 2.3 and 4.0 (Black), and 0.9 and 1.6 (Asian)'
    """
    around = "it" if months == 1 else "them"
    said = [f"{low} and {high} ({name})" for name, low, high in groups]
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])}, and {said[-1]}"
    return f"over the years around {around}, forces like this move between {listed}"


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
