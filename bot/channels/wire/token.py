"""The one keeper of an access token, for every replica, and calls that are made under it.

Follows 获取稳定版接口调用凭据 (stable_token), W91039 获取 access_token and the tables of return codes: a token is
fetched by one replica at a time, kept sealed in the database, and renewed before its end. A refused one is
renewed once and the call is repeated once. When that does not help, or when it is the configuration that is
wrong, nobody asks for another token before `retry_at`; the operator is called, and told when it works again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.channels import phrases as say
from bot.channels.wire.api import Answer, Api, Media, TokenRefused
from bot.chat.channel import Alarm
from bot.chat.errors import (
    ChannelError,
    Misconfigured,
    OutcomeUnknown,
    Throttled,
    Undeliverable,
    Unreachable,
)
from bot.clock import Clock
from storage.database import Database
from storage.tokens import StoredToken

T = TypeVar("T")

FETCH_SECONDS: Final = 15.0
"""A replica that is fetching has this long; then another may. Longer than a call's patience."""

POLL_SECONDS: Final = 0.1
PASSING_PAUSE = timedelta(seconds=2)
OPERATOR_PAUSE = timedelta(minutes=5)
"""Between tries while the operator has to act; each failed one doubles it, up to `LONGEST_PAUSE`."""

LONGEST_PAUSE = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a platform gave: the token, and how long from the asking it is used before it is renewed.

    Where the platform gives the same token while it is valid (WeCom), that is to its very end and a little
    beyond, for an earlier fetch brings nothing new; where the next one overlaps (stable_token), a margin before.
    """

    token: str = field(repr=False)
    use_for: timedelta


class Source(Protocol):
    """Where tokens come from. Raises what `Api` raises; a `TokenRefused` here means the secret is wrong."""

    async def fetch(self, *, force: bool) -> Fetched:
        """Ask for a token. `force`: a new one, though the platform thinks the present one is good."""

    @property
    def forcible(self) -> bool:
        """Whether `force` does anything; where not, the platform gives the same token while it is valid."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token and its number: it grows with each one fetched, by whichever replica."""

    value: str = field(repr=False)
    version: int
    renew_at: datetime
    worked: bool = False
    """The platform was seen to take it."""
    suspect: bool = False
    """The one before it was refused, and this one did not work yet: refused as well, it is the last."""


