"""What is solved is kept: whole, beside other kernels, and through a crash."""

import importlib.util
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from annex_lib import exercises
from annex_lib.exercises import records
from annex_lib.exercises.desk import Desk, chapters

# Solves one exercise after the other for ever, and says each when it is written down. The module
# is loaded by its file, so that two hundred processes start fast.
SOLVE = """
import importlib.util, itertools, sys
spec = importlib.util.spec_from_file_location("records", sys.argv[1])
records = importlib.util.module_from_spec(spec)
spec.loader.exec_module(records)
for k in range(int(sys.argv[2]), int(sys.argv[3])):
    said = records.save(f"{k // 90 + 1}.{k % 90 + 1}")
    print(k, said, flush=True)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ANNEX_PROGRESS", str(tmp_path / "annex"))
    return tmp_path / "annex"


def name(k):
    return f"{k // 90 + 1}.{k % 90 + 1}"


def solver(folder, first, last):
    command = [sys.executable, "-S", "-c", SOLVE, records.__file__, str(first), str(last)]
    where = os.environ | {"ANNEX_PROGRESS": str(folder)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=where, text=True)


def test_what_is_solved_is_kept_in_a_file_that_a_person_can_read(folder):
    assert records.solved() == {}
    for number in ("4.10", "4.2", "4.2"):
        assert records.save(number) == ""
    text = (folder / "progress.txt").read_text()
    assert re.fullmatch(
        r"Exercises of the Annex that are solved. Delete a line to forget it.\n"
        r"4.2   solved \d{4}-\d\d-\d\d\n4.10  solved \d{4}-\d\d-\d\d\nEnd of the list.\n",
        text,
    )
    assert list(records.solved()) == ["4.2", "4.10"]
    assert sorted(p.name for p in folder.iterdir()) == ["progress.lock", "progress.txt"]


def test_a_line_may_be_deleted_by_hand(folder):
    records.save("4.1")
    records.save("4.2")
    path = folder / "progress.txt"
    path.write_text(
        "".join([*path.read_text().splitlines(keepends=True)[:1], "End of the list.\n"])
    )
    assert records.save("4.3") == ""
    assert list(records.solved()) == ["4.3"]


def test_nothing_is_kept_when_it_is_off(tmp_path, monkeypatch):
    monkeypatch.setenv("ANNEX_PROGRESS", "off")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert records.save("4.1") == "" and records.solved() == {}
    assert list(tmp_path.iterdir()) == []


def test_by_default_it_stands_in_the_users_data_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("ANNEX_PROGRESS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert records.folder() == tmp_path / "annex"
    assert records.folder().name == "annex"


def test_in_a_browser_it_stands_on_the_drive_and_asks_for_no_lock(tmp_path, monkeypatch):
    monkeypatch.delenv("ANNEX_PROGRESS")
    monkeypatch.setattr("sys.platform", "emscripten")
    monkeypatch.setitem(sys.modules, "fcntl", None)  # there it has no flock
    spec = importlib.util.spec_from_file_location("records", records.__file__)
    there = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(there)
    assert there.folder() == Path("/drive/annex")
    monkeypatch.setattr(there, "DRIVE", tmp_path)
    assert (there.save("4.2"), there.save("4.1"), list(there.solved())) == ("", "", ["4.1", "4.2"])


DAMAGED = {
    "truncated": lambda data: data[: len(data) // 2],
    "truncated between lines": lambda data: b"\n".join(data.split(b"\n")[:2]) + b"\n",
    "empty": lambda data: b"",
    "foreign": lambda data: b'{"name": "something else"}',
    "binary": lambda data: bytes(range(256)),
    "another line": lambda data: data.replace(b"End", b"4.x solved\nEnd"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_kept_aside_and_what_can_be_read_is_kept(folder, kind):
    for number in ("4.1", "4.2", "4.3"):
        records.save(number)
    path = folder / "progress.txt"
    damaged = DAMAGED[kind](path.read_bytes())
    path.write_bytes(damaged)
    readable = records.solved()
    said = records.save("5.1")
    assert said.startswith("The list of solved exercises was damaged; the old file is kept as")
    assert (folder / "progress-damaged-1.txt").read_bytes() == damaged
    assert records.solved() == readable | {"5.1": records.solved()["5.1"]}
    path.write_bytes(damaged)
    records.save("5.2")
    assert (folder / "progress-damaged-1.txt").read_bytes() == damaged
    assert (folder / "progress-damaged-2.txt").read_bytes() == damaged


def test_two_kernels_lose_nothing(folder):
    processes = [solver(folder, first, first + 40) for first in (0, 40, 80)]
    assert [p.wait(60) for p in processes] == [0, 0, 0]
    assert set(records.solved()) == {name(k) for k in range(120)}
    for p in processes:
        p.stdout.close()


@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.long)])
@pytest.mark.skipif(os.name != "posix", reason="kills without warning")
def test_a_process_killed_while_it_saves_loses_nothing(folder, times):
    chance, said, within = random.Random(times), set(), 0
    for turn in range(times):
        process = solver(folder, 10 * turn, 8900)
        first = process.stdout.readline()  # it has begun
        time.sleep(chance.random() * 0.01)
        process.send_signal(signal.SIGKILL)
        lines = [first, *process.stdout.read().splitlines(keepends=True)]
        process.wait()
        process.stdout.close()
        whole = [line for line in lines if line.endswith("\n")]
        assert all(re.fullmatch(r"\d+ \n", line) for line in whole), whole
        said |= {name(int(line)) for line in whole}
        assert said <= set(records.solved())
        assert not list(folder.glob("progress-damaged*"))
        within += bool(list(folder.glob(".progress.*.part")))
    assert records.save("99.1") == ""
    assert not list(folder.glob(".progress.*.part"))
    print(f"{times} kills, {within} of them in the middle of a write")


def test_a_folder_that_cannot_be_written_is_told_and_the_answer_still_counts(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ANNEX_PROGRESS", str(tmp_path / "file" / "annex"))
    exercise = chapters()[4][0]
    reply = Desk(exercise).check(exercise.solution)
    assert reply.right
    assert f"It could not be written down in {tmp_path / 'file' / 'annex'}: " in reply.words


@pytest.mark.skipif(os.name != "posix", reason="holds the lock with fcntl")
def test_a_lock_that_is_held_is_told_and_not_waited_for_without_end(folder, monkeypatch):
    monkeypatch.setattr(records, "PATIENCE", 0.1)
    records.save("4.1")
    with records._alone(folder / "progress.lock"):
        assert "another kernel is writing there" in records.save("4.2")
    assert records.save("4.2") == ""


def test_a_solved_exercise_shows_in_the_table_in_another_session(folder):
    exercise = chapters()[4][0]
    assert "· 4.1 " in repr(exercises.progress())
    assert Desk(exercise).check(exercise.solution).right
    assert not Desk(chapters()[4][2]).check(lambda G, X, W: (G, X, W)).right
    fresh = importlib.util.spec_from_file_location("fresh", records.__file__)
    module = importlib.util.module_from_spec(fresh)
    fresh.loader.exec_module(module)
    assert list(module.solved()) == ["4.1"]
    table = repr(exercises.progress())
    assert re.search(r"Chapter 04: 1 of \d+ solved\n  ✓ 4.1 ", table)
    assert "· 4.3 " in table
    shown = re.sub(r"<[^>]*>", "|", exercises.progress()._repr_html_())
    assert re.search(r"\|Chapter 04: 1 of \d+ solved\|", shown)
    assert re.search(r"\|✓\|+4\.1\|+The layer, for a batch\|+\d{4}-\d\d-\d\d\|", shown)


def test_the_tests_leave_the_readers_own_progress_alone():
    assert os.environ["ANNEX_PROGRESS"] == "off"
    assert "ANNEX_PROGRESS" in Path(__file__).with_name("conftest.py").read_text("utf-8")
