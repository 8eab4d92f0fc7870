"""One thing done to each of several by forks, each case in a process of its own that has one thread."""

import os
import subprocess
import sys

import pytest

from sas_analysis import processes
from sas_analysis.reports.workers.kernel import WARM

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")

START = """
import os, threading, time
from sas_analysis.processes import PROCESSES, Begun, begin, each, threads
here = os.getpid()
def where(item):
    return item, os.getpid() == here
"""
THREAD = "threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"


def said(script, at_once=2, *arguments):
    """What a script prints; it ends without an error."""
    command = [sys.executable, "-c", START + script, *map(str, arguments)]
    environment = os.environ | WARM | {processes.PROCESSES: str(at_once)}
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.mark.parametrize(("number", "at_once"), [(2, 2), (7, 2), (7, 3), (3, 8)])
def test_results_stand_in_the_order_of_the_items(number, at_once):
    found = eval(said(f"print(each(where, range({number}), large=True))", at_once))
    assert [item for item, _ in found] == list(range(number))
    own = [of for _, of in found]
    assert sum(own) == len(range(0, number, min(at_once, number)))


def test_items_that_take_no_time_are_worked_on_here():
    assert "False" not in said("print(each(where, range(50)))")


def test_items_that_take_their_time_are_shared_after_the_first():
    slow = "def slow(item):\n    time.sleep(0.2)\n    return where(item)\n"
    found = eval(said(slow + "print(each(slow, range(5)))"))
    assert found[0] == (0, True)
    assert [item for item, _ in found] == list(range(5))
    assert {own for _, own in found[1:]} == {True, False}


@pytest.mark.parametrize(("number", "forks"), [(2, 0), (3, 1), (4, 2)])
def test_no_process_is_forked_for_nothing(number, forks):
    counted = "import sas_analysis.processes as own\nmade = []\nfork = own._fork\n"
    counted += "own._fork = lambda function, items: made.append(list(items)) or fork(function, items)\n"
    slow = "def slow(item):\n    time.sleep(0.4)\n    return item\n"
    assert said(f"{counted}{slow}each(slow, range({number}))\nprint(len(made), all(made))", 4) == f"{forks} True"


@pytest.mark.parametrize(
    ("before", "large", "at_once"),
    [("", "True", 1), ("", "False", 2), (THREAD, "True", 2)],
    ids=["one process", "not large", "threads"],
)
def test_nothing_is_forked(before, large, at_once):
    assert "False" not in said(f"{before}print(each(where, range(4), large={large}))", at_once)


def test_nothing_forks_within_what_is_shared():
    nested = "def nested(item):\n    here = os.getpid()\n"
    nested += "    return each(lambda item: os.getpid() == here, range(2), large=True)\n"
    assert said(nested + "print(each(nested, range(2), large=True), each(where, range(2), large=True))") == (
        "[[True, True], [True, True]] [(0, True), (1, False)]"
    )


def test_what_a_fork_fails_at_is_raised_here():
    fails = "def fails(item):\n    return 1 / (3 - item)\n"
    tried = "try:\n    each(fails, range(4), large=True)\nexcept ZeroDivisionError:\n    print('raised')"
    assert said(fails + tried) == "raised"


def test_what_a_fork_died_at_is_done_here():
    dies = "def dies(item):\n    if os.getpid() != here:\n        os.kill(os.getpid(), 9)\n    return item\n"
    assert said(dies + "print(each(dies, range(5), large=True))") == "[0, 1, 2, 3, 4]"


def test_what_cannot_be_forked_is_done_here():
    full = "def fork():\n    raise BlockingIOError\nos.fork = fork\n"
    open_files = "len(os.listdir('/proc/self/fd'))"
    script = f"{full}before = {open_files}\nprint(each(abs, range(4), large=True), {open_files} - before)"
    assert said(script) == "[0, 1, 2, 3] 0"


def test_an_error_here_leaves_no_fork_behind():
    script = """
def fails(item):
    if os.getpid() != here:
        time.sleep(60)
    raise ValueError(item)
try:
    each(fails, range(2), large=True)
except ValueError:
    print(open(f"/proc/{here}/task/{here}/children").read() or "none")
"""
    assert said(script) == "none"


def test_no_file_of_a_fork_stays_open():
    dies = (
        "def dies(item):\n    if os.getpid() != here and item == 1:\n        os.kill(os.getpid(), 9)\n    return item\n"
    )
    open_files = "len(os.listdir('/proc/self/fd'))"
    script = f"{dies}before = {open_files}\neach(dies, range(8), large=True)\nprint({open_files} - before)"
    assert said(script, 4) == "0"


