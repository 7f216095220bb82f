"""The manager's screens: completion by organization and person, assignments, files."""
