"""A class on this machine: N simulated students arrive within a minute, read and move sliders.

    python tests/class_use.py 30

Each signs in, follows the link to chapter 1, opens a chapter, runs all of it, moves sliders, saves.
One is killed in the middle and has to find all that was saved; one asks for 8 GiB. The others go
on moving their sliders until the last is done. Then all leave, and what they left has to be culled.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from class_hub import PASSWORD, ROOT, hub
from class_student import Student, Trouble
from tqdm import tqdm

GOALS = {"run": 10, "all": 120, "memory": 250, "step": 0.5}  # seconds, seconds, MiB, seconds
KERNEL_IDLE, SERVER_IDLE = 30, 60  # seconds
NOTE = {"cell_type": "markdown", "id": "my-note", "metadata": {}, "source": "My own words."}
GREEDY = "import numpy as np; np.ones(2**30)  # 8 GiB"


class Class:
    """Students on a hub, and what was measured of them."""

    def __init__(self, hub, path, count, spread):
        self.hub, self.path, self.count, self.spread = hub, path, count, spread
        self.busy = count  # students who are not through yet
        self.runs, self.ends, self.steps, self.late = {}, {}, {}, []
        self.memory, self.waits, self.landed, self.lost = {}, [], set(), None
        self.bar = tqdm(total=count, unit=" students")

    async def all(self):
        """Let all arrive; raise what befell one of them."""
        self.begin = time.perf_counter()
        names = [f"student-{k:02}" for k in range(self.count)]
        async with asyncio.TaskGroup() as group:
            for k, name in enumerate(names):
                group.create_task(self.attend(k, name))
        self.bar.close()
        return names

    async def attend(self, k, name):
        """Be student k."""
        await asyncio.sleep(self.spread * k / self.count)
        async with Student(self.hub, name, PASSWORD) as student:
            await student.arrive()
            if k == 1 or self.count == 1:
                await self.crash(student)
            notebook = await student.read(self.path)
            async with student.kernel(self.path) as kernel:
                self.runs[name] = await kernel.run(notebook)
                figure = [*kernel.players][k % len(kernel.players)]
                await self.move(kernel, figure, 8, self.steps.setdefault(name, []))
                if k == 2:
                    await self.grasp(kernel)
                await student.save(self.path, notebook)
                self.ends[name] = time.perf_counter() - self.begin
                self.memory[name] = self.hub.memory(name)
                self.waits += student.waits
                self.landed.add(student.landed.removeprefix(f"/user/{name}/"))
                self.busy -= 1
                self.bar.update()
                while self.busy:
                    await self.move(kernel, figure, 1, self.late)
                    await asyncio.sleep(3)

    async def move(self, kernel, figure, count, times):
        """Move the first slider of a figure to other stops."""
        for number in range(count):
            times.append(await kernel.step(figure, number + 1))
            await asyncio.sleep(0.2)

    async def crash(self, student):
        """Save a note, lose the server in the middle of a run, and come back."""
        notebook = await student.read(self.path)
        notebook["cells"].append(NOTE)
        await student.save(self.path, notebook)
        halfway = len([c for c in notebook["cells"] if c["cell_type"] == "code"]) // 2
        pulled = []

        def progress(done):
            if done >= halfway and not pulled:
                pulled.append(done)
                self.hub.kill(student.name)

        try:
            async with student.kernel(self.path) as kernel:
                await kernel.run(notebook, progress)
            raise Trouble(f"{student.name} was not cut off")
        except (Trouble, OSError) as trouble:
            if not pulled or "connection to the kernel ended" not in str(trouble):
                raise
        await student.server(f"{student.user}/lab")
        found = await student.read(self.path)
        self.lost = [c["id"] for c in notebook["cells"]] != [c["id"] for c in found["cells"]]
        self.lost |= found["cells"][-1]["source"] != NOTE["source"]

    async def grasp(self, kernel):
        """Ask for more memory than a student may have; go on after the error."""
        options = {"silent": False, "store_history": False, "allow_stdin": False}
        asked = {"user_expressions": {"sum": "1 + 1"}, **options}
        said = await kernel.reply("shell", "execute_request", {"code": GREEDY, **asked})
        if said["status"] != "error" or "MemoryError" not in said["ename"]:
            raise Trouble(f"8 GiB were given: {said}")
        said = await kernel.reply("shell", "execute_request", {"code": "", **asked})
        if said["status"] != "ok":
            raise Trouble("A kernel that asked for 8 GiB does not go on")


def culled(hub, names):
    """Wait until all kernels, then all servers are gone; return after how many seconds each."""
    begin, times = time.perf_counter(), {}
    for kind, kernels in (("kernels", True), ("servers", False)):
        while any(hub.processes(name, kernels) for name in names):
            if time.perf_counter() - begin > 10 * SERVER_IDLE:
                raise Trouble(f"After {10 * SERVER_IDLE} s some {kind} are still there")
            time.sleep(1)
        times[kind] = time.perf_counter() - begin
    return times


def hold(count, chapter="04", spread=60):
    """Hold a class; return what was measured.

    Parameters
    ----------
    count : int
        How many students.
    chapter : str
        The number of the chapter that they open.
    spread : float
        Seconds within which they arrive.

    Returns
    -------
    Class
        With `culled`, the seconds after which kernels and servers were gone.
    """
    name = next((ROOT / "notebooks").glob(f"{chapter}-*.ipynb")).name
    with (
        tempfile.TemporaryDirectory() as folder,
        hub(Path(folder), KERNEL_IDLE, SERVER_IDLE) as found,
    ):
        held = Class(found, f"annex/notebooks/{name}", count, spread)
        try:
            names = asyncio.run(held.all())
            held.culled = culled(found, names)
        except BaseException:
            print(found.log()[-5000:], file=sys.stderr)
            raise
    return held


def tell(held):
    """Print what was measured; return whether the goals are met."""
    steps = [s for times in held.steps.values() for s in times]
    rows = [
        ("Run All, median", statistics.median(held.runs.values()), GOALS["run"], "s"),
        ("the last one done after", max(held.ends.values()), GOALS["all"], "s"),
        ("a student's memory, most", max(held.memory.values()), GOALS["memory"], "MiB"),
        ("a slider step, median", statistics.median(steps), GOALS["step"], "s"),
        ("a slider step, slowest", max(steps), None, "s"),
        ("Run All, slowest", max(held.runs.values()), None, "s"),
        ("kernels culled after", held.culled["kernels"], None, "s"),
        ("servers culled after", held.culled["servers"], None, "s"),
    ]
    for words, value, goal, unit in rows:
        met = "" if goal is None else f"   goal {goal} {'met' if value <= goal else 'MISSED'}"
        print(f"{words:26}{value:9.2f} {unit:4}{met}")
    print(f"told to wait (429): {len(held.waits)} times, {sum(held.waits):.0f} s in all")
    print(f"killed in the middle: {'something saved was lost' if held.lost else 'nothing lost'}")
    return not held.lost and all(goal is None or value <= goal for _, value, goal, _ in rows)


def main():
    """Hold a class, print, and say by the exit status whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("students", type=int)
    parser.add_argument("--chapter", default="04", help="its number")
    parser.add_argument("--spread", type=float, default=60, help="seconds to arrive within")
    options = parser.parse_args()
    if options.students < 1:
        parser.error("a class has at least one student")
    load = ", ".join(f"{v:.2f}" for v in os.getloadavg())
    print(f"{options.students} students, {len(os.sched_getaffinity(0))} cores, load {load} before")
    try:
        sys.exit(not tell(hold(options.students, options.chapter, options.spread)))
    except ExceptionGroup as group:
        sys.exit("\n".join(str(trouble) for trouble in group.exceptions))
    except Trouble as trouble:
        sys.exit(str(trouble))


if __name__ == "__main__":
    main()