@pytest.mark.parametrize("before", ["", "del os.memfd_create\n"])
def test_large_results_come_back(before):
    made = f"{before}import numpy\nfound = each(lambda n: numpy.full(10**6, n), range(4), large=True)\n"
    assert said(f"{made}print([int(one.sum()) for one in found])") == "[0, 1000000, 2000000, 3000000]"


MEASURES = """
import sys
import pandas as pd
import sas_analysis as sas
from sas_analysis import processes
from sas_analysis.measures import pooling
from sas_analysis.measures.multiverse import multiverse_of
from sas_analysis.measures.unknown.imputation import impute
from sas_analysis.records import locate, store
from sas_analysis.reports.one.execute import STRINGS

pd.set_option(*STRINGS)
forked, by_forks = [], processes._by_forks
processes._by_forks = lambda function, *rest: forked.append(function) or by_forks(function, *rest)
processes._PAYS = store._MANY = locate._MANY = 0

def study():
    forces = ["metropolitan", "essex", "derbyshire"]  # three: of two, the first tells, and one is left to share
    return sas.open_study(forces, "2018-04", "2019-03", raw=sys.argv[1], processed=sys.argv[2])

def measured(at_once):
    os.environ[PROCESSES] = str(at_once)
    own = study()
    side = sas.Comparison(own).by_area()
    tables = [own.ratio(by="borough", over="quarter").frame, side.shrunken, side.outcome_difference("arrest").frame]
    drawn = impute.__wrapped__(sas.Comparison(own).patterns, draws=6).added  # not what was drawn by one process
    tables += [own.records, pd.DataFrame(drawn.reshape(6, -1)), multiverse_of(sas.Comparison(own))]
    return [*tables, pooling.funnel(side.strata, force="area"), own.change_points("searches"), side.band()]
"""
COMPARED = """
alone, threads_here = measured(1), threads()
assert not forked
together = measured(2)
for one, two in zip(alone, together, strict=True):
    pd.testing.assert_frame_equal(one, two, check_exact=True)
print(threads_here, len(forked), [len(one) > 1 for one in alone])
"""


def test_measures_are_the_same_by_one_process_and_by_two(sample, tmp_path):
    said(f"{MEASURES}print(len(study().findings))", 1, sample, tmp_path)  # cleaned, which threads do
    assert said(MEASURES + COMPARED, 1, sample, tmp_path) == f"1 8 {[True] * 9}"


