"""The benchmark: the site beside a bare floor program, on the same data sizes, web server and machine."""
