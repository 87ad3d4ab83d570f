"""Download one file whole: resumed, retried, checked."""

import fcntl
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import requests
import urllib3
from tqdm import tqdm

from vimusic.data.checksums import Mismatch, enforce, sha256_of
from vimusic.errors import UserError, check_space

CHUNK = 1 << 16  # bytes; what a stalled connection may lose
MINUTE = 60  # s
LONGEST_WAIT = 3600  # s: a server that asks for more is left alone


class Refused(UserError):
    """The server has no such file for us, and asking again will not help."""


class _TryAgain(Exception):
    """A failure that may pass; ``wait`` is the pause (s) that the server asks for."""

    def __init__(self, reason: str, wait: float | None = 0) -> None:
        super().__init__(reason)
        self.wait = wait or 0


def download(
    url: str,
    path: Path | str,
    source: str = "",
    attempts: int = 6,
    timeout: float = 60,
    sleep: Callable[[float], object] = time.sleep,
) -> tuple[int, str]:
    """Bring ``url`` to ``path`` and return its size (bytes) and SHA-256.

    The bytes grow in ``<name>.part``, which stays after a failure or a kill: the next run goes on
    from it, unless the file changed on the server meanwhile. A file that is already at ``path`` is
    only checked. The checksum is recorded in ``checksums.tsv`` on the first success; a later file
    of that name with another one is kept as ``<name>.rejected``. Who comes while another process
    downloads the same file waits for it.

    What pooch and huggingface_hub lose of this: ``benchmarks/downloading.py``.

    Parameters
    ----------
    source : page where a person can get the file, named when the download fails.
    attempts : failures in a row, without a byte gained, before giving up.
    timeout : seconds to wait for the connection and for each next byte.
    sleep : called with the seconds between attempts.

    Raises
    ------
    Refused
        The server answers that it does not give this file (HTTP 404, 403, ...).
    UserError
        The server cannot be reached or misbehaves, the disk is too small, the checksum differs.
    """
    path = Path(path)
    part = path.with_name(f"{path.name}.part")
    by_hand = f"download it in a browser ({source or url}) and save it as {path}"
    try:
        if not path.exists():
            if not url:
                raise UserError(f"{path}: has no address for a program; {by_hand}")
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("ab") as file:
                # A job outlives a killed Snakemake, which then starts it again.
                fcntl.flock(file, fcntl.LOCK_EX)
                if not path.exists():
                    _persist(url, part, file, by_hand, attempts, timeout, sleep)
                    return _accept(part, path)
            part.unlink(missing_ok=True)  # empty: the other one brought the file
        size, sha256 = path.stat().st_size, sha256_of(path)
        enforce(path, size, sha256)
        return size, sha256
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); free or mend the disk") from None


def _accept(part: Path, path: Path) -> tuple[int, str]:
    """Rename a whole ``part`` to ``path`` if its checksum is the recorded one or the first."""
    size, sha256 = part.stat().st_size, sha256_of(part)
    try:
        enforce(path, size, sha256)
    except Mismatch as error:
        rejected = part.replace(path.with_name(f"{path.name}.rejected"))
        _origin(part).unlink(missing_ok=True)
        raise UserError(f"{error} (the new file is {rejected.name})") from None
    part.replace(path)
    _origin(part).unlink(missing_ok=True)
    return size, sha256


