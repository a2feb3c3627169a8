"""A release folder that is there whole or not at all."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

FULL_PRECISION = "full-precision.onnx"  # beside the release folder


@contextmanager
def replaced_whole(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Gives an empty folder to write a release into, and the path of its FULL_PRECISION; both take their places when the
    block ends. When it raises, a release that was there stays as it was. Files in the folder that the new release does not
    write are kept."""
    folder = folder.resolve()  # of a link, what it points to is replaced
    folder.parent.mkdir(parents=True, exist_ok=True)
    # a sibling, since what is renamed cannot change its file system
    with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
        made, before, full = (Path(temporary) / name for name in ("made", "before", FULL_PRECISION))
        made.mkdir()
        yield made, full
        if folder.exists():
            folder.rename(before)
        try:
            made.rename(folder)
        except OSError:
            if before.exists():
                before.rename(folder)
            raise
        for kept in before.iterdir() if before.exists() else ():
            if not (folder / kept.name).exists():
                kept.rename(folder / kept.name)
        full.replace(folder.parent / FULL_PRECISION)