class TokenKeeper:
    """Keeps the token `name` (one for each app at a platform), sealed under the app's `secret`.

    Any number of keepers of one name may work on one database, in one process or several.
    """

    def __init__(
        self, name: str, secret: str, source: Source, *, database: Database, clock: Clock, alarm: Alarm
    ) -> None:
        self.name = name
        self._source = source
        self._tokens = _SealedTokens(name, secret, database, clock)
        self._clock = clock
        self._alarm = alarm
        self._held: Token | None = None
        self._failures = 0
        self._under_way: asyncio.Task[Token] | None = None

    async def token(self) -> Token:
        """A token to use. Raises `Misconfigured` until the operator has acted, `Throttled`, `Unreachable`."""
        if self._held is not None and self._clock.now() < self._held.renew_at:
            return self._held
        return await self._after(0)

    async def renewed(self, refused: Token) -> Token:
        """Another token than `refused`. Raises as `token`; `Misconfigured` when there is none to be had."""
        if self._held is not None and self._held.version > refused.version:
            return self._held
        if refused.suspect:
            raise await self._useless(refused)
        # A token that never worked is what an ordinary fetch would bring again.
        force = self._source.forcible and not refused.worked
        token = await self._after(refused.version, force=force, refused=True)
        if token.value == refused.value and self._source.forcible and not force:
            token = await self._after(token.version, force=True, refused=True)
        if token.value == refused.value:
            raise await self._useless(token)
        return token

    async def _useless(self, refused: Token) -> ChannelError:
        """A second token in a row was refused: nobody fetches a third. Returns the error to raise."""
        if self._under_way is not None and not self._under_way.done():
            return Throttled(say.TOKEN_ELSEWHERE, after=PASSING_PAUSE.total_seconds())
        return await self._give_up(refused.version, say.TOKEN_REFUSED_FOR_EVER, keep=True)

    async def worked(self, token: Token) -> None:
        """The platform took a call under `token`."""
        held = self._held
        if token.worked or held is None or held.version != token.version or held.worked:
            return
        self._held = replace(token, worked=True, suspect=False)
        self._failures = 0
        await self._tokens.worked(token.version)
        await self._alarm.clear(self._alarm_key)

    async def close(self) -> None:
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)

    @property
    def _alarm_key(self) -> str:
        return f"token:{self.name}"

    async def _after(self, seen: int, *, force: bool = False, refused: bool = False) -> Token:
        """A token later than version `seen`; all who ask meanwhile share the way there, and its failure."""
        while True:
            if self._under_way is None or self._under_way.done():
                self._under_way = asyncio.create_task(self._find(seen, force=force, refused=refused))
                self._under_way.add_done_callback(_retrieve)
            token = await asyncio.shield(self._under_way)
            if token.version > seen:
                return token

    async def _find(self, seen: int, *, force: bool, refused: bool) -> Token:
        """A token later than version `seen`, from the database, from another replica, or from the platform."""
        waited = 0.0
        while waited < FETCH_SECONDS:
            stored = await self._tokens.get()
            if stored is not None:
                self._check_pause(stored)
                token = self._tokens.opened(stored)
                if token is not None and token.version > seen and self._clock.now() < token.renew_at:
                    self._held = token
                    return token
            if await self._tokens.may_fetch(stored.version if stored else 0):
                return await self._fetch(stored, force=force, refused=refused)
            await asyncio.sleep(POLL_SECONDS)
            waited += POLL_SECONDS
        raise Throttled(say.TOKEN_ELSEWHERE, after=PASSING_PAUSE.total_seconds())

    async def _fetch(self, stored: StoredToken | None, *, force: bool, refused: bool) -> Token:
        """`refused`: the present token was, so that the next one is suspect until it works."""
        version = stored.version if stored else 0
        suspect = refused or (stored is not None and stored.refused)
        asked_at = self._clock.now()
        try:
            fetched = await self._source.fetch(force=force)
        except TokenRefused:
            raise await self._give_up(version, say.SECRET_REFUSED, keep=False) from None
        except Misconfigured as error:
            raise await self._give_up(version, error.sentence, keep=False) from None
        except Throttled as error:
            if force:
                raise await self._give_up(version, say.TOKEN_REFUSED_FOR_EVER, keep=False) from None
            await self._pause(stored, error.after)
            raise
        except (Unreachable, OutcomeUnknown) as error:
            await self._pause(stored)
            raise Unreachable(error.sentence) from None
        token = Token(fetched.token, version + 1, asked_at + fetched.use_for, suspect=suspect)
        await self._tokens.fetched(token, fault=say.TOKEN_REFUSED_FOR_EVER if suspect else "")
        self._held = token
        return token

    def _check_pause(self, stored: StoredToken) -> None:
        left = (stored.retry_at - self._clock.now()).total_seconds()
        if left <= 0:
            return
        self._held = None
        if stored.fault:
            raise Misconfigured(stored.fault)
        raise Throttled(say.TOKEN_ELSEWHERE, after=left)

    async def _pause(self, stored: StoredToken | None, seconds: float | None = None) -> None:
        """Nobody asks again for a moment, or until the platform's quota begins anew."""
        pause = PASSING_PAUSE if seconds is None else timedelta(seconds=seconds)
        version, fault = (stored.version, stored.fault) if stored else (0, "")
        await self._tokens.failed(version, fault, self._clock.now() + pause, keep=True)

    async def _give_up(self, version: int, fault: str, *, keep: bool) -> Misconfigured:
        """Nobody asks again before the operator had time to act. `keep`: it is the token kept that is refused."""
        self._held = None
        pause = min(OPERATOR_PAUSE * 2**self._failures, LONGEST_PAUSE)
        self._failures = min(self._failures + 1, 8)
        await self._tokens.failed(version, fault, self._clock.now() + pause, keep=keep)
        await self._alarm.sound(self._alarm_key, fault)
        return Misconfigured(fault)


def _retrieve(task: "asyncio.Task[Token]") -> None:
    """A failure that nobody waits for any more is no news."""
    if not task.cancelled():
        task.exception()