@pytest.mark.parametrize(
    ("said", "number"),
    [("max 100000", 8), ("150000 100000", 2), ("50000 100000", 1), ("1600000 100000", 8), ("", 8), (None, 8)],
)
def test_a_container_is_taken_to_have_the_cores_that_it_is_given(said, number, tmp_path, monkeypatch):
    monkeypatch.setattr(processes.os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    quota = tmp_path / "cpu.max"
    if said is not None:
        quota.write_text(said)
    monkeypatch.setattr(processes, "_QUOTA", quota)
    assert processes.cores() == number


@pytest.mark.parametrize(("before", "at_once", "here"), [("", 2, False), ("", 1, True), (THREAD, 2, True)])
def test_what_is_begun_is_worked_out_by_a_fork_where_one_may_be(before, at_once, here):
    asked = "begun = begin(where, 7)\nprint(begun.result(), begun.result())"
    assert said(before + asked, at_once) == f"(7, {here}) (7, {here})"


def test_what_is_begun_is_worked_out_beside_what_is_done_here():
    slow = "def slow():\n    time.sleep(0.5)\n    return time.perf_counter()\n"
    asked = "begun = begin(slow)\ntime.sleep(0.7)\nasked = time.perf_counter()\nprint(begun.result() < asked)"
    assert said(slow + asked) == "True"  # the clock is the machine's


def test_what_a_begun_fork_fails_at_is_raised_where_it_is_asked_for():
    tried = "begun = begin(lambda: 1 / 0)\ntry:\n    begun.result()\nexcept ZeroDivisionError:\n    print('raised')"
    assert said(tried) == "raised"


def test_a_begun_fork_that_is_killed_is_made_good():
    killed = "def own():\n    if os.getpid() != here:\n        os.kill(os.getpid(), 9)\n    return 'here'\n"
    assert said(killed + "print(begin(own).result())") == "here"


@pytest.mark.parametrize(("found_before", "again"), [(False, True), (True, False)])
def test_a_fork_works_out_what_was_begun_before_it_unless_it_was_found(found_before, again):
    first = f"def slow():\n    time.sleep(0 if {found_before} else 2)\n    return os.getpid()\n"
    asked = "first = begin(slow)\ntime.sleep(1)\nown = begin(lambda: first.result() == os.getpid())\n"
    assert said(f"{first}{asked}print(own.result())") == str(again)


def test_a_fork_that_failed_hinders_no_later_one():
    fails = "def fails():\n    raise ValueError\n"
    assert said(fails + "first = begin(fails)\ntime.sleep(1)\nprint(begin(where, 7).result())") == "(7, False)"


def test_a_begun_fork_gives_way():
    assert said("print(begin(os.nice, 0).result() - os.nice(0))") == str(processes._NICER)


def test_what_is_begun_is_sent_as_what_was_found():
    sent = "import pickle\nprint(pickle.loads(pickle.dumps(begin(where, 7))).result())"
    assert said(sent) == "(7, False)"


def test_what_does_not_pay_is_not_forked():
    assert said("print(Begun(lambda: where(7), large=False).result())") == "(7, True)"


NESTED = """
def shared():
    own = os.getpid()
    return each(lambda item: os.getpid() == own, range(2), large=True)
def one_by_one():
    own = os.getpid()
    return each(lambda item: time.sleep(0.4) or os.getpid() == own, range(9))
"""


def test_what_is_begun_is_shared_while_it_is_waited_for():
    assert said(NESTED + "print(begin(lambda: (time.sleep(1), shared())).result()[1])") == "[True, False]"
    assert said(
        NESTED + "own = begin(shared)\ntime.sleep(1)\nprint(own.result(), each(where, range(2), large=True))"
    ) == ("[True, True] [(0, True), (1, False)]")
    found = eval(said(NESTED + "own = begin(one_by_one)\ntime.sleep(1)\nprint(own.result())"))
    assert found[:2] == [True, True]
    assert False in found[3:]


def test_what_is_begun_begins_nothing_itself():
    nested = "def nested():\n    time.sleep(1)\n    own = os.getpid()\n    return begin(os.getpid).result() == own\n"
    assert said(nested + "print(begin(nested).result())") == "True"


def test_what_is_shared_does_not_give_way_while_something_is_begun():
    begun = "begun = begin(time.sleep, 1)\nlater = begin(os.nice, 0)\n"
    shared = "each(lambda _: os.nice(0), range(2), large=True)"
    first, second = processes._NICER, processes._NICER_YET
    assert said(f"{begun}print({shared}, later.result())") == f"[0, 0] {first + second}"


def test_a_begun_fork_sends_back_what_is_new_alone():
    kinds = "from dataclasses import dataclass\n@dataclass\nclass Held:\n    rows: object\n    by: object = None\n"
    kinds += "class Rows(list):\n    pass\n"
    asked = "held = Held(Rows(range(9)))\n"
    asked += "found = begin(lambda of: (of, Held(of.rows, [1]), Rows([2])), held).result()\n"
    asked += "print(found[0] is held, found[1].rows is held.rows, found[1].by, found[2])"
    assert said(kinds + asked) == "True True [1] [2]"


OFFICIAL = """
import sys
import pandas as pd
import sas_analysis as sas
from sas_analysis.study import beside_official

here, made, reconciled = os.getpid(), [], beside_official._reconciled
beside_official._reconciled = lambda *own: made.append(1) or reconciled(*own)

def official(at_once, **choices):
    os.environ[PROCESSES] = str(at_once)
    study = sas.open_study("essex", "2020-01", "2021-03", raw=sys.argv[1], processed=sys.argv[2], **choices)
    assert len(study.official)
    return study.using("ethnicity_5").official

for choices in ({}, {"ethnicity": "officer"}):
    pd.testing.assert_frame_equal(official(1, **choices), official(2, **choices), check_exact=True)
print(len(made))
"""


def test_official_statistics_are_begun_where_a_study_is_opened_and_found_once(real_data, tmp_path):
    said(OFFICIAL, 1, real_data / "archive", tmp_path)  # cleaned, which threads do
    assert said(OFFICIAL, 1, real_data / "archive", tmp_path) == "2"  # of one process; the others were of forks
