"""What people say of a course after completing it, without anyone being able to tell who said what."""
