"""Change the layers by one edit at a time and see that the tests notice.

Run as ``python tests/mutants.py``. Each mutant is one changed sign, operator, index, bound, axis,
transpose, name or comparison in the modules of `TARGETS`. The tests of those modules run against
a copy of the package; a mutant that they let pass must stand in `EQUIVALENT`, with the reason why
it computes the same, or the command fails.
"""

import argparse
import ast
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import hypothesis  # noqa: F401  with NumPy it is loaded once, and every mutant's process has it
import numpy as np  # noqa: F401
import pytest
from tqdm import tqdm

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "annex_lib"
TARGETS = {
    "linear.py": None,
    "windows.py": None,
    "patches.py": None,
    "convolution.py": None,
    "transposed.py": None,
    "softmax.py": None,
    "activations.py": None,
    "losses.py": None,
    "pooling.py": None,
    "normalisation.py": None,
    "attention.py": None,
    "dual.py": None,
    "network.py": None,
    "training.py": None,
    "shapes.py": "delta_view",
}
SUITE = ["shapes", "linear", "windows", "patches", "convolution", "transposed"]
SUITE += ["softmax", "activations", "losses", "pooling", "normalisation", "attention"]
SUITE += ["dual", "network", "training"]
SECONDS = 30  # of computing; a mutant that takes longer is caught, however busy the machine
BROKEN = 99  # the exit code of a process that could not run the tests at all

