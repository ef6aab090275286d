"""Every exercise knows its solution, its slips and its stub; nothing gets past the guard."""

import ast
import re
import string
import subprocess
import sys
import threading
import time
from functools import cache

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from notebook_rules import chapters as notebooks

from annex_lib import equations, exercises
from annex_lib.exercises.bank import Code, Formula, Slip, sized
from annex_lib.exercises.checking import judged
from annex_lib.exercises.comparing import fault
from annex_lib.exercises.desk import Desk, chapters
from annex_lib.exercises.formulas import decided
from annex_lib.exercises.guard import TimeLimit, call, described, limited

EVERY = [exercise for some in chapters().values() for exercise in some]
CODE = [exercise for exercise in EVERY if isinstance(exercise, Code)]
FORMULAS = [exercise for exercise in EVERY if isinstance(exercise, Formula)]
BOOK = {int(path.name[:2]): path for path in notebooks()}
ONE = pytest.mark.parametrize("exercise", EVERY, ids=lambda e: e.number)


@cache
def cells(chapter):
    return {cell.id: cell for cell in nbformat.read(BOOK[chapter], 4).cells}


def told(exercise, answer, seed=0, larger=0):
    """What is said of an answer, without the time limit."""
    if isinstance(exercise, Formula):
        return decided(exercise, answer)
    return judged(exercise, answer, seed, larger)


def of(exercise, part):
    chapter, number = exercise.number.split(".")
    return cells(int(chapter))[f"exercise-{chapter}-{number}{part}"]


# The exercises


def test_each_of_the_first_chapters_has_five_exercises():
    assert min(len(chapters()[chapter]) for chapter in CHAPTERS) >= 5


CHAPTERS = sorted(chapters())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_exercises_are_numbered_in_order_and_stand_in_the_chapter(chapter):
    some = chapters()[chapter]
    assert [e.number for e in some] == [f"{chapter}.{k}" for k in range(1, len(some) + 1)]
    ids = [i for i in cells(chapter) if re.match(r"exercise-\d+-\d+", i)]
    ends = ("", "-stub", "-solution")
    assert ids == [f"exercise-{e.number.replace('.', '-')}{end}" for e in some for end in ends]


@ONE
def test_the_solution_in_the_chapter_is_right(exercise):
    text = of(exercise, "-solution").source
    assert re.match(r"<details>\n<summary>Solution of exercise [\d.]+</summary>\n\n", text)
    assert text.endswith("\n</details>") and exercise.number in text.splitlines()[1]
    fences = re.findall(r"```(\w+)\n(.*?)```", text, flags=re.S)
    assert len(fences) == 1
    if isinstance(exercise, Formula):
        answer = fences[0][1]
    else:
        names = {"np": np}
        exec(imports(exercise) + fences[0][1], names)
        answer = names[exercise.name]
    assert told(exercise, answer).right, told(exercise, answer)


def imports(exercise):
    """The lines of the section's imports that a solution may use."""
    chapter = int(exercise.number.split(".")[0])
    return cells(chapter)["exercises-imports"].source + "\n"


@ONE
@pytest.mark.parametrize("seed", range(4))
def test_the_solution_is_right_on_other_sizes_too(exercise, seed):
    solution = exercise.solution
    if isinstance(exercise, Formula):
        solution = f"{exercise.left} = {solution}"
    assert told(exercise, solution, seed, seed).right


@ONE
def test_every_slip_is_told_by_its_own_sentence(exercise):
    assert len(exercise.slips) >= 3
    for slip in exercise.slips:
        assert repr(told(exercise, slip.answer)) == f"✗ {slip.says}"


SEEDS = (11, 1), (12, 2), (13, 3)  # each with sizes that are so much larger


@pytest.mark.parametrize("seeds", [SEEDS[:1], pytest.param(SEEDS[1:], marks=pytest.mark.long)])
def test_the_share_of_slips_named_rightly_on_other_instances(capsys, seeds):
    """Seeds and sizes are others than those of the check."""
    found = {
        (exercise.number, slip.words, seed): told(exercise, slip.answer, seed, larger).words
        == slip.says
        for exercise in EVERY
        for slip in exercise.slips
        for seed, larger in seeds
        if isinstance(exercise, Code) or (seed, larger) == SEEDS[0]
    }
    share = sum(found.values()) / len(found)
    with capsys.disabled():
        print(f"\n{100 * share:.1f} of 100 slips named rightly ({len(found)} tries)", end=" ")
    assert share >= 0.95, [key for key, right in found.items() if not right]


