"""The engines behind one Protocol: Elasticsearch, the embedded index, and the reduced answer of PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config import Settings
    from search.engines.base import SearchEngine


def build_engine(settings: Settings) -> SearchEngine:
    """The engine that the settings ask for; nothing is connected or opened before the first question."""
    if settings.elasticsearch_url:
        from search.engines.breaker import CircuitBreaker
        from search.engines.elasticsearch import ElasticsearchEngine, connect

        client = connect(
            settings.elasticsearch_url,
            timeout_seconds=settings.elasticsearch_timeout_seconds,
            api_key=settings.elasticsearch_api_key,
            username=settings.elasticsearch_username,
            password=settings.elasticsearch_password,
            ca_certs=settings.elasticsearch_ca_certs,
        )
        return ElasticsearchEngine(
            client,
            prefix=settings.elasticsearch_index_prefix,
            breaker=CircuitBreaker(),
            timeout_seconds=settings.elasticsearch_timeout_seconds,
        )
    from search.engines.embedded import EmbeddedEngine

    return EmbeddedEngine(settings.instance_path / "search")
