"""Which of several attempts counts, when the next one may begin, and until when it takes answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from learning.domain.content import GradeMethod, QuizSettings


def counting_share(method: GradeMethod, shares: Sequence[Fraction]) -> Fraction | None:
    """Return the share of the points that counts, of those of the attempts in their order; None without any."""
    if not shares:
        return None
    if method is GradeMethod.FIRST:
        return shares[0]
    if method is GradeMethod.LATEST:
        return shares[-1]
    if method is GradeMethod.AVERAGE:
        return sum(shares, Fraction(0)) / len(shares)
    return max(shares)


def has_passed(settings: QuizSettings, shares: Sequence[Fraction]) -> bool:
    """Tell whether the attempts together pass the quiz."""
    counting = counting_share(settings.grade, shares)
    return counting is not None and counting >= settings.pass_share


def ever_passed(sittings: Sequence[tuple[QuizSettings, Fraction]]) -> bool:
    """Tell whether the attempts, each with its settings, passed the quiz after any of them: a pass stands."""
    shares = [share for _settings, share in sittings]
    return any(
        has_passed(settings, shares[:number]) for number, (settings, _share) in enumerate(sittings, start=1)
    )


def can_still_pass(settings: QuizSettings, shares: Sequence[Fraction]) -> bool:
    """Tell whether another attempt is allowed, and would count."""
    left = settings.attempts is None or len(shares) < settings.attempts
    return left and not (shares and settings.grade is GradeMethod.FIRST)


def may_begin_at(settings: QuizSettings, submitted_at: datetime | None) -> datetime | None:
    """Return when the next attempt may begin after the last was submitted; None means at any time."""
    if settings.wait is None or submitted_at is None:
        return None
    return submitted_at + timedelta(seconds=settings.wait)


def deadline_of(settings: QuizSettings, started_at: datetime) -> datetime | None:
    """Return until when an attempt takes answers: its time, and never after the quiz has closed."""
    ends = [settings.closes] if settings.closes else []
    if settings.time_limit:
        ends.append(started_at + timedelta(seconds=settings.time_limit))
    return min(ends, default=None)