@ONE
def test_the_stub_of_the_chapter_gets_its_sentence_and_defines_nothing_the_chapter_uses(exercise):
    cell = of(exercise, "-stub")
    plain = cell.outputs[0].data["text/plain"]
    assert plain.startswith("○ Not filled in yet: ")
    assert len(cell.outputs) == 1
    assert f'exercises.get("{exercise.number}")' in cell.source
    if isinstance(exercise, Code) and callable(exercise.solution):
        stub = ast.parse(cell.source).body[0]
        assert ast.unparse(stub).startswith(f"def {exercise.signature}:\n")
    names = {n.id for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Name)}
    names.discard("exercises")
    chapter = int(exercise.number.split(".")[0])
    for other in cells(chapter).values():
        if other.cell_type == "code" and not other.id.startswith("exercise"):
            used = {n.id for n in ast.walk(ast.parse(other.source)) if isinstance(n, ast.Name)}
            assert not names & used - {"None", "print"}, other.id


@ONE
def test_three_hints_of_which_none_is_the_solution(exercise):
    desk = Desk(exercise)
    said = [desk.hint() for _ in range(4)]
    assert [str(h)[:15] for h in said[:3]] == [f"→ Hint {k} of 3: "[:15] for k in (1, 2, 3)]
    assert said[2] == said[3]
    assert len(set(exercise.hints)) == 3


def sections():
    """The numbers of the book's sections, with their text."""
    found = {}
    for path in BOOK.values():
        number = None
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "markdown":
                for part in re.split(r"^(?=## )", cell.source, flags=re.M):
                    if heading := re.match(r"## (\d+\.\d+) ", part):
                        number = heading[1]
                    elif part.startswith("## "):
                        number = None
                    found[number] = found.get(number, "") + part
    return found


SECTIONS = sections()


@ONE
def test_every_pointer_leads_to_a_section(exercise):
    said = [exercise.section, *(slip.section for slip in exercise.slips)]
    assert [number for number in said if number not in SECTIONS] == []
    for slip in exercise.slips:
        assert ": " not in slip.words and not slip.words.endswith(".")


@pytest.mark.parametrize("exercise", FORMULAS, ids=lambda e: e.number)
def test_a_formula_has_the_definitions_of_its_section_or_of_its_question(exercise):
    text = SECTIONS[exercise.section] + of(exercise, "").source
    text = re.sub(r"\s+", " ", text)
    declared = re.sub(r"\s+", " ", exercise.given)
    for display in re.findall(r"\$\$(.*?)\$\$", declared):
        assert display.strip() in text
    assert all(verdict.ok for verdict in equations.check(exercise.given))


@pytest.mark.parametrize("exercise", CODE, ids=lambda e: e.number)
def test_sizes_differ_and_there_is_a_square_case(exercise):
    from annex_lib.exercises.instances import instances

    if not exercise.sizes:
        return
    cases = [case.sizes for case in instances(exercise)]
    if 1 < len(exercise.sizes) <= 5:
        assert all(len(set(sizes.values())) == len(sizes) for sizes in cases[:2])
        assert len(exercise.sizes) == 2 or min(len(set(sizes.values())) for sizes in cases) < 4
    for name in exercise.sizes if exercise.ones is None else exercise.ones:
        assert any(sizes[name] == 1 for sizes in cases)


# What the diagnosis makes of mistakes that no bank knows


def outer(g, x):
    return np.outer(g, x)


