"""What the tests stand on: databases, the browser, counting of statements, isolated clients."""
