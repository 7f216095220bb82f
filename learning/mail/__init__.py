"""Mail: an outbox in the site's own database, and what carries it to the mail server."""
