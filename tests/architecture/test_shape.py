"""The shape of the tree: small tails, folders that are nouns of the product, doors that stay the only doors."""

from __future__ import annotations

import ast
import re
import tomllib

from tests.architecture.tree import ROOT, SOURCE, dotted, functions, modules

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
MOST_PARAMETERS = 5
KINDS_OF_CODE = {
    "utils",
    "util",
    "services",
    "models",
    "helpers",
    "common",
    "managers",
    "core",
    "misc",
    "lib",
    "shared_code",
}


def test_no_file_is_longer_than_one_can_hold_in_mind():
    long = {
        module.path: module.text.count("\n") for module in modules() if module.text.count("\n") > LONGEST_FILE
    }
    assert long == {}


def test_no_function_is_longer_than_a_screen():
    long = {
        f"{module.path}:{function.name}": function.end_lineno - function.lineno + 1
        for module in modules()
        for function in functions(module)
        if _lines(function) > LONGEST_FUNCTION and not module.path.startswith("cli/")
    }
    assert long == {}


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    docstring = ast.get_docstring(function, clean=False)
    return function.end_lineno - function.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)


def test_folders_are_nouns_of_the_product_and_never_kinds_of_code():
    folders = {path.name for path in SOURCE.rglob("*") if path.is_dir()} | {
        path.stem for path in SOURCE.rglob("*.py")
    }
    assert folders & KINDS_OF_CODE == set()


def test_every_module_says_what_it_answers_for():
    silent = [module.path for module in modules() if not ast.get_docstring(module.tree)]
    assert silent == []


def test_public_functions_say_what_comes_back():
    silent = []
    for module in modules():
        if module.path.startswith(("cli/", "demo/", "state/migrations/")):
            continue
        for node in module.tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node) and node.end_lineno - node.lineno > 8:
                silent.append(f"{module.path}:{node.name}")
    assert silent == []


CLOCK = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time|time\.time_ns)\b")
CLOCK_ALLOWED = {"cli/machine.py", "warehouse/holder.py"}
ENVIRONMENT_ALLOWED = {
    "cli/edge.py",
    "cli/numbers.py",
    "cli/surviving.py",
    "cli/swift.py",
    "sources/agents/__main__.py",
    "sources/git/command.py",
}


def test_the_clock_is_passed_in():
    reads = {
        f"{module.path}:{node.lineno}"
        for module in modules()
        if module.path not in CLOCK_ALLOWED
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and CLOCK.fullmatch(dotted(node.func))
    }
    assert reads == set()


def test_the_environment_is_passed_in():
    reads = {
        f"{module.path}:{node.lineno}"
        for module in modules()
        if module.path not in ENVIRONMENT_ALLOWED
        for node in ast.walk(module.tree)
        if dotted(node) in {"os.environ", "os.getenv", "os.environb"}
    }
    assert reads == set()


MONEY_NAME = re.compile(r"(_usd|_cost|^billed|^amortised|^list_price|^price$|^rate$|amount)$")


def test_money_is_never_a_float():
    floats = [
        f"{module.path}:{node.lineno} {name}"
        for module in modules()
        for node in ast.walk(module.tree)
        for name, annotation in _annotated(node)
        if MONEY_NAME.search(name) and "float" in ast.unparse(annotation)
    ]
    assert floats == []


def _annotated(node: ast.AST) -> list[tuple[str, ast.expr]]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [(node.target.id, node.annotation)]
    return [(node.arg, node.annotation)] if isinstance(node, ast.arg) and node.annotation else []


def test_money_columns_are_decimals():
    import pyarrow as pa

    from payback.ledger.tables import TABLES

    named = re.compile(r"(_usd|_cost|^billed|^amortised|^list|^price|^rate|^cost_list|^cost_billed|budget)$")
    odd = [
        f"{table.name}.{column.name}: {column.type}"
        for table in TABLES
        for column in table.columns
        if named.search(column.name)
        and table.name != "exchange_rates"
        and not pa.types.is_decimal(column.type)
    ]
    assert odd == []


def test_nothing_is_left_undone_by_its_own_words():
    marks = re.compile(
        r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3, "Not" + "ImplementedError"]) + r")\b"
    )
    marked = [module.path for module in modules() if marks.search(module.text)]
    assert marked == []


def test_errors_are_not_swallowed():
    """A bare catch-all stands only in the sync loop, where threads hand errors to each other, and at the web edge."""
    allowed = {"app/abreast.py", "app/background.py", "web/serving.py", "web/errors.py"}
    caught = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        if module.path not in allowed
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or dotted(node.type) in {"Exception", "BaseException"})
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert caught == []


def test_nobody_patches_in_tests():
    patched = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if re.search(r"mock\." + "patch|monkey" + r"patch\.setattr", path.read_text(encoding="utf-8"))
    ]
    assert patched == []


def test_the_lock_names_hashes_and_no_index():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock
    assert not re.search(r"^\s*(-i|--index|--extra-index|--find-links|--trusted)", lock, re.MULTILINE)
    assert "://" not in lock


def test_every_runtime_dependency_is_in_the_lock():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").casefold()
    names = [re.split(r"[\[<>=!~ ;]", one)[0].casefold() for one in told["project"]["dependencies"]]
    assert [name for name in names if f"\n{name}==" not in f"\n{lock}"] == []
