"""Rules and value types of the field; the standard library only, so that they are tested in microseconds."""
