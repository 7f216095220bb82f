"""The learner's screens: dashboard, catalog, course, unit, quiz, review."""
