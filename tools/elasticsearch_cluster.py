"""Several Elasticsearch nodes on one machine that form one cluster, any of which can be killed."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType

from tools.elasticsearch_server import ElasticsearchServer, free_ports

FIRST_MASTERS = "cluster.initial_master_nodes"


class ElasticsearchCluster:
    """`nodes` nodes without security, each with data and `heap` of its own. A context manager.

    Each may be elected master; with three of them the cluster goes on when one is killed.
    """

    def __init__(self, directory: Path, nodes: int = 3, *, heap: str = "512m") -> None:
        ports = free_ports(2 * nodes)
        names = [f"node-{number}" for number in range(nodes)]
        seeds = [f"127.0.0.1:{port}" for port in ports[nodes:]]
        shared = {
            "cluster.name": f"kezhuan-{ports[0]}",
            "discovery.type": "multi-node",
            "discovery.seed_hosts": f"[{', '.join(seeds)}]",
        }
        first = {FIRST_MASTERS: f"[{', '.join(names)}]"}
        self.nodes = {
            name: ElasticsearchServer(
                directory / name, http, transport, heap=heap, settings={**shared, **first, "node.name": name}
            )
            for name, http, transport in zip(names, ports[:nodes], ports[nodes:], strict=True)
        }

    def __enter__(self) -> ElasticsearchCluster:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The addresses of all nodes, as ELASTICSEARCH_URL takes them; a killed one stays among them."""
        return ",".join(node.url for node in self.nodes.values())

    def start(self) -> str:
        """Start all nodes at once and wait until each knows the others. Raises StartRefused."""
        with contextlib.ExitStack() as when_it_fails:
            when_it_fails.callback(self.stop)
            for node in self.nodes.values():
                node.launch()
            for node in self.nodes.values():
                node.wait_until_healthy(len(self.nodes))
            when_it_fails.pop_all()
        return self.url

    def stop(self) -> None:
        """Stop every node that runs."""
        for node in self.nodes.values():
            node.stop()

    def kill_master(self) -> str:
        """Kill the elected master as by kill -9; return its name."""
        state = next(filter(None, (node.ask("/_cluster/state/master_node,nodes") for node in self._running())))
        name = str(state["nodes"][state["master_node"]]["name"])
        self.nodes[name].kill()
        return name

    def start_again(self, name: str) -> None:
        """A killed node comes back empty, as a new machine under the old address does, and gets its copies again."""
        self.nodes[name].launch({FIRST_MASTERS: "[]"})  # it joins a cluster and never begins one
        self.wait_until_green()

    def wait_until_green(self) -> None:
        """Until all that run know it, and every copy of every index is there again."""
        running = self._running()
        for node in running:
            node.wait_until_healthy(len(running), "green")

    def _running(self) -> list[ElasticsearchServer]:
        return [node for node in self.nodes.values() if node.is_running]