NEIGHBOURS = "S T, P Q, D E, u v, p q, m n, k l, i j, B F, F C, x W, g x, rows columns, above left"
OPERATORS = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "//"),
    ast.MatMult: ("@", "*"),
    ast.LShift: ("<<", ">>"),
}
COMPARISONS = {
    ast.Eq: ["!="],
    ast.NotEq: ["=="],
    ast.Lt: [">=", "<="],
    ast.LtE: ["<"],
    ast.Gt: ["<=", ">="],
    ast.GtE: ["<", ">"],
}
COMMUTE = {"result_type", "swapaxes", "max", "min", "maximum"}
RENAMED = {"ones": "zeros", "max": "min", "min": "max", "m": "n", "ndim": "size"}
# What no test can notice, each group with its reason.
EQUIVALENT = """
# A sum over several axes takes them in any order.
_like: return np.sum(g, axis=(*range(extra), *copied)).reshape(np.shape(x)) -> return np.sum(g, axis=(*copied, *range(extra))).reshape(np.shape(x))

# How much is copied at a time is a matter of speed and memory.
BLOCK: BLOCK = 1 << 18 -> BLOCK = ((1) >> (18))
BLOCK: BLOCK = 1 << 18 -> BLOCK = ((18) << (1))
BLOCK: BLOCK = 1 << 18 -> BLOCK = 2 << 18
BLOCK: BLOCK = 1 << 18 -> BLOCK = (0) << 18
BLOCK: BLOCK = 1 << 18 -> BLOCK = 1 << 19
BLOCK: BLOCK = 1 << 18 -> BLOCK = 1 << (17)
_blocks: step = max(1, BLOCK // math.prod(V.shape[1:])) -> step = max(2, BLOCK // math.prod(V.shape[1:]))
_blocks: step = max(1, BLOCK // math.prod(V.shape[1:])) -> step = max(1, ((BLOCK) * (math.prod(V.shape[1:]))))
_blocks: step = max(1, BLOCK // math.prod(V.shape[1:])) -> step = max(1, ((math.prod(V.shape[1:])) // (BLOCK)))
_blocks: step = max(1, BLOCK // math.prod(V.shape[1:])) -> step = max(1, BLOCK // math.prod(V.shape[2:]))

# Whether kernel rows are copied or shifted is a matter of speed: both ways give the same sums.
correlate: rows = 1 if stride[0] == 1 and Cg * q > F // groups else p -> rows = 1 if ((stride[0] == 1)) else p
correlate: rows = 1 if stride[0] == 1 and Cg * q > F // groups else p -> rows = 1 if stride[0] == (0) and Cg * q > F // groups else p
correlate: rows = 1 if stride[0] == 1 and Cg * q > F // groups else p -> rows = 1 if stride[0] == 1 and ((Cg * q) <= (F // groups)) else p
correlate: rows = 1 if stride[0] == 1 and Cg * q > F // groups else p -> rows = 1 if stride[0] == 1 and ((Cg * q) >= (F // groups)) else p
correlate: rows = 1 if stride[0] == 1 and Cg * q > F // groups else p -> rows = 1 if stride[0] == 1 and ((Cg) + (q)) > F // groups else p
correlate: rows = 1 if stride[0] == 1 and Cg * q > F // groups else p -> rows = 1 if stride[0] == 1 and Cg * p > F // groups else p
correlate: rows = 1 if stride[0] == 1 and Cg * q > F // groups else p -> rows = 1 if stride[0] == 1 and Cg * q > ((F) * (groups)) else p
correlate: rows = 1 if stride[0] == 1 and Cg * q > F // groups else p -> rows = 1 if stride[0] == 1 and Cg * q > ((groups) // (F)) else p
correlate: rows = 1 if stride[0] == 1 and Cg * q > F // groups else p -> rows = 1 if stride[0] == 1 and Cg * q > B // groups else p
grad_W: rows = 1 if stride[0] == 1 else p -> rows = 1 if stride[0] == (0) else p

# A matrix in another layout multiplies more slowly, to the same product.
correlate: Ws = np.ascontiguousarray(Ws).reshape(p // rows, groups, F // groups, Cg * rows * q) -> Ws = Ws.reshape(p // rows, groups, F // groups, Cg * rows * q)

# g and x have the same batch; it is checked before.
grad_W: B, (F, Cg, p, q) = len(x), W.shape -> B, (F, Cg, p, q) = len(g), W.shape

# A kernel turned by half is its entries from last to first, however many of them make a row.
grad_x: Wg = W.reshape(groups, F // groups, Cg, p, q) -> Wg = W.reshape(groups, F // groups, Cg, q, p)

# Scatter and correlation give the same gradient where both apply; these only scatter more often.
grad_x: full = [d * (k - 1) - P for d, k, P in zip(dilation, (p, q), padding, strict=True)] -> full = [d * (((1) - (k))) - P for d, k, P in zip(dilation, (p, q), padding, strict=True)]
grad_x: if stride == (1, 1) and min(full) >= 0 and np.isfinite(W).all(): -> if stride == ((0), 1) and min(full) >= 0 and np.isfinite(W).all():
grad_x: if stride == (1, 1) and min(full) >= 0 and np.isfinite(W).all(): -> if stride == (1, (0)) and min(full) >= 0 and np.isfinite(W).all():
grad_x: if stride == (1, 1) and min(full) >= 0 and np.isfinite(W).all(): -> if stride == (1, 1) and ((min(full)) > (0)) and np.isfinite(W).all():
grad_x: if stride == (1, 1) and min(full) >= 0 and np.isfinite(W).all(): -> if stride == (1, 1) and min(full) >= 1 and np.isfinite(W).all():

# The rim is wider than needed; what lies beyond the image is cut off.
scatter: x = np.zeros((*lead, m + 2 * P, n + 2 * Q), stamps.dtype) -> x = np.zeros((*lead, m + 3 * P, n + 2 * Q), stamps.dtype)
scatter: x = np.zeros((*lead, m + 2 * P, n + 2 * Q), stamps.dtype) -> x = np.zeros((*lead, m + 2 * P, n + 3 * Q), stamps.dtype)

# NumPy works out any negative size, not only -1.
grad_x: WT = Wg.reshape(groups, F // groups, -1).swapaxes(1, 2) -> WT = Wg.reshape(groups, F // groups, -2).swapaxes(1, 2)
_column: return a.reshape(-1, *[1] * (x.ndim - 2)) -> return a.reshape(-2, *[1] * (x.ndim - 2))
_blocks: yield part, V[part].reshape(-1, groups, C // groups * p * q, u * v) -> yield part, V[part].reshape(-2, groups, C // groups * p * q, u * v)

# Only the products p q and u v are used.
_blocks: B, C, p, q, u, v = V.shape -> (B, C, q, p, u, v) = V.shape
_blocks: B, C, p, q, u, v = V.shape -> (B, C, p, q, v, u) = V.shape
im2col: B, C, _, _, u, v = V.shape -> (B, C, _, _, v, u) = V.shape

# Swapping the last two axes with the two before them undoes itself.
unroll: return np.moveaxis(V, (-2, -1), (-4, -3)) -> return np.moveaxis(V, (-4, -3), (-2, -1))

# An infinite number stays infinite when a finite one is taken off.
log_sum_exp: m = np.where(np.isfinite(m), m, 0)  # an infinite one stays where it is -> m = np.where(np.isfinite(m), m, 1)  # an infinite one stays where it is
log_sum_exp: m = np.where(np.isfinite(m), m, 0)  # an infinite one stays where it is -> m = np.where(np.isfinite(m), m, (-1))  # an infinite one stays where it is

# The normal density and the lower tail are 0 before either place.
TAIL: TAIL = 40 -> TAIL = 41
TAIL: TAIL = 40 -> TAIL = (39)

# Both forms of the sigmoid are right for numbers near 0.
sigmoid: positive = x.real > 0 -> positive = ((x.real) >= (0))
sigmoid: positive = x.real > 0 -> positive = x.real > 1
sigmoid: positive = x.real > 0 -> positive = x.real > (-1)

# Any finite distance is multiplied by a probability of 0; a square has no sign.
softmax_cross_entropy: distance = np.where(y == 0, 0, log_sum_exp(z)[:, None] - z) -> distance = np.where(y == 0, 1, log_sum_exp(z)[:, None] - z)
softmax_cross_entropy: distance = np.where(y == 0, 0, log_sum_exp(z)[:, None] - z) -> distance = np.where(y == 0, (-1), log_sum_exp(z)[:, None] - z)
mean_squared_error: z, y = _targets("mean_squared_error", z, y) -> (y, z) = _targets("mean_squared_error", z, y)
_variance: return np.square(x - x.mean(axes, keepdims=True)).mean(axes, keepdims=keepdims) -> return np.square(((x.mean(axes, keepdims=True)) - (x))).mean(axes, keepdims=keepdims)
mean_squared_error: return ((z - y) ** 2).sum() / (2 * len(z)) -> return ((((y) - (z))) ** 2).sum() / (2 * len(z))
_logits: wrong = (y < 0).any(1) | ~(abs(y.sum(1) - 1) <= np.finfo(y.dtype).eps ** 0.5) -> wrong = (y < 0).any(1) | ~(abs(((1) - (y.sum(1)))) <= np.finfo(y.dtype).eps ** 0.5)

# The width of what counts as rounding in a sum of probabilities is a convention.
_logits: wrong = (y < 0).any(1) | ~(abs(y.sum(1) - 1) <= np.finfo(y.dtype).eps ** 0.5) -> wrong = (y < 0).any(1) | ~(((abs(y.sum(1) - 1)) < (np.finfo(y.dtype).eps ** 0.5)))

# g has the shape of x by then.
layer_norm_vjp: axes = _last(x, gamma) -> axes = _last(g, gamma)
layer_norm_vjp: lead = tuple(range(x.ndim - gamma.ndim)) -> lead = tuple(range(g.ndim - gamma.ndim))
batch_norm_vjp: u, axes = _column(gamma, x) * g, _but_channels(x) -> u, axes = _column(gamma, g) * g, _but_channels(x)
batch_norm_vjp: u, axes = _column(gamma, x) * g, _but_channels(x) -> u, axes = _column(gamma, x) * g, _but_channels(g)

# Either order names the same exceptions.
_pair: except (TypeError, ValueError): -> except (ValueError, TypeError):
_axes: except (ValueError, TypeError):  # NumPy's AxisError is a ValueError -> except (TypeError, ValueError):  # NumPy's AxisError is a ValueError

# Of the names of leading axes no more are used than x has.
_specs: lead = ["B", *(f"B{k}" for k in range(1, x.ndim))][: x.ndim - gamma.ndim] -> lead = ["B", *(f"B{k}" for k in range(1, x.size))][: x.ndim - gamma.ndim]

# Scores of no keys are no numbers.
_weights: return Z -> return -(Z)

# Where a key is shut out, -inf comes instead of its score.
_weights: Z = Z if mask.dtype == bool else Z + np.where(shut, 0, mask) -> Z = Z if mask.dtype == bool else Z + np.where(shut, (-1), mask)
_weights: Z = Z if mask.dtype == bool else Z + np.where(shut, 0, mask) -> Z = Z if mask.dtype == bool else Z + np.where(shut, 1, mask)

# The axis has one entry; its first is its last.
_taken: return np.take_along_axis(patches, first[:, :, None], 2)[:, :, 0] -> return np.take_along_axis(patches, first[:, :, None], 2)[:, :, (-1)]

# Only whether the remainder is 0 matters.
_check: left = (length + 2 * P - D * (k - 1) - 1) % S -> left = (((1) - (length + 2 * P - D * (k - 1)))) % S

# A sum over two axes has no order; the gradient gets the dtype of g at the end.
avg_pool2d: return _view(x, settings, 0).sum((2, 3)) / counts.astype(x.real.dtype) -> return _view(x, settings, 0).sum((3, 2)) / counts.astype(x.real.dtype)
avg_pool2d_vjp: share = g / _counts(x, settings, count_include_pad).astype(g.real.dtype) -> share = g / _counts(x, settings, count_include_pad).astype(x.real.dtype)

# Only the product p q is used.
_patches: B, C, p, q, u, v = V.shape -> (B, C, q, p, u, v) = V.shape

# An exponent of 0 multiplies any finite power away.
RULES: lambda d, out, x, y: d * y * x ** np.where(y == 0, 1, y - 1), -> lambda d, out, x, y: d * y * x ** np.where(y == 0, 2, y - 1),
RULES: lambda d, out, x, y: d * y * x ** np.where(y == 0, 1, y - 1), -> lambda d, out, x, y: d * y * x ** np.where(y == 0, (0), y - 1),

# The frame of zeros is the same seen from either end.
delta_view: strides = *strides[:axis], -step, step, *strides[axis + 1 :] -> strides = (*strides[:axis], step, -step, *strides[axis + 1:])
"""  # noqa: E501


