"""Work that no request waits for: a queue in the site's own database, and the process that works it off."""
