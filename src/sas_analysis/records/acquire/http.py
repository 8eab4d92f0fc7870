"""HTTP as acquisition needs it: within limits of size and time, and tried again where that may help.

Nothing is taken on trust: a server may be slow, cut off, changed under the reader, or lie about lengths.
"""

import email.utils
import itertools
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests
import tenacity
import urllib3

from sas_analysis.errors import DataError

LARGEST_ANSWER = 64 << 20  # bytes; the largest month known of the publisher's API has 8 MB
_REDIRECTS = 5
_CHUNK = 256 << 10
_PASSING = {429, 502, 503, 504}  # statuses that say "later"
_AGENT = "sas-analysis (police stop-and-search statistics)"


class FetchError(DataError):
    """What was asked for could not be had; what was there before is as it was. `status`: the server's, if it spoke."""

    def __init__(self, message: str, status: int | None = None):
        super().__init__(message)
        self.status = status


class Unreachable(FetchError):
    """The server did not answer, or not now: what is on disk can be used meanwhile. The code of sysexits."""

    exit_code = 69


class _Again(FetchError):
    """A fault that may pass. `after`: seconds the server asks to wait, if it says."""

    def __init__(self, message: str, status: int | None = None, after: float | None = None):
        super().__init__(message, status)
        self.after = after


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds, and how often to try."""

    connect: float = 15
    silence: float = 30  # the longest wait for the next byte
    answer: float = 90  # for the head of an answer, redirects included
    body: float = 120  # for a body, and beyond it as long as it comes faster than `slowest`
    slowest: float = 20_000  # bytes a second
    tries: int = 6
    first_wait: float = 1
    longest_wait: float = 120


class RateLimiter:
    """A leaky bucket: `burst` requests at once, `rate` a second in the long run.

    The defaults are what data.police.uk allows before it answers 429 (https://data.police.uk/docs/api-call-limits/).
    """

    def __init__(self, rate: float = 15, burst: int = 30, clock=time.monotonic, sleep=time.sleep):
        self._rate, self._burst, self._clock, self._sleep = rate, burst, clock, sleep
        self._level, self._then = 0.0, clock()

    def wait(self) -> None:
        """Return when another request may be made."""
        now = self._clock()
        self._level = max(0.0, self._level - (now - self._then) * self._rate) + 1
        self._then = now
        if self._level > self._burst:
            self._sleep((self._level - self._burst) / self._rate)


class Client:
    """A session with its patience and its rate; counts what it asked (`requests`) and received (`received`, bytes)."""

    def __init__(self, patience: Patience | None = None, limiter: RateLimiter | None = None, sleep=time.sleep):
        self.patience, self._sleep = patience or Patience(), sleep
        self._limiter = limiter or RateLimiter(sleep=sleep)
        self._session = requests.Session()
        self._session.max_redirects = _REDIRECTS
        # Not compressed: ranges count the bytes as stored, and an answer cannot unfold beyond its length.
        self._session.headers.update({"User-Agent": _AGENT, "Accept-Encoding": "identity"})
        self.requests = self.received = 0
        self.warn: Callable[[str], None] = lambda message: None  # told of each attempt that failed, and of the wait

    def json(self, url: str, params: dict | None = None):
        """What a service answers in JSON. Raises FetchError for anything else, such as an error page."""
        body, kind = self.body(url, params)
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            start = body[:60].decode("utf-8", "replace")
            raise FetchError(f"{url} did not answer in JSON ({kind or 'no type'}): {start!r}") from error

    def body(self, url: str, params: dict | None = None) -> tuple[bytes, str]:
        """A whole answer, of at most LARGEST_ANSWER bytes, and its content type."""

        def attempt():
            with self.opened(url, params=params) as response:
                return b"".join(self.chunks(response, LARGEST_ANSWER)), response.headers.get("Content-Type", "")

        return self.tried(attempt)

    def tried(self, attempt: Callable):
        """What `attempt` returns; it is made again, with growing and random waits, while its fault may pass."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            stop=tenacity.stop_after_attempt(self.patience.tries),
            wait=self._wait,
            sleep=self._sleep,
            before_sleep=self._say_wait,
            reraise=True,
        )
        try:
            return retrying(attempt)
        except _Again as error:
            again = "run the same command again later: what has been fetched is kept"
            raise Unreachable(f"{error} (tried {self.patience.tries} times); {again}", error.status) from error

    def _say_wait(self, state: tenacity.RetryCallState) -> None:
        """Say that an attempt failed: waiting for a server takes minutes, and silence looks like a fault."""
        left = f"attempt {state.attempt_number + 1} of {self.patience.tries} in {state.upcoming_sleep:,.0f} s"
        self.warn(f"{state.outcome.exception()}; {left}")

    def _wait(self, state: tenacity.RetryCallState) -> float:
        after = state.outcome.exception().after
        if after is not None:
            return after
        random = tenacity.wait_random_exponential(multiplier=self.patience.first_wait, max=self.patience.longest_wait)
        return random(state)

    @contextmanager
    def opened(self, url: str, *, params: dict | None = None, headers: dict | None = None, ok=(200,)) -> Iterator:
        """An answer whose head has come and whose status is in `ok`; its body is for `chunks`."""
        self._limiter.wait()
        self.requests += 1
        response = self._within_time(url, params, headers)
        try:
            self._check_way(url, response)
            self._check_status(url, response, ok)
            yield response
        finally:
            response.close()

    def _within_time(self, url, params, headers) -> requests.Response:
        """The request in a thread of its own: the head of an answer can drip for ever, and nothing else ends that."""
        answers = queue.SimpleQueue()

        def ask():
            try:
                answers.put((self._ask(url, params, headers), None))
            except BaseException as error:
                answers.put((None, error))

        threading.Thread(target=ask, daemon=True).start()
        try:
            response, error = answers.get(timeout=self.patience.answer)
        except queue.Empty:
            raise Unreachable(f"{url}: no answer within {self.patience.answer:g} s") from None
        if error is not None:
            raise error
        return response

    def _ask(self, url, params, headers) -> requests.Response:
        times = (self.patience.connect, self.patience.silence)
        try:
            return self._session.get(url, params=params, headers=headers, stream=True, timeout=times)
        except requests.TooManyRedirects as error:
            raise FetchError(f"{url} redirects in a circle (more than {_REDIRECTS} times)") from error
        except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
            raise Unreachable(f"{url}: no secure way to the server ({_innermost(error)})") from error
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise _Again(f"{url}: no connection, or it broke ({_innermost(error)})") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            # Among them InvalidSchema: a redirect to file:// or the like, for which no adapter is mounted.
            raise FetchError(f"{url} cannot be asked, or redirects to what cannot: {error}") from error

    def _check_way(self, url: str, response: requests.Response) -> None:
        way = [step.url for step in response.history] + [response.url]
        if any(here.startswith("https:") and not there.startswith("https:") for here, there in itertools.pairwise(way)):
            raise FetchError(f"{url} redirects from https to {way[-1]}, which anyone on the way could alter")

    def _check_status(self, url: str, response: requests.Response, ok) -> None:
        status, answer = response.status_code, f"{url}: the server answered {response.status_code} {response.reason}"
        if status in _PASSING:
            after = _seconds(response.headers.get("Retry-After"))
            if after is not None and after > self.patience.longest_wait:
                raise Unreachable(f"{answer} and asks to wait {after:,.0f} s; run the same command again then", status)
            raise _Again(answer, status, after)
        if status not in ok:
            raise FetchError(answer, status)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise FetchError(f"{url}: the answer is compressed, which was not asked for")

    def chunks(self, response: requests.Response, most: int) -> Iterator[bytes]:
        """The body of an answer as it comes; FetchError if it is more than `most` bytes, or never ends."""
        url, got, start = response.url, 0, time.monotonic()
        while True:
            try:
                data = response.raw.read1(_CHUNK, decode_content=False)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise _Again(f"{url}: the connection broke after {got:,} bytes ({_innermost(error)})") from error
            if not data:
                return
            got += len(data)
            self.received += len(data)
            if got > most:
                raise FetchError(f"{url}: the server sends more than the {most:,} bytes there can be")
            if time.monotonic() - start > self.patience.body + got / self.patience.slowest:
                seconds = time.monotonic() - start
                raise Unreachable(f"{url}: too slow, {got:,} bytes in {seconds:,.0f} s; run the same command again")
            yield data


def _innermost(error: BaseException) -> str:
    """What happened in a few words: these errors wrap each other, with whole addresses in their texts."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds: a number, or a date."""
    try:
        if retry_after is None or retry_after.strip().isdecimal():
            return retry_after and float(retry_after)
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
