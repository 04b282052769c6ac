"""Hold what the tablet and the server must agree on: the records, the lists, the rules, the wire."""
