"""Recounting the figures from the facts, as operators do by hand and the site does each night, and mending them."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from learning.audit.services import record
from learning.database import transaction
from learning.progress.ledger import Posting, post, rebuild_sums
from learning.progress.moments import Moment
from learning.progress.recount import find_differences
from learning.progress.sums import find_wrong_dues, find_wrong_sums

PAST_MONTHS = 3


def wrong_figures(today: date, zone: ZoneInfo) -> Iterator[str]:
    """Yield a line for each figure that differs from a recount, of today and of the last three month ends.

    The sums that reports read are recounted from the ledger, all of them.
    """
    days = [today]
    for _ in range(PAST_MONTHS):
        days.append(days[-1].replace(day=1) - timedelta(days=1))
    for day in days:
        for difference in find_differences(day, zone):
            organization, course, unit, measure, due_on, audience = difference.place
            due = (f" due {due_on}" if due_on else "") + (f" of {audience}" if audience else "")
            yield (
                f"{day}: organization {organization}, course {course}, unit {unit or '-'}, {measure}{due}:"
                f" ledger {difference.ledger}, facts {difference.facts}"
            )
    for wrong in (*find_wrong_sums(), *find_wrong_dues()):
        yield (
            f"{wrong.period}: organization {wrong.organization_id}, course {wrong.course_id},"
            f" unit {wrong.unit_id or '-'}: the sum is not that of the ledger"
        )


def correct_ledger(*, moment: Moment, zone: ZoneInfo) -> int:
    """Post what the ledger lacks against a recount of today, after making its sums what they should be.

    Returns how many places were corrected.
    """
    with transaction():
        sums = rebuild_sums()
        differences = find_differences(moment.day, zone)
        lacking = (
            Posting(
                *difference.place[:3],
                1,  # no sum tells cycles apart
                difference.place[3],
                difference.facts - difference.ledger,
                *difference.place[4:],
            )
            for difference in differences
        )
        post(lacking, day=moment.day)
        if differences or sums:
            record(
                "ledger.corrected",
                "ledger",
                actor_id=None,
                now=moment.at,
                places=len(differences),
                sums=sums,
            )
        return len(differences)
