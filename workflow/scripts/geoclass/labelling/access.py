"""Who may use the labelling page: whoever opens an address that the server has printed, from this machine, and nobody else."""

import secrets
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

HOSTS = ("127.0.0.1", "localhost", "::1")
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
REFUSAL = "Access denied. Open the URL printed by the server; each works in one browser, and the next is printed at once"


class Access:
    """Middleware in front of the page (ASGI).

    A token in the address lets one browser in, once; it is given a session of its own in a cookie, and the next token is announced.
    Requests under another host name (DNS rebinding) and changes asked for by other pages (a foreign Origin) are refused.

    Parameters
    ----------
    app
        The application behind.
    announce
        Called with each new token.
    """

    def __init__(self, app: Callable, announce: Callable[[str], None]):
        self._app, self._announce = app, announce
        self._cookie = f"geoclass_{secrets.token_hex(4)}"  # servers on several ports of a host share a browser's cookies
        self._sessions: set[str] = set()
        self._renew()

    def _renew(self) -> None:
        self._token = secrets.token_urlsafe(24)
        self._announce(self._token)

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def send_guarded(message: dict) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                more = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in given]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if not _is_local(host):
            await _answer(
                send_guarded, 403, f"host {host}: not this machine, expected 127.0.0.1 or localhost; use the printed address"
            )
        elif scope["method"] not in ("GET", "HEAD") and headers.get("origin", f"http://{host}") != f"http://{host}":
            await _answer(
                send_guarded, 403, f"origin {headers['origin']}: another page, expected http://{host}; use the printed address"
            )
        elif scope["path"] == "/" and token and secrets.compare_digest(token[0].encode(), self._token.encode()):
            session = secrets.token_urlsafe(24)
            self._sessions.add(session)
            self._renew()
            cookie = f"{self._cookie}={session}; Path=/; HttpOnly; SameSite=Lax"
            await _answer(send_guarded, 303, "", [(b"location", b"/"), (b"set-cookie", cookie.encode())])
        elif not self._has_session(headers.get("cookie", "")):
            await _answer(send_guarded, 401, REFUSAL)
        elif scope["path"] == "/" and token:  # an address opened again, from the terminal or a bookmark
            await _answer(send_guarded, 303, "", [(b"location", b"/")])
        else:
            await self._app(scope, receive, send_guarded)

    def _has_session(self, cookies: str) -> bool:
        try:
            found = SimpleCookie(cookies).get(self._cookie)
        except CookieError:
            return False
        return found is not None and found.value in self._sessions


def _is_local(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in HOSTS
    except ValueError:
        return False


async def _answer(send: Callable, status: int, text: str, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [kind, *(headers or [])]})
    await send({"type": "http.response.body", "body": text.encode()})
