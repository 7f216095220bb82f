"""The site as people have it: the real server on prepared data, in a real Chromium."""
