"""Static files under a path that carries the hash of all of them, precompressed, cached by browsers for ever.

One hash for the folder, so that modules import each other by relative paths and nothing is rewritten.
"""

import gzip
import hashlib
import mimetypes
import shutil
import tempfile
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # has no types
from flask import Blueprint, Flask, Response, current_app, request, send_from_directory, url_for

from learning.domain.errors import NotFound
from learning.web.access import public

_COMPRESSED = {".css", ".js", ".svg", ".json", ".webmanifest", ".txt"}
blueprint = Blueprint("assets", __name__)


def tree_hash(source: Path) -> str:
    """Return a hash over names and bytes of all files below `source`."""
    digest = hashlib.sha256()
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        digest.update(path.relative_to(source).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def build_assets(source: Path, target: Path) -> str:
    """Copy and compress `source` to `target`/<hash> unless it stands there already; returns the hash."""
    name = tree_hash(source)
    if (target / name).is_dir():
        return name
    target.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=target, prefix=".building-"))
    tree = building / name
    shutil.copytree(source, tree)
    for path in [p for p in tree.rglob("*") if p.suffix in _COMPRESSED]:
        data = path.read_bytes()
        path.with_name(path.name + ".br").write_bytes(brotli.compress(data))
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(data, mtime=0))
    try:
        tree.rename(target / name)
    except OSError:  # another process of the site was faster with the same bytes
        if not (target / name).is_dir():
            raise
    shutil.rmtree(building, ignore_errors=True)
    for old in sorted((p for p in target.iterdir() if p.name != name), key=lambda p: p.stat().st_mtime)[:-2]:
        shutil.rmtree(old, ignore_errors=True)
    return name


def init_assets(app: Flask, source: Path, target: Path) -> None:
    """Build the assets and let templates name them with `asset("css/site.css")`."""
    app.config["ASSETS_DIR"] = target
    app.config["ASSETS_HASH"] = build_assets(source, target)
    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset"] = asset_url


def asset_url(name: str) -> str:
    """Return the address of a static file in the present build."""
    return url_for("assets.file", build=current_app.config["ASSETS_HASH"], name=name)


@blueprint.get("/static/<build>/<path:name>")
@public
def file(build: str, name: str) -> Response:
    """Send one static file, compressed as the client accepts it."""
    if build != current_app.config["ASSETS_HASH"] or name.endswith((".br", ".gz")):
        raise NotFound
    folder: Path = current_app.config["ASSETS_DIR"] / build
    encoding = next(
        (
            (token, suffix)
            for token, suffix in (("br", ".br"), ("gzip", ".gz"))
            if request.accept_encodings[token] and Path(name).suffix in _COMPRESSED
        ),
        None,
    )
    response = send_from_directory(
        folder,
        name + (encoding[1] if encoding else ""),
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        max_age=31536000,
    )
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.vary.add("Accept-Encoding")
    if encoding:
        response.headers["Content-Encoding"] = encoding[0]
    return response
