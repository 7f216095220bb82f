"""Running the site: preparing it, demonstration data, health."""