class Mutant(NamedTuple):
    """A file, the function, its line before and after, and the whole text after."""

    file: str
    where: str
    before: str
    after: str
    text: str

    @property
    def key(self):
        """Name the mutant by what it changes, so that the name outlives other edits."""
        return f"{self.where}: {self.before} -> {self.after}"


def equivalent():
    """Return the names of the mutants that compute the same."""
    return {line for line in EQUIVALENT.splitlines() if line and not line.startswith("# ")}


def mutants():
    """Return every mutant once."""
    found = {}
    for file, only in TARGETS.items():
        text = (PACKAGE / file).read_text("utf-8")
        unchanged = ast.dump(ast.parse(text))
        for where, top in _tops(ast.parse(text), only):
            for node, new in _edits(top):
                mutant = _splice(file, where, text, node, new)
                meaning = ast.dump(ast.parse(mutant.text))
                if meaning != unchanged:
                    found.setdefault((file, meaning), mutant)
    return list(found.values())


def _tops(tree, only):
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and only in (None, node.name):
            yield node.name, node
        elif isinstance(node, ast.Assign) and only is None and node.targets[0].id != "__all__":
            yield node.targets[0].id, node


def _edits(top):
    """Yield (node, new text) for each edit of a function; docstrings and messages stay."""
    swaps = {}
    for pair in NEIGHBOURS.split(", "):
        one, other = pair.split()
        swaps.setdefault(one, []).append(other)
        swaps.setdefault(other, []).append(one)
    for node in _walk(top):
        for rule in (_operator, _comparison, _constant, _call, _slice, _sequence, _sign):
            for new in rule(node):
                yield node, new
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            for other in swaps.get(node.id, []):
                yield node, other


