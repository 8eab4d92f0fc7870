"""The events of a batch, a line of JSON each, for a program that watches."""

import json
from datetime import UTC, datetime
from pathlib import Path

from sas_analysis.errors import RunError


class EventLog:
    """A file that events are appended to; none if `path` is None.

    A disk that fills up ends the log and not the batch: `fault` then says so. Raises RunError if it cannot be opened.
    """

    def __init__(self, path: Path | None):
        self.path, self.fault, self._file = path, "", None
        try:
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            raise RunError(f"--log {path} cannot be opened ({error.strerror or error}); name another file") from error

    def note(self, event: str, **facts) -> None:
        """Append an event with the time."""
        if not self._file:
            return
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event} | facts
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            self.fault = f"the log {self.path} ends early ({error.strerror or error}); the batch went on without it"
            self.close()

    def close(self) -> None:
        """Let go of the file."""
        file, self._file = self._file, None
        try:
            if file:
                file.close()
        except OSError:
            pass  # what is left in its buffer is the line that did not fit
