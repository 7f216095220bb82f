"""What all pages of administrators stand on."""

from flask import Blueprint

blueprint = Blueprint("administration", __name__, url_prefix="/admin")
