"""Which exercises are solved: one small text file in the reader's own data folder.

Each line of it says one exercise and the day; a line may be deleted by hand. It is written beside
and put in place whole, under a lock, so that a crash or a second kernel loses nothing. A file that
is cut off or is not ours is kept under another name.
"""

import contextlib
import datetime
import os
import re
import sys
import time
from pathlib import Path

__all__ = ["folder", "save", "solved"]

NAME = "progress.txt"
HEAD = "Exercises of the Annex that are solved. Delete a line to forget it.\n"
END = "End of the list.\n"
LINE = re.compile(r"(\d{1,2}\.\d{1,2}) +solved (\d{4}-\d\d-\d\d)\n")
BROWSER = sys.platform == "emscripten"
DRIVE = Path("/drive")  # what JupyterLite keeps from one visit to the next
PATIENCE = 2.0  # seconds to wait for another kernel that is writing


def folder():
    """Return where progress is kept, or None if it is not.

    `ANNEX_PROGRESS` may be ``off`` or name a folder.
    """
    wish = os.environ.get("ANNEX_PROGRESS", "").strip()
    if wish.lower() == "off":
        return None
    if wish:
        return Path(wish)
    if BROWSER:
        return DRIVE / "annex"
    import platformdirs  # 10 ms that only a reader's kernel pays

    return platformdirs.user_data_path("annex", appauthor=False)


def solved():
    """Return the solved exercises with their days; {} where nothing can be read.

    Returns
    -------
    dict of str to str
        ``{"4.1": "2026-11-26"}``
    """
    where = folder()
    try:
        return _read((where / NAME).read_bytes())[0] if where else {}
    except OSError:
        return {}


def save(number):
    """Write down that an exercise is solved.

    Returns
    -------
    str
        What the reader should know; "" at best.
    """
    where = folder()
    if where is None:
        return ""
    try:
        where.mkdir(parents=True, exist_ok=True)
        with _alone(where / "progress.lock"):
            return _add(where, number)
    except OSError as error:
        return f"It could not be written down in {where}: {error.strerror or error}."


def _add(where, number):
    path = where / NAME
    data = path.read_bytes() if path.exists() else None
    done, sound = ({}, True) if data is None else _read(data)
    words = ""
    if not sound:
        aside = _aside(path, data)
        words = f"The list of solved exercises was damaged; the old file is kept as {aside}."
    if number not in done or not sound:
        done.setdefault(number, datetime.date.today().isoformat())
        _put(path, _written(done))
    return words


def _read(data):
    """Return what a file says, and whether it is whole and ours."""
    try:
        lines = data.decode().splitlines(keepends=True)
    except UnicodeDecodeError:
        return {}, False
    if not lines or lines[0] != HEAD:
        return {}, False
    found = [LINE.fullmatch(line) for line in lines[1:]]
    done = {match[1]: match[2] for match in found if match}
    return done, lines[-1] == END and all(found[:-1])


def _written(done):
    ordered = sorted(done, key=lambda number: tuple(map(int, number.split("."))))
    lines = [f"{number:<5} solved {done[number]}\n" for number in ordered]
    return "".join([HEAD, *lines, END]).encode()


def _aside(path, data):
    """Keep a copy of a file that can't be understood, under a name of its own."""
    for count in range(1, 1000):
        aside = path.with_name(f"progress-damaged-{count}.txt")
        with contextlib.suppress(FileExistsError), open(aside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            return aside.name
    raise OSError(f"too many damaged files in {path.parent}")


def _put(path, data):
    """Replace a file by a new one, whole or not at all, on the disc as well."""
    for left in path.parent.glob(".progress.*.part"):  # of a process that was killed
        left.unlink(missing_ok=True)
    part = path.with_name(f".progress.{os.getpid()}.part")
    with open(part, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    if os.name == "posix":
        inside = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(inside)
        finally:
            os.close(inside)


@contextlib.contextmanager
def _alone(path):
    """Hold a lock that the system takes back when the process dies."""
    with open(path, "ab") as file:
        until = time.monotonic() + PATIENCE
        while not _locked(file):
            if time.monotonic() > until:
                raise OSError("another kernel is writing there, try again")
            time.sleep(0.01)
        try:
            yield
        finally:
            _unlock(file)


if BROWSER:  # nobody else writes there, and it knows no locks

    def _locked(file):
        return True

    def _unlock(file):
        pass

elif os.name == "posix":
    import fcntl

    def _locked(file):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def _unlock(file):
        fcntl.flock(file, fcntl.LOCK_UN)

else:
    import msvcrt

    def _locked(file):
        with contextlib.suppress(OSError):
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            return True
        return False

    def _unlock(file):
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
