"""``hutong demo``: the whole story, told while it happens."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from audit.review.period import read_period
from demo import duty, evidence, ladders, limits, scores, story
from demo.account import Told
from demo.cast import CAST
from demo.founding import Stage, join, make_hub, serve, start_node
from demo.processes import Processes
from hub.state.database import open_engine
from hutong.catalogue import say
from hutong.errors import HutongError
from hutong.terminal import LangOption, Output, OutputOption, data, talk

_MARK = ".hutong-demo"
Step = Callable[[str], None]


def demo(
    folder: Annotated[Path, typer.Option("--dir", help=say("demo.dir.help"))] = Path("var/demo"),
    output: OutputOption = Output.TABLE,
    lang: LangOption = None,
) -> None:
    _fresh(folder)
    with _progress() as step:
        told, summary = asyncio.run(_play(folder.resolve(), step))
    if output is Output.JSON:
        data().print(json.dumps(summary, ensure_ascii=False, indent=2))
        return
    for line in told.lines:
        data().print(f"· {line}")
    data().print()
    for name, value in summary.items():
        data().print(f"{say(f'demo.field.{name}')}: {value}")
    data().print(f"\n{say('demo.next', dir=folder)}")


demo.__doc__ = say("demo.help")


async def _play(folder: Path, step: Step) -> tuple[Told, dict[str, object]]:
    processes, told = Processes(folder / "logs"), Told()
    try:
        step(say("demo.step.hub"))
        home = make_hub(folder)
        await asyncio.to_thread(serve, processes, home)
        members = {}
        for role in CAST:
            step(say("demo.step.join", agency=role.name_zh))
            members[role.code] = await join(home, folder, role)
        stage = Stage(folder, home, members)
        step(say("demo.step.nodes"))
        await asyncio.gather(*(asyncio.to_thread(start_node, processes, member) for member in members.values()))
        told.tell("demo.joined", count=len(members), people=sum(role.people for role in CAST))
        step(say("demo.step.leads"))
        await story.leads_arrive(stage, told)
        step(say("demo.step.work"))
        await story.officers_work(stage, told)
        step(say("demo.step.bank"))
        await story.banks_are_asked(stage, told)
        step(say("demo.step.restart"))
        await story.hub_restarts(stage, processes, told)
        step(say("demo.step.cheats"))
        await limits.cheats_are_refused(stage, told)
        await limits.what_one_may_not_ask(stage, told)
        step(say("demo.step.erasure"))
        await limits.a_lead_is_withdrawn(stage, told)
        step(say("demo.step.duty"))
        await duty.a_roster_is_published(stage, told)
        await duty.a_colleague_leaves(stage, told)
        await duty.an_owner_is_gone(stage, told)
        step(say("demo.step.silence"))
        left_standing = await ladders.nobody_answers(stage, told)
        await ladders.the_superior_presses(stage, told, left_standing)
        await ladders.a_drill_is_held(stage, told)
        step(say("demo.step.stop"))
        for member in members.values():
            processes.stop(f"node-{member.role.code}")
        processes.stop("hub")
    finally:
        processes.close()
    step(say("demo.step.evidence"))
    engine = open_engine(home.settings.url)
    evidence.leave(stage, engine)
    month = scores.month_of(stage.now)
    scorecards, duties = evidence.check(folder, read_period(None, month))
    told.tell("demo.verified")
    told.tell("demo.punctual", **duties.as_dict())
    scores.leave(folder, month, scorecards, told)
    dead = sum(_dead_letters(member.node) for member in members.values())
    summary = evidence.summary(engine, folder, dead)
    engine.dispose()
    return told, summary


def _dead_letters(node: Path) -> int:
    """Records that a node could not make statements of, waiting for a person."""
    with sqlite3.connect(f"file:{node / 'node.sqlite'}?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM dead_letters").fetchone()[0])


def _fresh(folder: Path) -> None:
    """An empty folder; an earlier demo in it is thrown away, anything else refused (HT-DMO-05)."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise HutongError("HT-DMO-05", dir=folder.name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()


@contextmanager
def _progress() -> Iterator[Step]:
    """What is going on, on stderr: a spinner for a person, a line a step otherwise."""
    console = talk()
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("")

        def step(text: str) -> None:
            bar.update(task, description=text)
            if not console.is_terminal:
                console.print(text)

        yield step