EXAMPLE = Code(
    number="0.1",
    title="An example",
    section="4.5",
    signature="dW(G, X)",
    solution=lambda G, X: G.T @ X,
    draw=sized(G="B m", X="B n"),
    sizes={"B": (2, 5), "m": (2, 5), "n": (2, 5)},
    adjoint=lambda G, X: (lambda W: X @ W.T, (np.zeros((G.shape[1], X.shape[1])),)),
    hints=("a", "b", "c"),
    slips=(Slip("4.1", "Twice the sum", lambda G, X: 2 * G.T @ X),),
)
WRONG = {
    "transposed": (lambda G, X: X.T @ G, "dW is the transpose of the right one: see 4.5."),
    "not summed": (
        lambda G, X: np.einsum("tk,tl->tkl", G, X),
        "dW has an axis too many: along it the entries should have been added up: see 4.5.",
    ),
    "mean": (
        lambda G, X: G.T @ X / len(G),
        "dW is divided by B: a mean stands where a sum should: see 4.5.",
    ),
    "factor": (lambda G, X: 3 * G.T @ X, "dW is 3 times the right one: see 4.5."),
    "times a size": (
        lambda G, X: G.T @ X * X.shape[1],
        "dW is n times the right one: something is added n times over: see 4.5.",
    ),
    "some factor": (
        lambda G, X: G.T @ X * G.size**2,
        "dW is right up to a factor, another one for other sizes: see 4.5.",
    ),
    "sign": (lambda G, X: -G.T @ X, "dW has the wrong sign: see 4.5."),
    "upstream": (
        lambda G, X: np.ones_like(G).T @ X,
        "dW does not depend on G: the upstream gradient is left out: see 4.5.",
    ),
    "flip": (
        lambda G, X: (G.T @ X)[::-1, ::-1],
        "dW is flipped, by rows and by columns: see 4.5.",
    ),
    "one row off": (lambda G, X: shifted(G.T @ X), "dW is off by one row or column: see 4.5."),
    "no last row": (
        lambda G, X: cut(G.T @ X),
        "dW is right but for its last row or column: look at the end of a range: see 4.5.",
    ),
    "square": (
        lambda G, X: G.T @ X if G.shape[1] == X.shape[1] else np.ones((1, 1)),
        "dW is right only where two sizes happen to be equal: write down every shape: see 4.5.",
    ),
    "batch of one": (
        lambda G, X: np.outer(G[0], X[0]),
        "dW is right only where a batch is one, and a sum or an axis goes missing there: see 4.5.",
    ),
    "shape": (
        lambda G, X: (G.T @ X)[None],
        "dW has an axis too many: along it the entries should have been added up: see 4.5.",
    ),
    "flat": (
        lambda G, X: (G.T @ X).ravel(),
        "dW has the right numbers, but not the right shape: see 4.5.",
    ),
    "zero": (lambda G, X: 0 * G.T @ X, "dW is zero everywhere: see 4.5."),
    "the bank first": (lambda G, X: 2 * G.T @ X, "Twice the sum: see 4.1."),
}


def shifted(a):
    out = np.zeros_like(a)
    out[1:] = a[:-1]
    return out


def cut(a):
    a = a.copy()
    a[-1] = 0
    return a


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("seed", range(3))
def test_a_mistake_that_no_bank_knows_is_named(name, seed):
    answer, words = WRONG[name]
    assert judged(EXAMPLE, answer, seed, seed).words == words


def test_an_axis_of_one_has_no_last_row_to_forget():
    exercise = Code(
        number="0.2",
        title="A column",
        section="1.1",
        signature="column(x)",
        solution=lambda x: x[:, None],
        draw=sized(x="n"),
        sizes={"n": (3, 5)},
        ones=(),
        hints=("a", "b", "c"),
        slips=(),
    )
    said = judged(exercise, lambda x: (x + np.arange(len(x)) + 1)[:, None], 0, 0)
    assert not said.right and "last row" not in said.words


def test_wrong_booleans_and_sizes_that_are_words_get_a_plain_answer():
    even = exercises.get("6.1").check(lambda m, p, S, P, D: np.arange(m) % 2 == 0)
    scaled = exercises.get("1.6").check(lambda f, n: n * np.stack([f(u) for u in np.eye(n)], 1))
    for said in (even, scaled):
        assert not said.right and "be looked at" not in said.words


def test_an_entry_that_is_a_little_off_is_shown_to_the_digit_that_differs():
    said = fault(np.array([1.000002]), np.array([1.0]), "dx", "")
    assert said == "dx[0] is 1.000002, but should be 1"