class _SealedTokens:
    """The token `name` as the database keeps it: AES-GCM under a key derived (HKDF, RFC 5869) from the secret."""

    def __init__(self, name: str, secret: str, database: Database, clock: Clock) -> None:
        derived = HKDF(SHA256(), 36, salt=None, info=f"access token {name}".encode()).derive(secret.encode())
        # A changed secret is another row: what was wrong with the old one holds nobody up.
        self._name = f"{name}:{derived[32:].hex()}"
        self._key = AESGCM(derived[:32])
        self._database = database
        self._clock = clock

    async def get(self) -> StoredToken | None:
        return await self._database.read(lambda uow: uow.tokens.get(self._name))

    async def may_fetch(self, seen: int) -> bool:
        return await self._database.run(
            lambda uow: uow.tokens.may_fetch(self._name, seen=seen, seconds=FETCH_SECONDS)
        )

    async def fetched(self, token: Token, *, fault: str) -> None:
        nonce = self._clock.token(12)
        sealed = (nonce + self._key.encrypt(nonce, token.value.encode(), self._name.encode())).hex()
        await self._database.run(
            lambda uow: uow.tokens.fetched(
                self._name, sealed, seen=token.version - 1, renew_at=token.renew_at, fault=fault
            )
        )

    async def failed(self, seen: int, fault: str, retry_at: datetime, *, keep: bool) -> None:
        await self._database.run(
            lambda uow: uow.tokens.failed(self._name, seen=seen, fault=fault, retry_at=retry_at, keep=keep)
        )

    async def worked(self, seen: int) -> None:
        await self._database.run(lambda uow: uow.tokens.worked(self._name, seen=seen))

    def opened(self, stored: StoredToken) -> Token | None:
        """None when there is none, or none that was sealed under our secret."""
        if not stored.sealed:
            return None
        kept = bytes.fromhex(stored.sealed)
        try:
            token = self._key.decrypt(kept[:12], kept[12:], self._name.encode()).decode()
        except InvalidTag:
            return None
        return Token(token, stored.version, stored.renew_at, stored.worked, stored.refused)


class Guarded:
    """An API under an access token: the calls of `Api`, with the token put into their query.

    A refused token is renewed once and the call repeated once. `Misconfigured` sounds an alarm, one for
    each path, which is cleared when that path works again.
    """

    def __init__(self, api: Api, keeper: TokenKeeper, alarm: Alarm) -> None:
        self._api = api
        self._keeper = keeper
        self._alarm = alarm
        self._fine: set[str] = set()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        return await self._under_token(path, query, lambda with_token: self._api.get(path, with_token))

    async def post(
        self,
        path: str,
        payload: Mapping[str, Any],
        query: Mapping[str, str] | None = None,
        *,
        coded: bool = False,
    ) -> Answer:
        return await self._under_token(
            path, query, lambda with_token: self._api.post(path, payload, with_token, coded=coded)
        )

    async def upload(self, path: str, media: Media, query: Mapping[str, str] | None = None) -> Answer:
        return await self._under_token(
            path, query, lambda with_token: self._api.upload(path, media, with_token)
        )

    async def download(self, path: str, query: Mapping[str, str] | None = None, *, limit: int) -> Media:
        return await self._under_token(
            path, query, lambda with_token: self._api.download(path, with_token, limit=limit)
        )

    async def check(self) -> None:
        """Have a token. Raises what stands in the way; its sentence is for the operator."""
        await self._keeper.token()

    async def close(self) -> None:
        await self._keeper.close()
        await self._api.close()

    async def _under_token(
        self, path: str, query: Mapping[str, str] | None, call: Callable[[Mapping[str, str]], Awaitable[T]]
    ) -> T:
        token = await self._keeper.token()
        while True:  # every round has a later token, and the second suspect one in a row ends it
            try:
                return await self._attempt(path, query, call, token)
            except TokenRefused:
                token = await self._keeper.renewed(token)

    async def _attempt(
        self,
        path: str,
        query: Mapping[str, str] | None,
        call: Callable[[Mapping[str, str]], Awaitable[T]],
        token: Token,
    ) -> T:
        key = f"api:{self._keeper.name}:{path}"
        try:
            answer = await call({"access_token": token.value, **(query or {})})
        except Misconfigured as error:
            self._fine.discard(path)
            await self._alarm.sound(key, error.sentence)
            raise
        except Undeliverable:
            await self._keeper.worked(token)
            raise
        await self._keeper.worked(token)
        if path not in self._fine:
            self._fine.add(path)
            await self._alarm.clear(key)
        return answer
