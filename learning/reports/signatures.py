"""Where a report is signed: the words that an administrator sets, or those that reports come with."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from learning.domain.diagnostics import N_
from learning.domain.errors import Refused
from learning.domain.settings import Kind, Setting, Value
from learning.settings.queries import read_all

MOST_SIGNERS, LONGEST_WORDS = 4, 80
_GROUP = N_("Reports")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, what is asked of them, and the name below where it is known."""

    who: str
    asked: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class SignatureBlock:
    """The line of place and day, which stands above the last signer, and the signers from first to last."""

    place: str
    signers: tuple[Signer, ...]


def read_signers(text: str) -> tuple[Signer, ...]:
    """Return the signers that a text names, one a line, with what is asked of each behind a bar.

    Raises Refused, naming the line.
    """
    signers = []
    for number, line in enumerate(text.splitlines(), start=1):
        who, _bar, asked = (part.strip() for part in line.partition("|"))
        if not line.strip():
            continue
        if not who or max(len(who), len(asked)) > LONGEST_WORDS:
            raise Refused(
                "Line %(line)s: write who signs in 1 to %(most)s characters; behind a bar | what is asked.",
                field="value",
                line=number,
                most=LONGEST_WORDS,
            )
        signers.append(Signer(who, asked))
    if len(signers) > MOST_SIGNERS:
        raise Refused("At most %(most)s sign beside each other.", field="value", most=MOST_SIGNERS)
    return tuple(signers)


def _check(text: str) -> None:
    read_signers(text)


PLACE = Setting(
    "report.place",
    _GROUP,
    N_("Place and day above the signature"),
    N_("For example: Bắc Ninh, ngày …… tháng …… năm 20……; left empty, only the day is asked for."),
    Kind.LINE,
    "",
)
SIGNERS = Setting(
    "report.signers",
    _GROUP,
    N_("Who signs reports"),
    N_(
        "A line for each, from first to last; behind a bar what is asked of them:"
        " Người lập báo cáo | (ký, ghi rõ họ tên). The first is who prepared it. Left empty: the preparer and the head."
    ),
    Kind.TEXT,
    "",
    _check,
)
SIGNATURES = (PLACE, SIGNERS)


def signature_block(preparer: str, values: Mapping[str, Value] | None = None) -> SignatureBlock:
    """Return the words for the places to sign; the first signer is the one who prepared the report.

    `values` are the settings where they have been read already.
    """
    values = values or read_all(SIGNATURES)
    signers = read_signers(str(values[SIGNERS.name])) or (
        Signer(_("Preparer"), _("(signature, full name)")),
        Signer(_("Head of the organization"), _("(signature, full name, seal)")),
    )
    first = Signer(signers[0].who, signers[0].asked, preparer)
    return SignatureBlock(str(values[PLACE.name]) or _("Date: …… / …… / 20……"), (first, *signers[1:]))
