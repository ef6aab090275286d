"""Run what a reader wrote: no exception, no exit and no endless loop comes out of it.

Three clocks. In the main thread of Linux and macOS, where a kernel runs its cells, the alarm signal
interrupts the loop, a sleep too; an answer that catches every exception gets it again in its
`except`. In another thread, and on Windows, a second thread raises the exception in the first one;
it arrives between two lines of Python. In a browser, where there are neither signals nor threads,
each line of the answer looks at the clock first. None of them stops a call that never comes back
from compiled code.
"""

import ctypes
import io
import signal
import sys
import threading
import time
import warnings
from dataclasses import dataclass

__all__ = ["Call", "TimeLimit", "call", "limited"]

AGAIN = 0.005  # seconds to the next try, where the reader's code catches every exception
PRINTED = 2000  # characters that an answer may print
OURS = __name__.rpartition(".")[0]


class TimeLimit(BaseException):
    """The time is over; no `except Exception` in an answer holds it up."""


@dataclass(frozen=True)
class Call:
    """What came of one call: a value, or in words the exception."""

    value: object = None
    trouble: str = ""


def call(function, args, aloud=False):
    """Call a function that may do anything.

    Parameters
    ----------
    function : callable
    args : sequence
    aloud : bool
        Whether its printing is shown, up to 2000 characters.

    Returns
    -------
    Call

    Raises
    ------
    TimeLimit
        Within `limited`.
    KeyboardInterrupt
        Whoever raises it, a reader who stops the kernel wants all of it to stop.

    Examples
    --------
    >>> call(len, [[1, 2]])
    Call(value=2, trouble='')
    >>> call(exit, []).trouble
    'SystemExit'
    """
    before = sys.stdout  # by hand: the clock may ring within the standard library's own `with`
    try:
        sys.stdout = _Tap(before, aloud)
        return Call(value=function(*args))
    except (TimeLimit, KeyboardInterrupt):
        raise
    except BaseException as trouble:
        return Call(trouble=described(trouble))
    finally:
        sys.stdout = before


def described(trouble):
    """Return an exception as one short line, even one that can't be shown."""
    name = type(trouble).__name__
    try:
        text = " ".join(str(trouble).split()).rstrip(".")
    except TimeLimit:
        raise
    except BaseException:
        text = ""
    text = text if len(text) <= 160 else text[:157] + "..."
    return f"{name}: {text}" if text and text != "None" else name


class _Tap(io.TextIOBase):
    """A text stream that passes on what fits and drops the rest."""

    def __init__(self, to, aloud):
        self.to, self.left = to, PRINTED if aloud else 0

    def write(self, text):
        passed = text[: self.left]
        if passed and self.to is not None:
            self.to.write(passed)
        self.left -= len(passed)
        return len(text)


def limited(work, seconds):
    """Return ``work()``, without warnings, or raise TimeLimit when it takes longer than allowed.

    Parameters
    ----------
    work : callable
        Takes nothing.
    seconds : float
    """
    by = _by_trace if sys.platform == "emscripten" else _by_thread
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        by = _by_signal
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return by(work, seconds)


def _ours(frame):
    """Whether the book's own code is running, which ends by itself and may be tidying up."""
    return frame is None or frame.f_globals.get("__name__", "").startswith(OURS)


def _by_signal(work, seconds):
    def ring(number, frame):
        if not _ours(frame):
            frame.f_trace = again
            sys.settrace(again)
            raise TimeLimit

    def again(frame, event, arg):
        if event == "line" and not _ours(frame):  # the first line of an `except` that caught it
            raise TimeLimit
        return again

    traced = sys.gettrace()
    before = signal.signal(signal.SIGALRM, ring)
    left, every = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(traced)
        signal.signal(signal.SIGALRM, before if before is not None else signal.SIG_DFL)
        if left:  # somebody else's clock goes on
            signal.setitimer(signal.ITIMER_REAL, max(left - seconds, AGAIN), every)


def _by_thread(work, seconds):
    reader, done = threading.get_ident(), threading.Event()

    def watch():
        wait = seconds
        while not done.wait(wait):
            wait = AGAIN
            frame = sys._current_frames().get(reader)
            if not _ours(frame) and _calls(frame, _by_thread):
                _stop(reader)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        return work()
    finally:
        done.set()
        # One that is still on its way must arrive here. Taken back (with NULL), it would leave
        # Python 3.11 looking out for it for ever, and a traced function would never start.
        try:
            watcher.join()
            _stop(reader)  # in place of that one
            while True:
                pass
        except TimeLimit:
            pass


def _by_trace(work, seconds):
    end = time.monotonic() + seconds

    def look(frame, event, arg):
        if event == "line" and time.monotonic() > end and not _ours(frame):
            raise TimeLimit
        return look

    traced = sys.gettrace()
    sys.settrace(look)
    try:
        return work()
    finally:
        sys.settrace(traced)


def _calls(frame, function):
    while frame is not None and frame.f_code is not function.__code__:
        frame = frame.f_back
    return frame is not None


def _stop(thread):
    exception = ctypes.py_object(TimeLimit)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), exception)
