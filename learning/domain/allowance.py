"""What one person is allowed beyond the rules of a quiz."""

from dataclasses import dataclass, replace

from learning.domain.content import QuizSettings

MOST_ATTEMPTS = 10
MOST_MINUTES = 240


@dataclass(frozen=True, slots=True)
class Allowance:
    """Further attempts, and further minutes in each of them."""

    attempts: int = 0
    minutes: int = 0

    def applied_to(self, settings: QuizSettings) -> QuizSettings:
        """Return the rules as they are for her; what has no limit stays without one, and when it closes stands."""
        return replace(
            settings,
            attempts=None if settings.attempts is None else settings.attempts + self.attempts,
            time_limit=None if settings.time_limit is None else settings.time_limit + self.minutes * 60,
        )


NO_ALLOWANCE = Allowance()
