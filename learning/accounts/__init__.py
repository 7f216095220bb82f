"""People, the roles they hold, passwords, sessions on the server."""
