"""Lines followed through whole histories beside `git log -p -U0` of the same range: whole processes in turn.

Repositories: two that are invented here (`git fast-import`, PAYBACK_SURVIVAL_COMMITS, default 2500,10000 commits), and the one
that PAYBACK_SURVIVAL_REPO names, at PAYBACK_SURVIVAL_REV where that is told. Where that is pallets/flask at 7fca843b, the
rule `theseus` is held against the figures of git-of-theseus. Its program is timed too where PAYBACK_THESEUS names the
`git-of-theseus-analyze` of an environment. Bars: ≤ 1.5 × `git log -p -U0`, ≥ 20 × faster than git-of-theseus, under
1 GiB, a second run in ≤ 0.5 s, S(1 y) and S(5 y) within 0.02.
"""

from __future__ import annotations

import json
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import Run, figures, measured

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).parent / "results"
RUNS = 5
FLASK = "7fca843b"
THEIRS = {365: 0.7826, 1826: 0.4408}


def main() -> None:
    sizes = [int(size) for size in os.environ.get("PAYBACK_SURVIVAL_COMMITS", "2500,10000").split(",")]
    told: dict[str, Any] = {
        "machine": platform.platform(),
        "python": platform.python_version(),
        "repositories": {},
    }
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for size in sizes:
            told["repositories"][f"invented_{size}"] = _measured(
                f"invented_{size}", _invented(scratch, size), scratch
            )
        real = _real(scratch)
        if real is None:
            print("PAYBACK_SURVIVAL_REPO names no repository: figures of a real history are left out")
        else:
            revision = _git(real, "rev-parse", "HEAD")
            estimates = _estimates(real, scratch, revision)
            told["repositories"]["real"] = {
                "revision": revision, "theseus": estimates, **_measured("real", real, scratch),
            }  # fmt: skip
    first, last = (told["repositories"][f"invented_{size}"] for size in (sizes[0], sizes[-1]))
    if last["commits"] > first["commits"]:
        told["slope"] = math.log(last["first"]["cpu"] / first["first"]["cpu"]) / math.log(
            last["commits"] / first["commits"]
        )
        print(f"survival_slope {told['slope']:.2f} exponent")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "survival.json").write_text(json.dumps(told, indent=1) + "\n")


def _measured(name: str, repo: Path, scratch: Path) -> dict[str, Any]:
    commits = int(_git(repo, "rev-list", "--count", "HEAD"))
    told: dict[str, Any] = {"commits": commits}
    print(f"survival_{name}_commits {commits} commits")
    homes = (scratch / f"home-{name}-{number}" for number in range(10_000))
    pairs = [(_ours(repo, next(homes)), _patches(repo)) for _ in range(RUNS + 1)][1:]
    told["first"] = figures(f"survival_{name}_first", [one for one, _ in pairs])
    told["git_log"] = figures(f"survival_{name}_git_log", [other for _, other in pairs])
    told["ratio"] = statistics.median(one.wall / other.wall for one, other in pairs)
    told["ratio_best"] = told["first"]["wall_best"] / told["git_log"]["wall_best"]
    told["cpu_ratio"] = statistics.median(one.cpu / other.cpu for one, other in pairs)
    for figure in ("ratio", "ratio_best", "cpu_ratio"):
        print(f"survival_{name}_{figure} {told[figure]:.2f} x")
    home = next(homes)
    _ours(repo, home)
    told["again"] = figures(f"survival_{name}_again", [_ours(repo, home) for _ in range(RUNS)])
    if theirs := os.environ.get("PAYBACK_THESEUS"):
        out = scratch / f"theseus-{name}"
        ours = _ours(repo, next(homes), "--rule", "theseus")
        branch = _git(repo, "rev-parse", "--abbrev-ref", "HEAD")
        begun = measured(
            [theirs, "--outdir", str(out), "--branch", branch, "--procs", "2", "--quiet", str(repo)]
        )
        told["theseus_ratio"] = begun.wall / ours.wall
        print(f"survival_{name}_theseus {begun.wall:.2f} s")
        print(f"survival_{name}_theseus_ratio {told['theseus_ratio']:.1f} x")
    else:
        print("PAYBACK_THESEUS names no git-of-theseus-analyze: its time is left out")
    told["more"] = figures(
        f"survival_{name}_one_more_commit", [_after_one_more(repo, home) for _ in range(3)]
    )
    return told


