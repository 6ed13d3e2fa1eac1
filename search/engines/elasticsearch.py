"""Elasticsearch 8.19 or later: one index per build behind an alias, token streams made in Python, external versions.

Needs no plugin, no script, no paid feature; one primary shard, so that scores are those of the embedded engine.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError

from search.documents import INDEX_VERSION
from search.engines import elasticsearch_facets
from search.engines import elasticsearch_order as order
from search.engines import elasticsearch_queries as queries
from search.engines.base import (
    Change,
    EngineUnavailable,
    SearchAnswer,
    WriteOutcome,
    nothing_found,
)
from search.engines.breaker import CircuitBreaker
from search.engines.page_time import NotAsked
from search.engines.patience import MAXIMUM_ATTEMPTS, Patience
from search.engines.punctual import PunctualNode
from search.query import SearchQuery
from search.ranking import TIE_MARGIN, Hit, Neighbour, in_order

logger = logging.getLogger(__name__)
BULK_TIMEOUT_FACTOR = 10
WHILE_FILLED: dict[str, Any] = {
    "index.refresh_interval": "-1",
    "index.merge.policy.segments_per_tier": 100,
    "index.merge.policy.max_merge_at_once": 100,
}
"""Nobody reads yet, and everything is merged at the end: merging on the way would make the graph of vectors twice."""
SEGMENT_LISTINGS = 400_000
"""A segment of more would be above the five gigabytes up to which the server merges by itself what was deleted."""
CONFLICT = 409
MISSING = 404
SWAPS_DURING_A_WRITE = 5
SWAP_IS_KNOWN_SECONDS = 0.2
"""Until every node knows of a swap, as a rule."""
DONE = 299
COPIES_ASKED_FOR = 100
COPIES_ASKED_EVERY_SECONDS = 0.3
WHOLE: dict[str, Any] = {"allow_partial_search_results": False}  # half an index is no answer
BULK_BLOCK = 500  # listings in one request: some megabytes


class ElasticsearchEngine:
    """The engine of production; implements SearchEngine."""

    name = "elasticsearch"

    def __init__(self, client: Elasticsearch, *, prefix: str, breaker: CircuitBreaker, timeout_seconds: float) -> None:
        self._patience = Patience(client, timeout_seconds)
        self._patience_for_meaning = Patience(client, timeout_seconds / 3)  # words still want their time
        self._bulk_client = client.options(request_timeout=timeout_seconds * BULK_TIMEOUT_FACTOR)
        self.alias = f"{prefix}-listings"
        self._building_alias = f"{prefix}-listings-building"
        self._breaker = breaker

    def search(self, query: SearchQuery) -> SearchAnswer:
        if query.matches_nothing:
            return nothing_found(self.name)
        with self._breaker.guard(), _translated():
            depth = query.offset + query.limit
            size = depth + TIE_MARGIN if query.is_sorted_by_score else depth
            found = [self._ask({"index": self.alias} | wanted) for wanted in order.requests(query, size)]
        hits = [hit for response in found for hit in queries.hits_of(response)]
        page = in_order(order.ranked(hits)) if query.is_sorted_by_score else order.unranked(hits)
        facets = elasticsearch_facets.counts(found[0]["aggregations"]) if query.counts_facets else {}
        total = sum(response["hits"]["total"]["value"] for response in found)
        return SearchAnswer(self.name, total, tuple(page[query.offset : depth]), facets)

    def walk(self, query: SearchQuery, block: int) -> Iterator[tuple[Hit, ...]]:
        if query.matches_nothing:
            return
        with self._breaker.guard(), _translated():
            opened = self._patience.ask(
                lambda client: client.open_point_in_time(index=self.alias, keep_alive=order.PIT_KEPT)
            )
            kept = {"pit": {"id": opened["id"], "keep_alive": order.PIT_KEPT}}
            try:
                yield from order.walk(lambda wanted: self._ask(kept | wanted), query, block)
            finally:
                with suppress(ApiError, TransportError, NotAsked):  # the server drops it by itself after a while
                    self._patience.ask(lambda client: client.close_point_in_time(id=opened["id"]))

    def _ask(self, wanted: dict[str, Any]) -> Mapping[str, Any]:
        response: Mapping[str, Any] = self._patience.ask(lambda client: client.search(**WHOLE, **wanted)).body
        return response

    def nearest(self, vector: bytes, limit: int, least: float) -> list[Neighbour]:
        with self._breaker.guard(), _translated():
            wanted = queries.nearest_request(vector, limit, least)
            response = self._patience_for_meaning.ask(lambda client: client.search(index=self.alias, **WHOLE, **wanted))
        found = [
            Neighbour(queries.id_of(hit), queries.cosine(float(hit["_score"])), queries.traits_of(hit))
            for hit in queries.hits_of(response.body)
        ]
        return sorted(found, key=lambda one: (-one.cosine, -one.id))

    def is_current(self) -> bool:
        with _translated():
            try:
                mappings = self._patience.ask(lambda client: client.indices.get_mapping(index=self.alias))
            except NotFoundError:
                return False
        versions = {index["mappings"].get("_meta", {}).get("version") for index in mappings.values()}
        return versions == {INDEX_VERSION}

    def is_lost(self) -> bool:
        """After a while in which a host that starts may bring its copy back."""
        with _translated():
            for _ in range(COPIES_ASKED_FOR):
                if self._bulk_client.indices.stats(index=self.alias, metric="docs")["_shards"]["successful"]:
                    return False
                time.sleep(COPIES_ASKED_EVERY_SECONDS)
        return True

    def write(self, changes: Sequence[Change], target: str | None = None) -> WriteOutcome:
        if not changes:
            return WriteOutcome(0, 0)
        with _translated():
            if target is not None:
                outcome = self._bulk(changes, target)
                if outcome is None:
                    raise EngineUnavailable("the index that is being built was thrown away")
                return outcome
            for attempt in range(SWAPS_DURING_A_WRITE):
                if attempt:
                    time.sleep(SWAP_IS_KNOWN_SECONDS)
                indices = self._indices_that_take_changes()
                outcomes = [found for index in indices if (found := self._bulk(changes, index))]
                if outcomes:
                    return outcomes[-1]
                if not indices:
                    break
            raise EngineUnavailable("there is no index yet, or it is being replaced")

    def fill(self, target: str, blocks: Iterable[Sequence[Change]]) -> None:
        """Nothing is shown before the end."""
        with _translated():
            self._bulk_client.indices.put_settings(index=target, settings=WHILE_FILLED)
        listings = 0
        for changes in blocks:
            listings += len(changes)
            self.write(changes, target)
        with _translated():
            usual = dict.fromkeys(WHILE_FILLED) | {"index.refresh_interval": queries.SETTINGS["refresh_interval"]}
            self._bulk_client.indices.put_settings(index=target, settings=usual)
        self._merge(target, listings)

    def _merge(self, index: str, listings: int) -> None:
        """Into few large segments: each is asked and counted by itself. The server does it by and by; the index answers."""
        segments = 1 + listings // SEGMENT_LISTINGS
        try:
            self._bulk_client.indices.forcemerge(index=index, max_num_segments=segments, wait_for_completion=False)
        except (ApiError, TransportError) as error:
            logger.warning("the new index %s is left in many segments: %s", index, error)

    def _bulk(self, changes: Sequence[Change], index: str) -> WriteOutcome | None:
        """None = the index is not there any more, which only a swap or the end of a rebuild brings about."""
        written = stale = 0
        for start in range(0, len(changes), BULK_BLOCK):
            taken = self._one_bulk(changes[start : start + BULK_BLOCK], index)
            if taken is None:
                return None
            written, stale = written + taken.written, stale + taken.stale
        return WriteOutcome(written, stale)

    def _one_bulk(self, changes: Sequence[Change], index: str) -> WriteOutcome | None:
        response = self._bulk_client.bulk(
            index=queries.alias_for_changes(index), operations=list(queries.operations(changes)), require_alias=True
        )
        written = stale = 0
        for item in response["items"]:
            result = next(iter(item.values()))
            if result["status"] == CONFLICT:
                stale += 1
            elif result["status"] <= DONE or (result["status"] == MISSING and "error" not in result):
                written += 1
            elif result["status"] == MISSING:
                return None
            else:
                raise EngineUnavailable(f"a change was not taken: {result.get('error', result['status'])}")
        return WriteOutcome(written, stale)

    def _indices_that_take_changes(self) -> list[str]:
        """The unfinished index, if there is one, and the index that answers, at last.

        A change names each by itself: asked for by what it is just now, the unfinished index could take over between
        the question and the change, and of several nodes one may still write to the index that was replaced. An index
        that is begun after this answer is compared with the database when the change has long been stored there.
        """
        found = {
            index: aliases for index, aliases in self._own().items() if queries.alias_for_changes(index) in aliases
        }
        unfinished = [index for index, aliases in found.items() if self._building_alias in aliases]
        return unfinished + [index for index, aliases in found.items() if self.alias in aliases]

    def refresh(self, target: str | None = None) -> None:
        with _translated():
            self._bulk_client.indices.refresh(index=target or self.alias)

    def versions(self, after_id: int, limit: int, target: str | None = None) -> list[tuple[int, int]]:
        with _translated():
            wanted = queries.versions_request(after_id, limit)
            response = self._bulk_client.search(index=target or self.alias, **WHOLE, **wanted)
        return [(int(hit["_id"]), int(hit["_version"])) for hit in response["hits"]["hits"]]

    def begin_rebuild(self) -> str:
        with _translated():
            for index in self._unfinished():
                self._bulk_client.indices.delete(index=index, ignore_unavailable=True)
            target = f"{self.alias}-v{INDEX_VERSION}-{uuid.uuid4().hex[:12]}"
            self._create(target, self._building_alias)
        return target

    def finish_rebuild(self, target: str) -> None:
        with _translated():
            self._wait_for_copies(target)
            replaced = self._indices_of(self.alias)
            actions: list[dict[str, Any]] = [
                {"add": {"index": target, "alias": self.alias}},
                {"remove": {"index": target, "alias": self._building_alias, "must_exist": True}},
                *({"remove_index": {"index": index}} for index in replaced if index != target),
            ]
            self._bulk_client.indices.update_aliases(actions=actions)

    def abandon_rebuild(self, target: str) -> None:
        """A swap whose answer was lost may have happened, or be under way: then the index is left alone.

        Only one of the two, the swap or this, can take the index out of the alias of those that are being built.
        """
        remove = {"remove": {"index": target, "alias": self._building_alias, "must_exist": True}}
        with _translated(), suppress(NotFoundError):
            self._bulk_client.indices.update_aliases(actions=[remove])
            self._bulk_client.indices.delete(index=target, ignore_unavailable=True)

    def _wait_for_copies(self, index: str) -> None:
        """An index with one copy goes with its host: the old one answers until the new one has as many as it shall.

        Not for ever, for a host may be away; then the swap is made all the same.
        """
        for _ in range(COPIES_ASKED_FOR):
            settings = self._bulk_client.indices.get_settings(index=index, flat_settings=True)[index]["settings"]
            shards = self._bulk_client.indices.stats(index=index, metric="docs")["_shards"]
            if shards["successful"] >= int(settings["index.number_of_shards"]) * (
                1 + int(settings["index.number_of_replicas"])
            ):
                return
            time.sleep(COPIES_ASKED_EVERY_SECONDS)
        logger.warning("the index %s answers although copies of it are missing", index)

    def _unfinished(self) -> list[str]:
        """Indices of earlier builds that answer nobody."""
        return sorted(index for index, aliases in self._own().items() if self.alias not in aliases)

    def _own(self) -> dict[str, set[str]]:
        """Every index of this engine and its aliases."""
        try:
            found = self._bulk_client.indices.get_alias(index=f"{self.alias}-v*")
        except NotFoundError:
            return {}
        return {index: set(one["aliases"]) for index, one in found.items()}

    def _indices_of(self, alias: str) -> list[str]:
        try:
            return sorted(self._bulk_client.indices.get_alias(name=alias))
        except NotFoundError:
            return []

    def _create(self, index: str, alias: str) -> None:
        self._bulk_client.indices.create(
            index=index,
            mappings=queries.MAPPINGS,
            settings=queries.SETTINGS,
            aliases={alias: {}, queries.alias_for_changes(index): {}},
        )


@contextmanager
def _translated() -> Iterator[None]:
    """Whatever the client or the server says becomes EngineUnavailable; the cause is logged once, here."""
    try:
        yield
    except (ApiError, TransportError) as error:
        logger.warning("Elasticsearch is unavailable: %s", error)
        raise EngineUnavailable(str(error)) from error


def connect(
    url: str,
    *,
    timeout_seconds: float,
    api_key: str | None = None,
    username: str | None = None,
    password: str | None = None,
    ca_certs: str | None = None,
) -> Elasticsearch:
    """A client of one host or of several, `url` parts them by commas.

    A question goes through `Patience`. Everything else is asked of each host once when it refuses or breaks off, for
    to do it twice changes nothing; what takes too long is not asked again, a job is tried later.
    """
    hosts = [host.strip() for host in url.split(",") if host.strip()]
    options: dict[str, Any] = {
        "request_timeout": timeout_seconds,
        "max_retries": min(MAXIMUM_ATTEMPTS, len(hosts)) - 1,
        "retry_on_timeout": False,
        "node_class": PunctualNode,
    }
    if api_key:
        options["api_key"] = api_key
    elif username:
        options["basic_auth"] = (username, password or "")
    if ca_certs:
        options["ca_certs"] = ca_certs
    return Elasticsearch(hosts, **options)