def test_a_sentence_of_theirs_keeps_one_full_stop():
    assert described(TypeError("This does not work.")) == "TypeError: This does not work"


def test_the_first_difference_is_shown_where_nothing_is_known():
    def answer(G, X):
        out = G.T @ X
        out[-1, -1] += 1
        out[0, 0] += 1
        return out

    words = judged(EXAMPLE, answer).words
    pattern = r"dW\[0, 0\] is (-?\d+), but should be (-?\d+), the first entry that differs"
    got, want = re.match(pattern, words).groups()
    assert int(got) == int(want) + 1
    assert re.search(r" \(with B = \d, m = \d, n = \d\)\.$", words)


def test_of_two_slips_at_once_one_is_named():
    exercise = next(e for e in CODE if e.number == "4.3")
    said = judged(exercise, lambda G, X, W: (G @ W, X.T @ G, G.mean(0))).words
    assert said in [slip.says for slip in exercise.slips if slip.words.startswith(("dW", "db"))]


def test_the_adjoint_identity_is_compared_too():
    """A solution that does not belong to the forward pass is found out by it."""
    import dataclasses

    other = dataclasses.replace(EXAMPLE, solution=lambda G, X: 5 * G.T @ X, slips=())
    assert "fails the adjoint identity" in judged(other, other.solution).words


# What an answer may do


def endless(G, X):
    while True:
        pass


def stubborn(G, X):
    while True:
        try:
            for _ in range(10**6):
                pass
        except BaseException:
            pass


def sleepy(G, X):
    time.sleep(60)


def deep(G, X):
    return deep(G, X)


def changing(G, X):
    result = G.T @ X
    X[0, 0] = 7
    return result


def stopping(G, X):
    raise KeyboardInterrupt


class Untouchable:
    """Raises whatever is done to it."""

    def __getattribute__(self, name):
        raise RuntimeError("do not touch")

    def __call__(self, *args):
        raise RuntimeError("do not call")

    __array__ = __bool__ = __eq__ = __iter__ = __len__ = __repr__ = __str__ = __call__
    __hash__ = None


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


def mute(G, X):
    raise Mute


def matrix(G, X):
    return (G.T @ X).view(np.recarray)


