"""Reading in-person sessions: those that somebody manages or is invited to, and the people of one."""
