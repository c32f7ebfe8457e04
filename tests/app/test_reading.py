"""Several processes read what one would."""

from __future__ import annotations

from payback.app import reading
from payback.app.reading import Task, read_all
from tests.app.test_sync import _lines


def tasks(folder, count):
    for number in range(count):
        text = b"".join(_lines()).replace(b"msg_1", b"msg_%d" % number).replace(b"req_1", b"req_%d" % number)
        (folder / f"{number}.jsonl").write_bytes(text)
    return [Task("Claude Code", str(folder / f"{number}.jsonl"), None, None) for number in range(count)]


def test_several_processes_give_what_one_gives_in_the_same_order(tmp_path):
    given = tasks(tmp_path, 5)
    one = list(read_all(given, 1))
    assert len(one) == 5
    assert list(read_all(given, 2, worth=0)) == one


def test_a_file_with_nothing_new_is_left_out(tmp_path):
    (task,) = tasks(tmp_path, 1)
    ((_, first),) = read_all([task], 1)
    again = Task(task.title, task.path, reading.text_of(first.mark), None)
    assert list(read_all([again], 1)) == []
