"""The commands of `daypassd keys`, which work on the ring that the servers use.

With a shared store that is the ring in the store, and otherwise that of the state
folder. Servers that run take up a change within a second or two; a change that one of
them makes at the same time is not lost, because each is stored in the place of
exactly the ring that it was made of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Final, TypeVar

import typer
from rich.console import Console

from daypass.adapters.master_key import load_or_create_master_key
from daypass.adapters.store_url import OpenStores
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.config import InvalidSettingsError, Settings
from daypass.core.ports import Clock
from daypass.key_report import drill_lines, ring_lines
from daypass.key_rotation import is_shared, require_clock, with_ring
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.change import activate_algorithm, add_algorithm
from daypass.keyring.early import described, revoke_key, rotate_early
from daypass.keyring.ring import Ring
from daypass.keyring.schedule import Purpose, Slot
from daypass.state import wrap_anew, wrapping_of
from daypass.sts.key_drill import DrillReport, drill
from daypass.sts.revocation_follower import Revoker
from daypass.sts.revoke_key import key_revocation
from daypass.sts.ring_holder import RingHolder

# Settings have one definition, so the parser of the settings reads their flags.
_PASS_ON: Final = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}
_Result = TypeVar("_Result")
_EMERGENCY: Final = "--emergency"
_PURPOSES: Final = {
    purpose.value: Slot(purpose) for purpose in (Purpose.DERIVATION, Purpose.SEALING)
}


def register(
    app: typer.Typer,
    *,
    reported: Callable[[], AbstractContextManager[None]],
    clock: Clock | None = None,
) -> None:
    """Adds the commands to a program.

    Args:
        app: the program.
        reported: tells what goes wrong, and ends the program with its status.
        clock: dates what they do; that of this machine unless it is given.
    """
    commands = _Commands(reported, clock or SystemClock())
    keys = typer.Typer(help="Works with the key ring.", no_args_is_help=True)
    keys.command("list", context_settings=_PASS_ON)(commands.list_keys)
    keys.command("add", context_settings=_PASS_ON)(commands.add)
    keys.command("activate", context_settings=_PASS_ON)(commands.activate)
    keys.command("rotate", context_settings=_PASS_ON)(commands.rotate)
    keys.command("revoke", context_settings=_PASS_ON)(commands.revoke)
    keys.command("drill", context_settings=_PASS_ON)(commands.drill)
    keys.command("rewrap", context_settings=_PASS_ON)(commands.rewrap)
    app.add_typer(keys, name="keys")


class _Commands:
    def __init__(
        self, reported: Callable[[], AbstractContextManager[None]], clock: Clock
    ) -> None:
        self._reported = reported
        self._out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
        self._clock = clock
        self._entropy = SystemEntropy()

    def list_keys(self, context: typer.Context) -> None:
        """Lists the keys: what for, state, since when, and name."""
        with self._reported():
            settings = _settings(context.args, "list", self.list_keys.__doc__)
            ring = self._changed(settings, lambda ring: ring)
            for line in ring_lines(ring, settings.rotation_rules):
                self._out.print(line)

    def add(self, context: typer.Context) -> None:
        """Adds a prepared key: daypassd keys add ALGORITHM [SETTINGS].

        The ring must have no active key of the algorithm. Servers publish the key at
        once, and one of them activates it when it has been published for key_lead.
        """
        with self._reported():
            algorithm, settings = _parse(context.args, "add", self.add.__doc__)
            self._dated(
                settings,
                lambda ring: add_algorithm(
                    ring, algorithm, self._entropy, self._clock.now()
                ),
            )
            self._out.print(
                f"{algorithm.value}: prepared; it will be active in"
                f" {settings.key_lead.total_seconds():g} s"
            )

    def activate(self, context: typer.Context) -> None:
        """Lets a prepared key sign: daypassd keys activate ALGORITHM [SETTINGS].

        Servers that run do this themselves.
        """
        with self._reported():
            algorithm, settings = _parse(
                context.args, "activate", self.activate.__doc__
            )
            self._dated(
                settings,
                lambda ring: activate_algorithm(ring, algorithm, self._clock.now()),
            )
            self._out.print(f"{algorithm.value}: active")

    def rotate(self, context: typer.Context) -> None:
        """Takes the next step early: daypassd keys rotate KIND [SETTINGS].

        KIND is an algorithm, derivation or sealing. A key is prepared, or the
        prepared one is activated where it has been published for key_lead. With
        --emergency before KIND both are done at once: verifiers that keep a key set
        may refuse what the new key signs until they ask again.
        """
        with self._reported():
            words = list(context.args)
            emergency = words[:1] == [_EMERGENCY]
            slot, settings = _parse_slot(words[emergency:], self.rotate.__doc__)
            rules = settings.rotation_rules
            before: set[tuple[str, str]] = set()

            def change(ring: Ring) -> Ring:
                before.clear()
                before.update((each.name, each.state) for each in described(ring))
                return rotate_early(
                    ring,
                    slot,
                    rules,
                    now=self._clock.now(),
                    entropy=self._entropy,
                    emergency=emergency,
                )

            for key in described(self._dated(settings, change)):
                if (key.name, key.state) not in before:
                    self._out.print(f"{key.name}: {key.state.value}")

    def revoke(self, context: typer.Context) -> None:
        """Puts a key out of use at once: daypassd keys revoke KEY-ID [SETTINGS].

        Everything that the key has made is refused: sessions of a signing key or a
        derivation secret end. Where it was active the next one is, or a new one.
        """
        with self._reported():
            words = list(context.args)
            if not words or words[0].startswith("--"):
                _settings(words, "revoke", self.revoke.__doc__)
                raise InvalidSettingsError("expected the name of a key first")
            name, now = words[0], self._clock.now()
            settings = _settings(words[1:], "revoke", self.revoke.__doc__)

            async def act(holder: RingHolder, stores: OpenStores) -> str:
                await holder.change(
                    lambda ring: revoke_key(ring, name, now=now, entropy=self._entropy)
                )
                if not is_shared(settings):
                    return "servers refuse it within two seconds"
                revoker = Revoker(
                    log=stores.revocations,
                    clock=self._clock,
                    lease=settings.revocation_lease,
                )
                revoked = await revoker.revoke(key_revocation(name, now))
                if revoked.effective_everywhere:
                    return "no server accepts it any more"
                return "servers refuse it within one lease"

            self._out.print(f"{name}: revoked; {self._with_ring(settings, act)}")

    def drill(self, context: typer.Context) -> None:
        """Publishes the next key and tells who has it: daypassd keys drill KIND.

        Each server that shares the store has a line, and each principal that follows
        the key set of one of them. It fails where one does not have the key within ten
        seconds, or no server has said what it has. Verifiers that ask for the key set
        now and then are not seen; it tells by when they have the key. The key becomes
        active in its time like any other.
        """
        with self._reported():
            slot, settings = _parse_slot(
                list(context.args), self.drill.__doc__, "drill"
            )
            if not is_shared(settings):
                raise InvalidSettingsError("a drill needs a store that servers share")

            async def act(holder: RingHolder, stores: OpenStores) -> DrillReport:
                assert stores.ring_reports is not None
                assert stores.follower_reports is not None
                await require_clock(stores.examine)
                return await drill(
                    slot,
                    holder=holder,
                    reports=stores.ring_reports,
                    followers=stores.follower_reports,
                    rules=settings.rotation_rules,
                    clock=self._clock,
                    entropy=self._entropy,
                )

            report = self._with_ring(settings, act)
            for line in drill_lines(report, settings.key_set_age_max):
                self._out.print(line)
            if report.behind or not report.workers:
                raise typer.Exit(1)

    def rewrap(self, context: typer.Context) -> None:
        """Encrypts the key ring under another master key, or wraps that key anew.

        With next_master_key_file the ring is encrypted under the key of that file,
        which is made where it is not there. Servers that do not have it by then
        cannot read the key ring any more: give it to all of them before.

        Without it the master key stays, and is wrapped under kms_key_id of kms, in the
        place where it is; one that is no file is printed, wrapped.
        """
        with self._reported():
            settings = _settings(context.args, "rewrap", self.rewrap.__doc__)
            path = settings.next_master_key_file
            if path is None:
                if settings.kms is None:
                    raise InvalidSettingsError(
                        "name the file: --next-master-key-file PATH"
                    )
                self._out.print(wrap_anew(settings))
                return
            master_key = load_or_create_master_key(
                path, entropy=self._entropy, wrapping=wrapping_of(settings)
            )
            self._with_ring(settings, lambda holder, _: holder.reseal(master_key))
            self._out.print(f"the key ring is encrypted under {path}")

    def _changed(self, settings: Settings, change: Callable[[Ring], Ring]) -> Ring:
        return self._with_ring(settings, lambda holder, _: holder.change(change))

    def _dated(self, settings: Settings, change: Callable[[Ring], Ring]) -> Ring:
        """Makes a change whose times are of this machine's clock, if that is right."""

        async def act(holder: RingHolder, stores: OpenStores) -> Ring:
            await require_clock(stores.examine)
            return await holder.change(change)

        return self._with_ring(settings, act)

    def _with_ring(
        self,
        settings: Settings,
        act: Callable[[RingHolder, OpenStores], Awaitable[_Result]],
    ) -> _Result:
        return asyncio.run(
            with_ring(settings, act, clock=self._clock, entropy=self._entropy)
        )


def _parse(
    words: list[str], command: str, about: str | None
) -> tuple[Algorithm, Settings]:
    """Reads the algorithm, which comes first, and the settings behind it."""
    if words[:1] == ["--help"]:
        _settings(words, command, about)
    name = words[0] if words else ""
    if name not in set(Algorithm):
        known = ", ".join(algorithm.value for algorithm in Algorithm)
        raise InvalidSettingsError(f"expected an algorithm first, one of {known}")
    return Algorithm(name), _settings(words[1:], command, about)


def _parse_slot(
    words: list[str], about: str | None, command: str = "rotate"
) -> tuple[Slot, Settings]:
    """Reads the kind of key, which comes first, and the settings behind it."""
    if words[:1] and words[0] in _PURPOSES:
        return _PURPOSES[words[0]], _settings(words[1:], command, about)
    algorithm, settings = _parse(words, command, about)
    return Slot(Purpose.SIGNING, algorithm), settings


def _settings(words: list[str], command: str, about: str | None) -> Settings:
    return Settings.load(words, program=f"daypassd keys {command}", about=about or "")
