"""Hold what the screens show and do: observable, plain Python, no page. Actions and I/O are methods here."""
