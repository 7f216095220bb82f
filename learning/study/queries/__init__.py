"""Reading what the learner's pages show."""
