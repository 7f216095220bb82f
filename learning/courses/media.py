"""Pictures, sounds and films of a course: kept as they came, served as safe as they can be made."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select

from learning.courses.models import Course, MediaFile
from learning.database import current_session, transaction
from learning.domain.errors import NotFound
from learning.formats.bundle import BundleFile
from learning.formats.pictures import BadPicture, is_picture, serve_picture
from learning.organizations.models import Organization
from learning.organizations.queries import within

PICTURE = "image/webp"
_TYPES = {
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "vtt": "text/vtt",
    "pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class ServedMedia:
    """A file as browsers get it; `tag` changes when it does."""

    data: bytes
    mimetype: str
    tag: str

    @property
    def is_document(self) -> bool:
        """Whether it is saved to a disk instead of being shown."""
        return self.mimetype == "application/pdf"


def base_of(course_slug: str) -> str:
    """Return the address below which the media of a course lie."""
    return f"/courses/{course_slug}/media/"


def get_media(course_slug: str, name: str, scope: Iterable[str]) -> ServedMedia:
    """Return a file of a published course, or of one whose owner is inside the scope; raises NotFound."""
    return _served(course_slug, name, Course.is_published | within(scope))


def get_open_media(course_slug: str, name: str) -> ServedMedia:
    """Return a file of a published course that is open to strangers; raises NotFound."""
    return _served(course_slug, name, and_(Course.is_published, Course.is_open))


def _served(course_slug: str, name: str, condition: ColumnElement[bool]) -> ServedMedia:
    row = (
        current_session()
        .execute(
            select(MediaFile.data, MediaFile.served, MediaFile.sha256)
            .join(Course, Course.id == MediaFile.course_id)
            .join(Organization, Organization.id == Course.owner_id)
            .where(
                Course.slug == course_slug,
                MediaFile.path == f"courses/{course_slug}/media/{name}",
                condition,
            )
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound
    if not is_picture(name):
        return ServedMedia(row.data, _TYPES[name.rsplit(".", 1)[-1].lower()], row.sha256)
    try:
        data = serve_picture(row.data).data if row.served is None else row.served
    except BadPicture as bad:
        raise NotFound from bad
    return ServedMedia(data, PICTURE, hashlib.sha256(data).hexdigest())


def picture_of(file: BundleFile) -> bytes | None:
    """Return a picture as it will be served, None for other media; raises BadPicture."""
    return serve_picture(file.data).data if is_picture(file.path) else None


def store_media(file: BundleFile, sha256: str, served: bytes | None) -> None:
    """Keep a file of a course, in place of an earlier one under its path."""
    with transaction() as session:
        course_id = session.scalars(select(Course.id).where(Course.slug == file.course)).one()
        row = session.scalar(
            select(MediaFile).where(MediaFile.course_id == course_id, MediaFile.path == file.path)
        )
        if row is None:
            row = MediaFile(course_id=course_id, path=file.path)
            session.add(row)
        row.data, row.sha256, row.served = file.data, sha256, served
        session.flush()