def _persist(
    url: str,
    part: Path,
    file: BinaryIO,
    by_hand: str,
    attempts: int,
    timeout: float,
    sleep: Callable[[float], object],
) -> None:
    """Fetch until ``part`` is whole; the pause doubles, with jitter, while no byte is gained.

    urllib3's own ``Retry`` ends where the body begins, and a 12 GB body is where things break.
    """
    failures, longest = 0, _size(part)
    while True:
        try:
            return _fetch(url, part, file, by_hand, timeout)
        except (_TryAgain, requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            reason, wait = _plain(error), getattr(error, "wait", 0)
        except requests.TooManyRedirects:
            raise UserError(f"{url}: redirects in a loop; {by_hand}") from None
        except requests.exceptions.InvalidSchema:
            raise UserError(f"{url}: leads to an address that is not https; {by_hand}") from None
        except requests.RequestException as error:
            raise UserError(f"{url}: {error}; {by_hand}") from None
        failures = 1 if _size(part) > longest else failures + 1
        longest = max(longest, _size(part))
        if failures >= attempts or wait > LONGEST_WAIT:
            raise UserError(f"{url}: {reason}; run again later to go on, or {by_hand}")
        wait = max(wait, min(60, 2**failures) * random.uniform(0.5, 1))
        print(f"{reason}: attempt {failures} of {attempts} failed, the next in {wait:.0f} s", flush=True)
        sleep(wait)


def _fetch(url: str, part: Path, file: BinaryIO, by_hand: str, timeout: float) -> None:
    """One attempt: ask for the bytes that ``part``, open as ``file``, lacks; returns when it is whole."""
    validator = _remembered(url, part)
    have = _size(part) if validator else 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": validator}
    with requests.Session() as session:
        if url.startswith("https:"):
            del session.adapters["http://"]  # a redirect to http fails
        with session.get(url, headers=headers, stream=True, timeout=timeout) as response:
            first, total = _span(response, url, by_hand)
            same = _validator(response) in (None, validator)
            if response.status_code == 416 and same and have == total:
                return
            if first != (have if response.status_code == 206 else 0) or (first and not same):
                file.truncate(0)
                raise _TryAgain("the file changed on the server")
            if first == 0:
                file.truncate(0)  # first: a kill must not leave old bytes under a new origin
                _origin(part).write_text(f"{url}\n{_validator(response) or ''}", encoding="utf-8")
            check_space(part.parent, total - first if total else 0, f"{part}: the rest")
            for chunk in _shown(response.raw.stream(CHUNK, decode_content=False), part, first, total):
                file.write(chunk)
                file.flush()
    size = _size(part)
    if total is not None and size != total:
        if size > total:
            file.truncate(0)
        raise _TryAgain(f"{size} bytes came, {total} were announced")


def _span(response: requests.Response, url: str, by_hand: str) -> tuple[int | None, int | None]:
    """First byte that ``response`` holds (None: none of use) and size of the whole file (None: unknown).

    Raises ``_TryAgain`` for what may pass, ``UserError`` for what will not.
    """
    code, headers = response.status_code, response.headers
    if code in (408, 429) or code >= 500:
        wait = urllib3.Retry().get_retry_after(response.raw)
        raise _TryAgain(f"the server answers {code} {response.reason}", wait)
    if code in (206, 416):
        found = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+)", headers.get("Content-Range", ""))
        return (found[1] and int(found[1]), int(found[2])) if found else (None, None)
    if code != 200:
        raise Refused(f"{url}: the server answers {code} {response.reason}; {by_hand}")
    if "text/html" in headers.get("Content-Type", ""):
        raise UserError(f"{url}: the server answers with a web page, not the file; {by_hand}")
    length = headers.get("Content-Length", "")
    if not length.isdecimal() and not response.raw.chunked:
        raise UserError(f"{url}: the server does not tell the file's length; {by_hand}")
    return 0, int(length) if length.isdecimal() else None


def _validator(response: requests.Response) -> str | None:
    """What tells this version of the file from another, fit for If-Range; None if there is none."""
    etag = response.headers.get("ETag", "W/")
    return response.headers.get("Last-Modified") if etag.startswith("W/") else etag


def _origin(part: Path) -> Path:
    """Where ``part`` comes from: address and validator, a line each."""
    return part.with_name(f"{part.name}.origin")


def _remembered(url: str, part: Path) -> str | None:
    """Validator of the file that ``part`` begins; none if it has none or is from another address."""
    if not _origin(part).exists():
        return None
    known, _, validator = _origin(part).read_text(encoding="utf-8").partition("\n")
    return validator if known == url else None


def _size(path: Path) -> int:
    """Bytes of a file, 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


def _plain(error: Exception) -> str:
    """A failure that may pass, in a few words."""
    if isinstance(error, _TryAgain):
        return str(error)
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "the server does not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate is refused"
    return "no connection" if isinstance(error, requests.ConnectionError) else "the connection broke"


def _shown(chunks: Iterable[bytes], part: Path, done: int, total: int | None) -> Iterator[bytes]:
    """Pass ``chunks`` on under a bar of bytes, rate and time left, drawn once a minute in a log."""
    often = 0.1 if sys.stderr.isatty() else MINUTE
    look = {"unit": "B", "unit_scale": True, "mininterval": often, "ascii": True}
    with tqdm(total=total, initial=done, desc=part.stem, **look) as bar:
        for chunk in chunks:
            bar.update(len(chunk))
            yield chunk