def _estimates(repo: Path, scratch: Path, revision: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(_ours(repo, scratch / "home-theseus", "--rule", "theseus").out)
    for row in rows:
        print(f"survival_real_{row['ai_class']}_{row['age_days']}_days {row['share']:.4f} share")
        if revision.startswith(FLASK) and row["age_days"] in THEIRS:
            print(f"survival_flask_{row['age_days']}_off {row['share'] - THEIRS[row['age_days']]:+.4f} share")
    return rows


def _ours(repo: Path, home: Path, *options: str) -> Run:
    words = ["survive", str(repo), "--format", "json", "--home", str(home), *options]
    return measured([sys.executable, "-m", "payback.cli", *words])


def _patches(repo: Path) -> Run:
    return measured(["git", "-C", str(repo), "log", "-p", "-U0"])


def _after_one_more(repo: Path, home: Path) -> Run:
    """A run after one commit more, without a change of files."""
    tree, parent = _git(repo, "rev-parse", "HEAD^{tree}"), _git(repo, "rev-parse", "HEAD")
    _git(repo, "update-ref", "HEAD", _git(repo, "commit-tree", tree, "-p", parent, "-m", "one more"))
    return _ours(repo, home)


def _git(repo: Path, *words: str) -> str:
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    done = subprocess.run(["git", *who, "-C", str(repo), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _real(scratch: Path) -> Path | None:
    """A bare clone, with one branch, of the repository that is named, so that it stays as it is."""
    named = os.environ.get("PAYBACK_SURVIVAL_REPO")
    if not named:
        return None
    revision = _git(Path(named), "rev-parse", os.environ.get("PAYBACK_SURVIVAL_REV", "HEAD") + "^{commit}")
    clone = scratch / "real.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(clone)], check=True)
    objects = Path(_git(Path(named), "rev-parse", "--path-format=absolute", "--git-common-dir")) / "objects"
    (clone / "objects" / "info" / "alternates").write_text(f"{objects}\n")
    _git(clone, "update-ref", "refs/heads/main", revision)
    return clone


def _invented(scratch: Path, commits: int) -> Path:
    """A repository with so many commits: 300 files that grow and are rewritten, moves, renames, merged branches."""
    repo = scratch / f"invented-{commits}.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(repo)], check=True)
    with subprocess.Popen(["git", "-C", str(repo), "fast-import", "--quiet"], stdin=subprocess.PIPE) as into:
        into.stdin.writelines(piece.encode() for piece in _stream(random.Random(commits), commits))
    _git(repo, "update-ref", "-d", "refs/heads/side")
    _git(repo, "repack", "-q", "-a", "-d", "-f")
    return repo


def _stream(dice: random.Random, commits: int) -> Iterator[str]:
    """Of every twelve commits two are on a branch, one merges it; in every third merge both sides changed one file."""
    files = {f"src/module{number // 20}/file{number}.py": _lines(dice, 120) for number in range(300)}
    names = sorted(files)
    yield _commit(1, "main", (), files)
    main, side, brought = 1, 0, dict[str, list[str]]()
    for mark in range(2, commits + 1):
        step = mark % 12
        if step in {6, 8}:
            brought |= _edits(dice, files, names[1::2])
            yield _commit(mark, "side", (side or main,), brought)
            side = mark
            continue
        changed = brought if step == 10 else _edits(dice, files, names[::2])
        if step == 10 and mark % 36 == 10:
            changed |= _edits(dice, files, sorted(brought))
        yield _commit(mark, "main", (main, side) if step == 10 and side else (main,), changed)
        main = mark
        if step == 10:
            side, brought = 0, {}


def _edits(dice: random.Random, files: dict[str, list[str]], names: list[str]) -> dict[str, list[str]]:
    changed = {}
    for name in dice.sample(names, min(len(names), 1 + dice.randrange(4))):
        lines = list(files[name])
        start = dice.randrange(len(lines))
        moved = lines[start : start + dice.randrange(3)]
        lines[start : start + dice.randrange(12)] = _lines(dice, dice.randrange(1, 14))
        place = dice.randrange(len(lines))
        lines[place:place] = moved
        changed[name] = files[name] = lines
    return changed


def _lines(dice: random.Random, count: int) -> list[str]:
    words = ("value", "total", "if", "return", "for", "self", "=", "+", "None", "result", "items")
    return [
        " " * (4 * dice.randrange(4)) + " ".join(dice.choices(words, k=dice.randrange(0, 9)))
        for _ in range(count)
    ]


def _commit(mark: int, branch: str, parents: tuple[int, ...], files: dict[str, list[str]]) -> str:
    message = f"Change {mark}\n" + (
        "\nCo-Authored-By: Claude <noreply@anthropic.com>\n" if mark % 3 == 0 else ""
    )
    second = 1_600_000_000 + mark * 5400
    out = [
        f"commit refs/heads/{branch}\nmark :{mark}\ncommitter Ana <ana@example.com> {second} +0000\n",
        f"data {len(message)}\n{message}",
        *(f"{'merge' if place else 'from'} :{parent}\n" for place, parent in enumerate(parents)),
    ]
    for name, lines in files.items():
        text = "\n".join(lines) + "\n"
        out.append(f"M 100644 inline {name}\ndata {len(text)}\n{text}\n")
    return "".join([*out, "\n"])


if __name__ == "__main__":
    main()
