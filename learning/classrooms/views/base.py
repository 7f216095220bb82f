"""What all pages of sessions stand on."""

from flask import Blueprint

from learning.domain.permissions import Permission

blueprint = Blueprint("classrooms", __name__, url_prefix="/classrooms")
MANAGE = Permission.SESSION_MANAGE
ATTEND = Permission.COURSE_STUDY
