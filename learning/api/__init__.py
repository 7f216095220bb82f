"""The REST interface: the same queries and services as the pages, for programs."""