def _walk(node):
    if isinstance(node, ast.JoinedStr | ast.arguments | ast.Raise):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name == "decorator_list":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue  # a docstring
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _text(node):
    return f"({ast.unparse(node)})" if isinstance(node, ast.expr) else ast.unparse(node)


def _operator(node):
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = _text(node.left), _text(node.right)
        same, other = OPERATORS[type(node.op)]
        yield f"({left} {other} {right})"
        if not isinstance(node.op, ast.Add | ast.Mult):
            yield f"({right} {same} {left})"
    elif isinstance(node, ast.AugAssign):
        target, value = ast.unparse(node.target), ast.unparse(node.value)
        yield f"{target} -= {value}"
        yield f"{target} = {value}"
    elif isinstance(node, ast.UnaryOp):
        yield _text(node.operand)
    elif isinstance(node, ast.BoolOp):
        word = "or" if isinstance(node.op, ast.And) else "and"
        yield f" {word} ".join(map(_text, node.values))
        for k in range(len(node.values)):
            rest = [v for j, v in enumerate(node.values) if j != k]
            yield "(" + " and ".join(map(_text, rest)) + ")"


def _comparison(node):
    if isinstance(node, ast.Compare):
        for other in COMPARISONS.get(type(node.ops[0]), []):
            yield f"({_text(node.left)} {other} {_text(node.comparators[0])})"


