"""The labelling page: its addresses, and how requests become answers."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from geoclass.labelling import requests
from geoclass.labelling.changes import Changes
from geoclass.labelling.gpkg import Replaced
from geoclass.labelling.views import Views

STATUS = {Replaced: 409, LookupError: 404, ValueError: 400, OSError: 503}


def application(views: Views, changes: Changes, page: str | Path, default_author: str) -> Starlette:
    """Return the server's application, to be put behind `labelaccess.Access`.

    Parameters
    ----------
    views, changes
        What is shown, and what is changed.
    page
        Folder of the page's files.
    default_author
        Who labels unless the browser says otherwise.
    """
    scene, tile, one_class = "/api/scenes/{scene}", "/api/tiles/{tile_id}", "/api/classes/{class_id}"
    answers = [
        ("GET", "/api/series", views.series),
        ("GET", scene, views.scene),
        ("GET", scene + "/image/{level}/{column}/{row}", views.image),
        ("GET", scene + "/stretch", views.stretch),
        ("GET", scene + "/predictions/{model}", views.predictions),
        ("GET", scene + "/disagreement", views.disagreement),
        ("GET", scene + "/structure", views.structure),
        ("GET", scene + "/difference/{model}/{other}", views.difference),
        ("POST", scene + "/select", views.select),
        ("POST", scene + "/accept/{model}", changes.accept),
        ("GET", tile, views.tile),
        ("GET", tile + "/image", views.tile_image),
        ("GET", tile + "/date/{other}", views.other_date),
        ("GET", "/api/targets", views.targets),
        ("GET", "/api/queue", views.queue),
        ("GET", "/api/label_errors", views.label_errors),
        ("GET", "/api/labels", changes.labels),
        ("POST", "/api/labels", changes.set_labels),
        ("POST", "/api/labels/clear", changes.clear),
        ("POST", "/api/labels/undo", changes.undo),
        ("POST", "/api/labels/redo", changes.redo),
        ("POST", "/api/labels/restore", changes.restore),
        ("GET", "/api/history", changes.history),
        ("POST", "/api/classes", changes.add_class),
        ("PUT", one_class, changes.change_class),
        ("DELETE", one_class, changes.delete_class),
    ]
    routes = [Route(path, _endpoint(answer, default_author), methods=[method]) for method, path, answer in answers]
    return Starlette(routes=[*routes, Mount("/", StaticFiles(directory=page, html=True))])


def _endpoint(answer: Callable[[dict, str], object], default_author: str) -> Callable:
    """Return the endpoint of an answer, which takes what was sent and the author and returns what becomes JSON, or a response."""

    async def endpoint(request: Request) -> Response:
        raw = b""
        async for part in request.stream():
            raw += part
            if len(raw) > requests.LONGEST:
                return requests.answer({"error": f"request: above {requests.LONGEST:,} bytes; choose fewer tiles"}, 413)
        try:
            sent = requests.body(raw) | dict(request.query_params) | request.path_params
            author = requests.author(unquote(request.headers.get("x-author", "")) or default_author)
            found = await run_in_threadpool(answer, sent, author)
        except tuple(STATUS) as error:
            status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
            return requests.answer({"error": str(error.args[0] if isinstance(error, LookupError) else error)}, status)
        if isinstance(found, Response):
            return found
        return requests.answer(found, packed="gzip" in request.headers.get("accept-encoding", ""))

    return endpoint
