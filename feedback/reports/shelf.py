"""Texts of the office kept ready to be compared: an index per process, built beside the pages and renewed from the log.

Nobody waits for an index. The first who asks gets nothing and starts the building in a thread; what came since is
learnt from the log, a little at a time, and looked up in a small index of its own until the large one is built again.
An index only proposes: whoever asks it reads the rows anew, so what was withdrawn, closed or sealed is gone at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from django.db import connection

from classifier.similar import Likeness, SimilarLetters, usual_usage
from feedback.models import CaseEvent

log = logging.getLogger(__name__)

# `texts(None)`: (number of the case, text) of all that belong on the shelf, newest first; `texts(numbers)`: of those
# among these.
Texts = Callable[[Collection[int] | None], Iterable[tuple[int, str]]]
# A piece of work, and what remains to be done after it in a thread; the caller holds the lock until nothing remains.
Step = Callable[[], "Step | None"]

LOOK_EVERY = 10.0  # seconds between two looks into the log: so long may a new letter stay unfound
COMPARED = 2_000  # characters of a text: the matter stands in the first page
# Characters of all texts of an index, the newest first: 100,000 letters of 250 took 240 MB and 28 s of a thread's time.
MOST = 25_000_000
AT_ONCE = 60  # texts that came since, read within a request (some 0.3 ms each); more are read in a thread
LATE = 1_000  # texts beside the large index, or a tenth of it, before that is built again
# PostgreSQL numbers events before they are committed: a look goes back so far, lest one be overtaken by a later one.
OVERTAKEN = 200
EVENTS = 2_000  # read at one look; what is left is read when somebody asks again
_FAINT = 0.01  # below, two texts share nothing but a common word; `compare` judges the rest
TRY_AGAIN = 60.0  # seconds after a building that failed


@dataclass(frozen=True)
class _Kept:
    """What one process knows, replaced as a whole. `seen`: numbers of the newest events it has looked at."""

    main: SimilarLetters
    keys: frozenset[int]
    seen: frozenset[int]
    late: dict[int, str] = field(default_factory=dict)
    beside: SimilarLetters | None = None
    looked_at: float = 0.0


def in_thread(work: Callable[[], None]) -> None:
    """Do it beside the request, on a database connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    threading.Thread(target=run, name="similar-letters", daemon=True).start()


class Shelf:
    """One kind of texts. `verbs`: the acts after which a text is read again; none: any act may bring a case here (it
    comes, is opened again, unsealed), and its text never changes."""

    resting = False  # a test that is about something else: nothing is built, nothing is found

    def __init__(self, texts: Texts, verbs: Collection[str] = ()) -> None:
        self._texts, self._verbs = texts, verbs
        self._busy = threading.Lock()
        self._kept: _Kept | None = None
        self._failed_at = -TRY_AGAIN
        self.begin: Callable[[Callable[[], None]], None] = in_thread

    def nearest(self, text: str, most: int) -> list[int]:
        """Numbers of the cases whose texts seem likest, likest first; none while there is no index yet."""
        self._renew()
        kept, text = self._kept, text[:COMPARED]
        if kept is None:
            return []
        found = _likest(kept.main, text, most)
        if kept.beside is not None:
            found = {key: like for key, like in found.items() if key not in kept.late}
            found |= _likest(kept.beside, text, most)
        return sorted(found, key=lambda key: -found[key])[:most]

    def compare(self, text: str, others: Sequence[str]) -> list[Likeness]:
        """How like each of these texts is, read anew after `nearest` named them; in their order."""
        kept = self._kept
        if kept is None or not others:
            return [Likeness(0.0, ()) for _ in others]
        return kept.main.compare(text[:COMPARED], [other[:COMPARED] for other in others])

    def build(self) -> None:
        """Build the large index here and now."""
        with self._busy:
            self._build()

    def forget(self) -> None:
        """As if the process had just begun."""
        self._kept, self._failed_at = None, -TRY_AGAIN

    def _renew(self) -> None:
        """Do what is due, unless another thread is at it."""
        kept, now = self._kept, time.monotonic()
        if kept is None:
            due = now - self._failed_at >= TRY_AGAIN
        else:
            due = now - kept.looked_at >= LOOK_EVERY
        if due and not self.resting and self._busy.acquire(blocking=False):
            self._go_on(self._look)

    def _go_on(self, step: Step) -> None:
        """One step here, what remains of it in a thread; the next who asks may begin when nothing remains."""
        rest: Step | None = None
        try:
            rest = step()
        except Exception as error:  # pages go on without an index; the texts must not reach the log
            self._failed_at = time.monotonic()
            log.error("The index of similar letters was not renewed: %s", type(error).__name__)
        finally:
            if rest is None:
                self._busy.release()
        if rest is not None:
            remains = rest
            self.begin(lambda: self._go_on(remains))

    def _look(self) -> Step | None:
        """What the log brought since; a handful is taken in at once."""
        kept = self._kept
        if kept is None:
            return self._build
        since = CaseEvent.objects.filter(pk__gt=max(kept.seen, default=0) - OVERTAKEN)
        rows = list(since.order_by("pk").values_list("pk", "case_id", "verb")[:EVENTS])
        came = [row for row in rows if row[0] not in kept.seen]
        cases = {case for _number, case, verb in came if not self._verbs or verb in self._verbs}
        if not self._verbs:
            cases -= kept.keys | kept.late.keys()
        self._kept = replace(kept, looked_at=time.monotonic() if len(rows) < EVENTS else -LOOK_EVERY)
        seen = frozenset(sorted(kept.seen.union(number for number, _case, _verb in rows))[-OVERTAKEN:])
        if len(cases) + len(kept.late) > AT_ONCE and cases:
            return lambda: self._take_in(cases, seen)
        return self._take_in(cases, seen)

    def _take_in(self, cases: Collection[int], seen: frozenset[int]) -> Step | None:
        kept = self._kept
        assert kept is not None  # noqa: S101 - only _look leads here
        came = {key: text[:COMPARED] for key, text in self._texts(cases)} if cases else {}
        late = kept.late | came
        if len(late) > max(LATE, len(kept.keys) // 10):
            return self._build
        beside = SimilarLetters(late.items(), usual_usage()) if came else kept.beside
        self._kept = replace(kept, seen=seen, late=late, beside=beside)
        return None

    def _build(self) -> None:
        seen = frozenset(CaseEvent.objects.order_by("-pk").values_list("pk", flat=True)[:OVERTAKEN])
        keys: list[int] = []

        def noted() -> Iterator[tuple[int, str]]:
            room = MOST
            for key, text in self._texts(None):
                room -= len(text[:COMPARED])
                if room < 0:
                    return
                keys.append(key)
                yield key, text[:COMPARED]

        main = SimilarLetters(noted(), usual_usage())
        self._kept = _Kept(main, frozenset(keys), seen, looked_at=time.monotonic())


def _likest(index: SimilarLetters, text: str, most: int) -> dict[int, float]:
    return {cast(int, near.key): near.likeness for near in index.nearest(text, most, _FAINT)}