def _constant(node):
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield from (str(node.value + 1), f"({node.value - 1})")
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "->" in node.value:
        before, after = node.value.split("->")
        yield from (repr(f"{before}->{c}") for c in before if c not in after)


def _call(node):
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield ast.unparse(node.value)
    elif isinstance(node, ast.Attribute | ast.Name):
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        if name in RENAMED:
            new = RENAMED[name]
            yield f"{ast.unparse(node.value)}.{new}" if isinstance(node, ast.Attribute) else new
    elif isinstance(node, ast.Call):
        function = node.func
        moves = {"transpose", "swapaxes", "ascontiguousarray", "reshape", "moveaxis"}
        if isinstance(function, ast.Attribute) and function.attr in moves:
            on_numpy = ast.unparse(function.value) == "np"
            yield ast.unparse(node.args[0] if on_numpy else function.value)
        name = ast.unparse(function).split(".")[-1]
        if name in COMMUTE or "operation" in ast.unparse(node):
            return
        for k in range(len(node.args) - 1):
            args = [ast.unparse(a) for a in node.args]
            args[k], args[k + 1] = args[k + 1], args[k]
            named = [ast.unparse(k) for k in node.keywords]
            yield f"{ast.unparse(function)}({', '.join(args + named)})"


def _slice(node):
    if isinstance(node, ast.Slice):
        parts = {name: getattr(node, name) for name in ("lower", "upper", "step")}
        parts = {name: part and ast.unparse(part) for name, part in parts.items()}
        for name, part in parts.items():
            if part:
                bound = name != "step" and not part.isdigit()  # numbers change elsewhere
                for edit in ["", f"({part}) + 1", f"({part}) - 1"] if bound else [""]:
                    yield ":".join(p or "" for p in {**parts, name: edit}.values())


def _sequence(node):
    if isinstance(node, ast.Tuple):
        for k in range(len(node.elts) - 1):
            parts = [ast.unparse(e) for e in node.elts]
            parts[k], parts[k + 1] = parts[k + 1], parts[k]
            inner = ", ".join(parts)
            yield inner if any(isinstance(e, ast.Slice) for e in node.elts) else f"({inner})"


