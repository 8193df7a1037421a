"""Has homes keep files, and waits until as many as are wanted are seen to."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from radiogram.errors import HomesError, IpfsError, IpfsRefused, IpfsSearchTimeout, IpfsTimeout, IpfsUnreachable
from radiogram.ipfs.homes.home import Home, Origin
from radiogram.ipfs.homes.place import File, Place

FETCHING = 1 << 20  # bytes a second at which a service fetches a file, where nothing shows how far it is
_SOONEST, _LATEST = 0.2, 2.0  # seconds from one look to the next
_ASKING_AGAIN = 4.0  # seconds, and then twice as long each time
_AT_ONCE = 8


@dataclass(frozen=True)
class Seen:
    """What one look at a place found."""

    home: Home
    place: Place
    trouble: IpfsError | None
    """Why it does not count; None: it keeps all the files."""


@dataclass(frozen=True)
class Waits:
    """How far it is that homes keep something."""

    held: int
    wanted: int
    trouble: Mapping[str, str]
    """By the names of homes: why each does not count."""

    def __str__(self) -> str:
        troubles = "".join(f"; {name}: {trouble}" for name, trouble in self.trouble.items())
        return f"{self.held} of {self.wanted} homes hold it{troubles}"


def count_places(homes: Sequence[Home]) -> int:
    """How many homes that is: a node that is named twice, by the same address (Place.node), is one."""
    return len(places(homes))


def places(homes: Sequence[Home]) -> list[tuple[Home, Place]]:
    """Each place once, with the home that named it first."""
    found: dict[str, tuple[Home, Place]] = {}
    for home in homes:
        for place in home.places:
            found.setdefault(place.node, (home, place))
    return list(found.values())


def look(homes: Sequence[Home], files: Sequence[File], away: dict[str, IpfsError] | None = None) -> list[Seen]:
    """Who keeps all the files, and who does not; nothing is changed. Each is asked no longer than its time.

    `away`: places that do not answer, by their nodes. They are not asked, and others that do not are put there: so
    that whoever looks for many files does not wait for the same ones each time.
    """
    away = {} if away is None else away

    def seen(pair: tuple[Home, Place]) -> Seen:
        home, place = pair
        if trouble := away.get(place.node):
            return Seen(home, place, trouble)
        try:
            for file in files:
                home.check(place, file)
        except IpfsError as error:
            if _is_away(error):
                away[place.node] = error
            return Seen(home, place, error)
        return Seen(home, place, None)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(seen, places(homes)))


def _is_away(error: IpfsError) -> bool:
    """Whether it says of a place that it does not answer at all, whatever it is asked for."""
    return isinstance(error, IpfsUnreachable | IpfsTimeout) and not isinstance(error, IpfsSearchTimeout)


def keep(
    files: Sequence[File],
    homes: Sequence[Home],
    wanted: int,
    origin: Origin,
    *,
    patience: float,
    told: Callable[[Waits], None] = lambda _: None,
    away: Collection[str] = (),
    until_quiet: bool = False,
) -> list[Place]:
    """Have the homes keep the files, until `wanted` places are seen to; these.

    They are given `patience` seconds and one for each FETCHING bytes, and one that is being sent the files as long as
    it takes them (`Ipfs.add` has a deadline of its own). `told`: what is waited for, as it changes. `away`: places that
    did not answer `look`; they are left out, and homes that have no others. `until_quiet`: when it comes back, no other
    home is still being asked or sent anything either.
    Raises HomesError, which says how far each of the others is, if there are fewer when time is up.
    """
    time_left = patience + sum(file.size or 0 for file in files) / FETCHING
    near = [home for home in homes if any(place.node not in away for place in home.places)]
    keeping = _Keeping(files, near, wanted, origin, told, away)
    held = keeping.run(time.monotonic() + time_left)
    if until_quiet:
        keeping.wait_until_quiet()
    return held


class _Keeping:
    """One run of `keep`: a thread looks after each home."""

    def __init__(
        self,
        files: Sequence[File],
        homes: Sequence[Home],
        wanted: int,
        origin: Origin,
        told: Callable[[Waits], None],
        away: Collection[str],
    ) -> None:
        self._files, self._homes, self._wanted, self._origin, self._told = files, homes, wanted, origin, told
        near = [(home, place) for home, place in places(homes) if place.node not in away]
        self._mine = {home.name: [place for other, place in near if other is home] for home in homes}
        self._stopped = threading.Event()
        self._changed = threading.Condition()  # and the lock of what follows
        self._held: dict[str, Place] = {}
        self._trouble: dict[str, str] = {}
        self._at_work, self._asking = len(homes), 0
        self._failure: Exception | None = None

    def run(self, ends: float) -> list[Place]:
        began = time.monotonic()
        for home in self._homes:
            threading.Thread(target=self._look_after, args=(home,), name="home", daemon=True).start()
        try:
            return self._wait(began, ends)
        finally:
            with self._changed:  # whoever asks has said so before, or will not
                self._stopped.set()

    def wait_until_quiet(self) -> None:
        """Once it has run: until whoever was being asked or sent something has it, or has failed."""
        with self._changed:
            self._changed.wait_for(lambda: not self._asking)

    def _wait(self, began: float, ends: float) -> list[Place]:
        said: Waits | None = None
        while True:
            with self._changed:
                self._changed.wait_for(self._is_over, min(max(ends - time.monotonic(), _SOONEST), _LATEST))
                if self._failure:
                    raise self._failure
                if len(self._held) >= self._wanted:
                    return list(self._held.values())
                waits = Waits(len(self._held), self._wanted, self._troubles())
                if not self._at_work or (time.monotonic() >= ends and not self._asking):
                    seconds = f"{time.monotonic() - began:.0f} s"
                    raise HomesError(
                        f"after {seconds}, only {waits}",
                        "run the same command again when that is mended",
                        held=waits.held,
                        missing=waits.trouble,
                    )
            if waits != said:
                said = waits
                self._told(waits)

    def _is_over(self) -> bool:
        return self._failure is not None or len(self._held) >= self._wanted or not self._at_work

    def _troubles(self) -> dict[str, str]:
        """Of each home that does not count yet: what is known, or that nothing is."""
        silent = {
            home.name: f"{home.where.url} has not answered yet"
            for home in self._homes
            if any(place.url not in self._held for place in self._mine[home.name])
        }
        return silent | self._trouble

    # ---- on threads of their own

    def _look_after(self, home: Home) -> None:
        try:
            self._until_held(home)
        except Exception as error:  # is raised where it is waited for
            with self._changed:
                self._failure = error
        finally:
            with self._changed:
                self._at_work -= 1
                self._changed.notify_all()

    def _until_held(self, home: Home) -> None:
        """Look, ask, and look again.

        A home that refuses is asked again, as one that has just begun may; and so is a service that takes it and does
        nothing, as a cluster that has not noticed yet that a node of it has died: less and less often.
        """
        pause, patience, asks_next = _SOONEST, _ASKING_AGAIN, 0.0
        while not self._stopped.is_set():
            if self._look_at(home):
                return
            if time.monotonic() >= asks_next:
                try:
                    self._ask(home)
                    asks_next = time.monotonic() + patience if home.is_service else math.inf
                    patience *= 2
                    continue
                except IpfsRefused as error:
                    self._note(home, error)
                    return
                except IpfsError as error:
                    self._note(home, error)
            self._stopped.wait(pause)
            pause = min(2 * pause, _LATEST)

    def _ask(self, home: Home) -> None:
        with self._changed:
            if self._stopped.is_set():
                return
            self._asking += 1
        try:
            for file in self._files:
                home.ask(file, self._origin)
        finally:
            with self._changed:
                self._asking -= 1
                self._changed.notify_all()

    def _look_at(self, home: Home) -> bool:
        """Whether all that is to be seen of it keeps the files."""
        for place in [each for each in self._mine[home.name] if each.url not in self._held]:
            try:
                for file in self._files:
                    home.check(place, file)
            except IpfsError as error:
                self._note(home, error)
                continue
            with self._changed:
                self._held[place.url] = place
                if all(each.url in self._held for each in self._mine[home.name]):
                    self._trouble.pop(home.name, None)
                self._changed.notify_all()
        return bool(self._mine[home.name]) and all(each.url in self._held for each in self._mine[home.name])

    def _note(self, home: Home, error: IpfsError) -> None:
        with self._changed:
            self._trouble[home.name] = error.message
