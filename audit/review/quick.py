"""The quick look at complete bundles: hash the entries, compare with the leaf tile, give the tile's root.

Nearly all of a check's time is spent here, so it can be spread over processes (Python hashes short strings on one core
at a time). A quick look only ever says yes; whatever is not plainly right is looked at again with care, by
``LogCheck``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from pathlib import Path
from threading import active_count

from audit.log.tiles import ENTRIES, MAX_ENTRY, TILE_WIDTH, Tile, bundle_hashes
from hutong.errors import HutongError
from hutong.proofs.tree import HASH_SIZE, root_hash

from .files import read_file

_WORTH_IT = 2000
_CHUNK = 64


def quick_root(folder: Path, index: int) -> bytes | None:
    """The root of leaf tile ``index`` if bundle and tile are both there, whole, and agree; else None."""
    tile, bundle = Tile(0, index).path, Tile(ENTRIES, index).path
    try:
        stored = read_file(folder / tile, TILE_WIDTH * HASH_SIZE, tile)
        hashes = bundle_hashes(read_file(folder / bundle, TILE_WIDTH * (2 + MAX_ENTRY), bundle))
    except HutongError:
        return None
    if len(hashes) != TILE_WIDTH or b"".join(hashes) != stored:
        return None
    return root_hash(hashes)


def quick_roots(folder: Path, indices: Sequence[int], jobs: int) -> Iterator[bytes | None]:
    """``quick_root`` of each index, in order; by ``jobs`` processes where there is enough to do."""
    look = partial(quick_root, folder)
    done = 0
    if jobs > 1 and len(indices) >= _WORTH_IT:
        try:
            with ProcessPoolExecutor(jobs, mp_context=_context()) as pool:
                for root in pool.map(look, indices, chunksize=_CHUNK):
                    done += 1
                    yield root
        except BrokenProcessPool:
            # A helper was killed, for example by a lack of memory; the rest is done here, only more slowly.
            pass
    yield from map(look, indices[done:])


def _context() -> BaseContext:
    """Forking is ready at once, but a copy of a process with several threads may hang on a lock that nobody opens."""
    alone = active_count() == 1 and "fork" in get_all_start_methods()
    return get_context("fork" if alone else "spawn")