def _sign(node):
    if isinstance(node, ast.Return) and node.value is not None:
        if isinstance(node.value, ast.Tuple):
            for k in range(len(node.value.elts)):
                parts = [ast.unparse(e) for e in node.value.elts]
                parts[k] = f"-({parts[k]})"
                yield f"return {', '.join(parts)}"
        else:
            yield f"return -({ast.unparse(node.value)})"


def _splice(file, where, text, node, new):
    """Put the new text where the node stood; columns count in bytes."""
    lines = text.encode().split(b"\n")
    first, last = node.lineno - 1, node.end_lineno - 1
    changed = lines[first][: node.col_offset] + new.encode() + lines[last][node.end_col_offset :]
    before = " ".join(line.decode().strip() for line in lines[first : last + 1])
    after = " ".join(line.strip() for line in changed.decode().split("\n"))
    whole = b"\n".join([*lines[:first], changed, *lines[last + 1 :]]).decode()
    return Mutant(file, where, before, after, whole)


def run(mutant, base):
    """Run the tests against a mutant (or None) in a process of its own; return its id."""
    child = os.fork()
    if child:
        return child
    code = BROKEN
    try:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        folder = Path(base, str(os.getpid()))
        shutil.copytree(PACKAGE, folder / "annex_lib", ignore=shutil.ignore_patterns("__pycache__"))
        if mutant:
            (folder / "annex_lib" / mutant.file).write_text(mutant.text, "utf-8")
        sys.path.insert(0, str(folder))
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        # Those of the changed module come first: they are the likeliest to notice.
        own = mutant and Path(mutant.file).stem
        names = sorted(SUITE, key=lambda name: name != own)
        files = [str(TESTS / f"test_{name}.py") for name in names]
        options = ["-o", "addopts=", "-p", "no:cacheprovider", "-x", "-q", "--tb=no"]
        code = int(pytest.main([*options, "-k", "not jax", "-m", "not long", *files]))
    finally:
        os._exit(code)


def survivors(tried, workers):
    """Return the mutants that no test noticed."""
    running, left = {}, []
    bar = tqdm(total=len(tried), unit="mutant", file=sys.stderr, disable=None)
    with bar, tempfile.TemporaryDirectory() as base:
        todo = list(reversed(tried))
        while todo or running:
            while todo and len(running) < workers:
                mutant = todo.pop()
                running[run(mutant, base)] = mutant
            child, status = os.wait()
            shutil.rmtree(Path(base, str(child)), ignore_errors=True)
            mutant = running.pop(child)
            code = os.waitstatus_to_exitcode(status)  # negative: stopped by a signal
            if code == BROKEN:
                sys.exit("A copy of the package could not be made or tested; is the disk full?")
            if code == 0:
                left.append(mutant)
            bar.update()
    return left


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="try only every n-th mutant")
    parser.add_argument("--only", default="", help="try only those whose name contains this")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    tried = [m for m in mutants() if options.only in m.key][:: options.every]
    if not survivors([None], 1):
        sys.exit("The tests fail on the library as it is: repair that first (make test).")
    left = survivors(tried, options.workers)
    unknown = [m for m in left if m.key not in equivalent()]
    print(f"{'module':<16}{'mutants':>9}{'caught':>9}{'the same':>10}{'missed':>9}")
    for file in TARGETS:
        count, alive, missed = (sum(m.file == file for m in ms) for ms in (tried, left, unknown))
        print(f"{file:<16}{count:>9}{count - alive:>9}{alive - missed:>10}{missed:>9}")
    caught, different = len(tried) - len(left), len(tried) - len(left) + len(unknown)
    share = f"{caught / max(different, 1):.1%}"
    print(f"caught: {caught} of the {different} that compute something else, {share}")
    for m in unknown:
        print(f"missed: {m.key}")
    if options.every == 1 and not options.only:
        gone = sorted(equivalent() - {m.key for m in tried})
        print("".join(f"listed as the same, but no longer tried: {key}\n" for key in gone), end="")
    sys.exit(bool(unknown))


if __name__ == "__main__":
    main()