ANSWERS = {
    "nothing": (None, r"○ Not filled in yet: write dW\(G, X\)"),
    "a stub": (lambda G, X: None, r"○ Not filled in yet: write dW\(G, X\)"),
    "dots": (lambda G, X: ..., r"○ Not filled in yet"),
    "a number": (3, r"✗ check wants the function itself: check\(dW\)\.$"),
    "a list": (lambda G, X: (G.T @ X).tolist(), r"✗ dW is a list, but should be an array: wrap"),
    "a string": (lambda G, X: "G", r"✗ dW is of the type str, but should be an array of shape \("),
    "text": (lambda G, X: (G.T @ X).astype(str), r"✗ dW holds str\d+, but should hold real"),
    "complex": (lambda G, X: G.T @ X + 0j, r"✗ dW holds complex128, but should hold real numbers"),
    "objects": (lambda G, X: (G.T @ X).astype(object), r"✗ dW holds object, but should hold"),
    "another kind": (matrix, r"✗ dW is of the type recarray, but should be an array"),
    "nan": (lambda G, X: G.T @ X * np.nan, r"✗ dW\[0, 0\] is nan, which is no finite number"),
    "infinity": (lambda G, X: G.T @ X / 0, r"✗ dW\[0, 0\] is -?inf, which is no finite number"),
    "an error": (lambda G, X: G @ X, r"✗ dW stopped with ValueError: matmul: .* \(with B = "),
    "another error": (lambda G, X: dict()[3], r"✗ dW stopped with KeyError: 3 \(with B"),
    "too few": (lambda: 0, r"✗ dW stopped with TypeError: .*takes 0 positional arguments"),
    "mute": (mute, r"✗ dW stopped with Mute \(with"),
    "exit": (lambda G, X: sys.exit(3), r"✗ dW stopped with SystemExit: 3"),
    "stop": (stopping, r"✗ This was interrupted before it came to an end"),
    "deep": (deep, r"✗ dW stopped with RecursionError"),
    "changed": (changing, r"✗ dW changes its argument X: let it work on a copy\.$"),
    "huge": (
        lambda G, X: np.broadcast_to(0.0, (10**6, 10**6)),
        r"✗ dW has the shape \(1000000, 1000000\), but should have \(",
    ),
    "untouchable": (lambda G, X: Untouchable(), r"✗ dW is of the type Untouchable, but should"),
    "an untouchable": (Untouchable(), r"✗ dW stopped with RuntimeError: do not call"),
    "a generator": (lambda G, X: (x for x in X), r"✗ dW is of the type generator"),
    "a view": (lambda G, X: X[:1], r"✗ dW has the shape \(1, \d\), but should have"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_whatever_an_answer_does_becomes_one_sentence(name):
    answer, words = ANSWERS[name]
    said = repr(Desk(EXAMPLE).check(answer))
    assert re.match(words, said), said
    assert "\n" not in said and len(said) < 400


@pytest.mark.parametrize(
    ("answer", "thread"), [(endless, False), (endless, True), (stubborn, False), (sleepy, False)]
)
def test_an_endless_loop_is_stopped(answer, thread, monkeypatch):
    monkeypatch.setattr("annex_lib.exercises.desk.LIMIT", 0.3)
    said, tracing = [], sys.gettrace()
    work = lambda: said.append(Desk(EXAMPLE).check(answer))  # noqa: E731
    if thread:
        (other := threading.Thread(target=work)).start()
        other.join(30)
    else:
        work()
    assert "seconds, and was stopped: does a loop never end?" in said[0].words
    assert sys.gettrace() is tracing


@pytest.fixture
def in_a_browser(monkeypatch):
    """Python as a browser has it: no signals, no threads."""

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("sys.platform", "emscripten")
    monkeypatch.delattr("signal.setitimer")
    monkeypatch.setattr(threading.Thread, "start", refuse)


def test_in_a_browser_an_endless_loop_is_stopped_and_a_good_answer_is_right(
    in_a_browser, monkeypatch
):
    tracing = sys.gettrace()
    assert Desk(EXAMPLE).check(lambda G, X: G.T @ X).right
    monkeypatch.setattr("annex_lib.exercises.desk.LIMIT", 0.3)
    said = Desk(EXAMPLE).check(endless).words
    assert "seconds, and was stopped: does a loop never end?" in said
    assert sys.gettrace() is tracing


def test_after_a_limit_in_a_thread_a_debugger_still_steps():
    """Python 3.11 never starts a traced function while an exception for a thread is on its way."""
    code = """if True:
        import sys, threading
        from annex_lib.exercises.guard import limited
        other = threading.Thread(target=limited, args=(lambda: 3, 60))
        other.start()
        other.join()
        sys.settrace(lambda frame, event, arg: print(event, frame.f_code.co_name))
        def stepped():
            pass
        stepped()
        sys.settrace(None)
    """
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ("call stepped\n", "")


def test_the_time_limit_leaves_no_clock_behind():
    import signal

    def rung(number, frame):
        raise AssertionError

    before = signal.signal(signal.SIGALRM, rung)
    try:
        assert limited(lambda: 3, 0.05) == 3
        assert signal.getsignal(signal.SIGALRM) is rung
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(TimeLimit):
        limited(lambda: time.sleep(60), 0.05)


def test_only_the_first_call_prints_and_not_without_end(capsys):
    def answer(G, X):
        print("here")
        return G.T @ X

    assert Desk(EXAMPLE).check(answer).right
    assert capsys.readouterr().out == "here\n"
    call(lambda: print("x" * 10**6), (), aloud=True)
    assert len(capsys.readouterr().out) == 2000


TYPES = [np.float64, np.float32, np.int64, np.int8, bool, complex, "U3", "S2", object, "M8[s]"]
TEXT = st.text(string.printable + "\0éßΣ∂ₗ−𝒳\u202e")  # of all letters it takes seconds
THINGS = st.one_of(
    st.sampled_from(TYPES).flatmap(
        lambda kind: arrays.arrays(
            kind,
            arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
            **({"elements": st.none() | st.integers()} if kind is object else {}),
        )
    ),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    TEXT,
    st.binary(),
    st.none(),
    st.booleans(),
    st.recursive(st.integers() | st.none(), st.lists, max_leaves=5),
    st.dictionaries(st.integers() | TEXT, TEXT),
    st.builds(Untouchable),
    st.builds(set),
    st.just(NotImplemented),
    st.just(type),
    st.just(Untouchable),
    st.tuples(st.builds(Untouchable), st.floats(), st.none()),
)


@settings(max_examples=1000, deadline=None, database=None)
@given(thing=THINGS, exercise=st.sampled_from(EVERY), returned=st.booleans())
def test_no_generated_answer_raises_and_no_wrong_one_passes(thing, exercise, returned):
    desk = Desk(exercise)
    if isinstance(exercise, Formula):
        reply = desk.answer(thing)
    else:
        reply = desk.check((lambda *args: thing) if returned else thing)
    assert not reply.right
    assert re.match("[✗○] .", repr(reply)) and "<p role" in reply._repr_html_()


# Formulas

BY_INPUT = next((e for e in FORMULAS if e.number == "4.2"), None)
FORMULA_ANSWERS = {
    "right": (r"\frac{\partial L}{\partial x_l} = \sum_i g_i w_{il}", "✓ Exercise 4.2 is right"),
    "a right side": (r"\sum_i g_i w_{il}", "✓"),
    "in dollars": (r"$$ \sum_k w_{kl} \, g_k $$", "✓"),
    "a chain": (
        r"\frac{\partial L}{\partial x_l} = \sum_i \frac{\partial L}{\partial f_i} w_{il} "
        r"= \sum_i g_i w_{il}",
        "✓",
    ),
    "nothing": ("", "○ Not filled in yet: write a formula that begins"),
    "its beginning": (r"\frac{\partial L}{\partial x_l} =", "○ Not filled in yet"),
    "itself": (
        r"\frac{\partial L}{\partial x_l} = \frac{\partial L}{\partial x_l}",
        r"✗ True, but not finished: \\partial still stands in the last member",
    ),
    "half way": (
        r"\sum_i g_i \frac{\partial f_i}{\partial x_l}",
        r"✗ True, but not finished: \\partial still stands",
    ),
    "something else": (r"g_i = g_i", r"✗ This formula can't be read: it should begin with"),
    "two claims": (
        r"g_i = g_i, \quad g_k = g_k",
        r"✗ This formula can't be read: it should be one",
    ),
    "a definition": (r"q := 3", r"✗ This formula can't be read: it should be one equation"),
    "an escape": (r"g_i $$ and $$ g_i", r"✗ This formula can't be read: leave out \$"),
    "unknown": (
        r"\sum_i q_i w_{il}",
        r"✗ This formula can't be read: unknown symbol 'q', at 'q_iw_{il}'",
    ),
    "false": (
        r"\sum_i g_i w_{il} + 1",
        r"✗ This does not hold: at l=\d \(m=\d, n=\d\): -?\d+ on the left, -?\d+ on the right\.$",
    ),
    "unbalanced": (r"\sum_i g_{i w_{il}", r"✗ This formula can't be read: "),
    "no text": (3, r"✗ answer wants LaTeX in quotes, .* not a int"),
}


@pytest.mark.parametrize("name", FORMULA_ANSWERS)
def test_a_formula_gets_its_sentence(name):
    answer, words = FORMULA_ANSWERS[name]
    said = repr(Desk(BY_INPUT).answer(answer))
    assert re.match(words, said), said
    assert "did you mean" not in said


# The desk


def test_get_and_its_mistakes():
    assert repr(exercises.get("4.2")) == "Exercise 4.2: The gradient by the input, as a formula"
    assert exercises.get("4.2") is exercises.get("4.2")
    assert 'asks for a formula: answer(r"...")' in exercises.get("4.2").check(3).words
    assert "asks for layer(X, W, b): check(layer)" in exercises.get("4.1").answer("x").words
    for number, words in {"10.77": "has 10.1, 10.2,", 4.1: "in quotes", "x": "in quotes"}.items():
        with pytest.raises(LookupError, match=f"there is no exercise .*{words}"):
            exercises.get(number)
